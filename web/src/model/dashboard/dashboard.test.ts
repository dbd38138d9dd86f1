import { expect, test } from "vitest";
import { lookedAt } from "./dashboard";
import { type GroupHead, protocolName, sampleWords } from "./insights";

const sample = (samplePercent: number, finished: number) => ({
  ...{ samplePercent, finished, runs: finished, failed: 0, best: null, baseline: null },
});
const head = (protocol: string, family: string, samples = [sample(100, 3), sample(50, 1)]): GroupHead => ({
  ...{ id: `default__${protocol}`, protocol, family, name: "strict 14 days", metric: "", samples, parts: [] },
  ...{ computedAt: 0, runs: 3, stale: false },
});
const GROUPS = [head("a", "retrieval"), head("b", "rating")];
const TYPES = ["retrieval", "ranking", "multitask"];
const look = (search: string, groups = GROUPS) => {
  const { group, sample: size, type, gone } = lookedAt(new URLSearchParams(search), groups, TYPES);
  return [type, group?.protocol, size?.samplePercent, gone];
};

test("the address says what is looked at, else what has the most", () => {
  expect(look("")).toEqual(["", "a", 100, null]);
  expect(look("protocol=b&sample=50&type=multitask")).toEqual(["multitask", "b", 50, null]);
  expect(look("", [head("a", "retrieval", [sample(100, 0), sample(50, 2)])])).toEqual(["", "a", 50, null]);
});

test("a type of model has the protocols that measure it", () => {
  expect(look("type=ranking")).toEqual(["ranking", "b", 100, null]);
  expect(look("type=ranking&protocol=a")).toEqual(["ranking", "b", 100, null]);
  expect(look("type=nonsense&protocol=gone&sample=7")).toEqual(["", "a", 100, "gone"]);
  expect(look("", [])).toEqual(["", undefined, undefined, null]);
});

test("protocols of ratings over the same rows have a name of their own", () => {
  expect(GROUPS.map(protocolName)).toEqual(["strict 14 days", "strict 14 days, ratings"]);
  expect([100, 10].map(sampleWords)).toEqual(["all customers", "quick: 10% of the customers"]);
});
