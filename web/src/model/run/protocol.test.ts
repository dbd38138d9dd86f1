import { expect, test } from "vitest";
import { badgesOf, protocolWords } from "./protocol";
import { type Group, type Run, runOfRequest } from "./run";

const run = (parameters: Group | null, counts: Group | null = null): Run => ({
  ...runOfRequest({
    ...{ id: "exp-1", name: "", owner: "", modelEndpoint: "", parent: null, origin: null, featureConfig: "" },
    ...{ modelConfig: "", createdAt: null, document: {} },
  }),
  ...{ parameters, counts },
});
const SPLIT = { kind: "strict_time", ref: "2025-12-09", test_start: "2025-11-26" };

test("a protocol is named as lists and dashboards name it", () => {
  const counts = { customers: { test: 812 }, rows: { catalogue: 3684 } };
  expect(protocolWords(run({ split: SPLIT }, counts))).toBe(
    "strict 14 days to 9 Dec 2025, 812 customers, 3,684 products",
  );
  expect(protocolWords(run({ split: { ...SPLIT, test_start: "2025-12-09" }, exclude_purchased: true }))).toBe(
    "strict 1 day to 9 Dec 2025, without purchased",
  );
  expect(protocolWords(run({ split: { kind: "random", ref: "2025-12-09", test_start: null } }))).toBe(
    "random to 9 Dec 2025",
  );
  expect(protocolWords(run(null))).toBeNull();
});

test("figures of random splits and of samples wear their badges", () => {
  const texts = (parameters: Group) => badgesOf(run(parameters)).map(({ text }) => text);
  expect(texts({ split: SPLIT, sample_percent: 100 })).toEqual([]);
  expect(texts({ split: { kind: "random" }, sample_percent: 10 })).toEqual([
    "optimistic: not a forecast",
    "quick (10%)",
  ]);
});
