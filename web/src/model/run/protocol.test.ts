import { expect, test } from "vitest";
import { badgesOf, protocolName } from "./protocol";

const SPLIT = { kind: "strict_time", ref: "2025-12-09", test_start: "2025-11-26" };

test("a protocol is named as lists and dashboards name it", () => {
  const counts = { customers: { test: 812 }, rows: { catalogue: 3684 } };
  expect(protocolName({ split: SPLIT }, counts)).toBe("strict 14 days to 9 Dec 2025, 812 customers, 3,684 products");
  expect(protocolName({ split: { ...SPLIT, test_start: "2025-12-09" }, exclude_purchased: true }, {})).toBe(
    "strict 1 day to 9 Dec 2025, without purchased",
  );
  expect(protocolName({ split: { kind: "random", ref: "2025-12-09", test_start: null } }, {})).toBe(
    "random to 9 Dec 2025",
  );
  expect(protocolName({}, counts)).toBe("");
});

test("figures of random splits and of samples wear their badges", () => {
  const texts = (split: string, samplePercent: number) => badgesOf({ split, samplePercent }).map(({ text }) => text);
  expect(texts("strict_time", 100)).toEqual([]);
  expect(texts("random", 10)).toEqual(["optimistic: not a forecast", "quick (10%)"]);
});
