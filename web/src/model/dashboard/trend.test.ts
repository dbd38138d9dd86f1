import { expect, test } from "vitest";
import type { Measured } from "./heatmap";
import { trendExport, trendOf, trendSentence } from "./trend";

const run = (number: number, value: number | null, metric = "recall_at_10"): Measured => ({
  ...{ experiment: `exp-${number}`, number, state: "completed", modelType: "retrieval", samplePercent: 100 },
  ...{ endedAt: number * 1000, protocols: { retrieval: "p" }, parameters: {} },
  metrics: { [metric]: { value, low: null, high: null } },
});

test("the step line joins the runs that were better than all before them, by finish", () => {
  const trend = trendOf([run(3, 0.3), run(1, 0.2), run(2, 0.1), run(4, null)], "recall_at_10");
  expect(trend.points.map((point) => [point.number, point.best])).toEqual([
    [1, true],
    [2, false],
    [3, true],
  ]);
  expect(trendSentence(trend)).toBe("Best recall@10 so far 0.300 (#3), the newest run.");
});

test("where less is better, the smaller value is the record", () => {
  const trend = trendOf([run(1, 2, "rmse"), run(2, 1.5, "rmse"), run(3, 3, "rmse")], "rmse");
  expect(trend.points.map((point) => point.best)).toEqual([true, true, false]);
  expect(trendSentence({ ...trend, baseline: { name: "bias", value: 2.008, low: null, high: null } })).toBe(
    "Best RMSE so far 1.500 (#2), 1 run since; best baseline bias 2.008.",
  );
});

test("without a run the sentence says what is needed", () => {
  expect(trendSentence(trendOf([], "mrr"))).toContain("begins with the first one");
});

test("the export has exact times", () => {
  expect(trendExport(trendOf([run(1, 0.2)], "recall_at_10"))[0]).toMatchObject({
    ended_at: "1970-01-01T00:00:01.000Z",
    value: 0.2,
    best: true,
  });
});
