import { expect, test } from "vitest";
import { chosenOf, dataPath, filtered } from "./choice";
import type { DriftRow } from "./drift";
import { type Feature, NO_FIGURES } from "./statistics";

const text = { unique: 2, averageLength: 1, top: [] };
const feature = (name: string, list = false): Feature => ({
  ...{ name, type: "text", list, splits: { train: { ...NO_FIGURES, texts: text } } },
});
const FEATURES = [feature("city"), feature("customer_id"), feature("bought_before", true), feature("ordered_at")];
const DRIFT: DriftRow[] = [
  {
    ...{ feature: "city", split: "test", flag: null, said: null, js: 0.3, lInfinity: 0.1, byChance: 0 },
    ...{ level: "strong", bySplit: false },
  },
];
const names = (search: string) =>
  filtered(FEATURES, DRIFT, new Set(["ordered_at"]), chosenOf(search)).map(({ name }) => name);

test("the address says what is looked at, and nothing else is believed", () => {
  expect(chosenOf("?part=drift&name=ci&kind=text&drifted=1&open=city")).toEqual({
    ...{ part: "drift", name: "ci", kind: "text", drifted: "1", open: "city" },
  });
  expect(chosenOf("?part=nonsense&kind=colour&drifted=yes")).toEqual({
    ...{ part: "", name: "", kind: "", drifted: "", open: "" },
  });
  expect(dataPath("exp-1", "features", "a b")).toBe("/experiments/exp-1/data?open=a+b");
  expect(dataPath("exp-1", "drift")).toBe("/experiments/exp-1/data?part=drift");
});

test("features are found by name, kind and drift", () => {
  expect(names("")).toHaveLength(4);
  expect(names("?name=CI")).toEqual(["city"]);
  expect(names("?kind=list")).toEqual(["bought_before"]);
  expect(names("?kind=time")).toEqual(["ordered_at"]);
  expect(names("?drifted=1")).toEqual(["city"]);
  expect(names("?name=nothing")).toEqual([]);
});

test("the opened one is always shown", () => {
  expect(names("?name=city&open=customer_id")).toEqual(["city", "customer_id"]);
});
