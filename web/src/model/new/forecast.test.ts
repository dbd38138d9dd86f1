import { expect, test } from "vitest";
import { aboutRange, aboutTime, type Bounds, daysWords, dayWords, forecastOf, segmentsOf, shortDay } from "./forecast";
import { stacksOf, towersOf } from "./preview";

const STRICT: Bounds = {
  ...{ kind: "strict_time", ref: "2025-09-30", testStart: "2025-09-17", valStart: "2025-09-03", trainStart: null },
};

test("a report of a draft is read field by field", () => {
  const forecast = forecastOf({
    counts: { rows: { train: 100, eval: 20, test: 30, catalogue: 9 }, days: { train: 8 }, dropped: 2 },
    split: { kind: "strict_time", ref: "2025-09-30", test_start: "2025-09-17", val_start: null, train_start: null },
    parameters: { epochs: 3, batch_size: 64, sample_percent: 25 },
    estimate: {
      ...{ total_seconds: 90, total_usd: 0.1, range_seconds: [60, 120], range_usd: [0.1] },
      seconds: { Train: 60, Compile: 30 },
      usd: { dataflow: 0, machines: 0.04, pipeline: 0.06 },
    },
    parameter_count: { total: 10, embeddings: 4, parts: { query: { total: 6 }, candidate: { total: 4 } } },
    protocol: { name: "strict", keys: { retrieval: "abc" } },
    waits: "`default` runs 4 experiments at a time",
  });
  expect(forecast.counts[0]).toEqual({ split: "train", rows: 100, customers: null, products: null, days: 8 });
  expect(forecast).toMatchObject({ catalogue: 9, dropped: 2, samplePercent: 25, epochs: 3, batchSize: 64 });
  expect(forecast.cost).toMatchObject({ seconds: 90, secondsRange: [60, 120], usdRange: null });
  expect(forecast.cost?.stages.map(({ name }) => name)).toEqual(["Compile", "Train"]);
  expect(forecast.cost?.parts.map(({ name }) => name)).toEqual(["pipeline", "machines"]);
  expect(forecast.parameters?.parts).toEqual([
    { name: "query", value: 6 },
    { name: "candidate", value: 4 },
  ]);
  expect(forecast).toMatchObject({ hardware: null, budget: null, protocol: { keys: { retrieval: "abc" } } });
  expect(forecast.waits).toContain("4 experiments");
});

test("a report that says nothing is read, too", () => {
  expect(forecastOf({})).toMatchObject({ bounds: null, cost: null, waits: null, dropped: 0 });
});

test("the days of a split follow each other without a gap", () => {
  expect(segmentsOf(STRICT, "2025-08-01")).toEqual([
    { splits: ["train"], from: "2025-08-01", to: "2025-09-02", days: 33 },
    { splits: ["eval"], from: "2025-09-03", to: "2025-09-16", days: 14 },
    { splits: ["test"], from: "2025-09-17", to: "2025-09-30", days: 14 },
  ]);
  const holdout = { ...STRICT, kind: "time_holdout", valStart: null };
  expect(segmentsOf(holdout, "2025-09-01").map(({ splits, days }) => [splits, days])).toEqual([
    [["train", "eval"], 16],
    [["test"], 14],
  ]);
  expect(segmentsOf({ ...STRICT, trainStart: "2025-09-01" }, "2020-01-01")[0]?.days).toBe(2);
  expect(segmentsOf(STRICT, null)).toHaveLength(2);
  expect(segmentsOf({ ...STRICT, kind: "random" }, null)).toEqual([]);
});

test("times and days are said as people say them", () => {
  expect([34, 440, 3_700].map(aboutTime)).toEqual(["30 s", "7 min", "1 h 00 min"]);
  expect(aboutRange([264, 793])).toBe("4 to 13 min");
  expect(aboutRange([90, 793])).toBe("90 s to 13 min");
  expect(aboutRange([3_000, 9_000])).toBe("50 min to 2 h 30 min");
  expect([dayWords("2025-09-30"), dayWords("no day")]).toEqual(["30 Sep 2025", "no day"]);
  expect(shortDay("2025-09-03")).toBe("3 Sep");
  expect([daysWords(1), daysWords(1_200)]).toEqual(["1 day", "1,200 days"]);
});

test("columns of one feature are one bar; layers are in words", () => {
  const towers = towersOf({
    widths: { query: 12, candidate: 8 },
    dimensions: {
      query: [
        { feature: "ordered_at", width: 1, share: 0.25 },
        { feature: "ordered_at", width: 1, share: 0.25 },
        { feature: "a × b", width: 10, share: 0.5 },
      ],
    },
  });
  expect(towers[0]).toEqual({
    tower: "query",
    width: 12,
    dimensions: [
      { feature: "ordered_at", width: 2, share: 0.5, cross: false },
      { feature: "a × b", width: 10, share: 0.5, cross: true },
    ],
  });
  const structure = { query: "128→d0.2→bn→32", candidate: "64→32", head: "16→1" };
  expect(stacksOf({ structure }, towers)).toEqual([
    { part: "query", layers: ["12 in", "128", "dropout 0.2", "batch norm", "32"] },
    { part: "candidate", layers: ["8 in", "64", "32"] },
    { part: "head", layers: ["32 + 32", "16", "1"] },
  ]);
});
