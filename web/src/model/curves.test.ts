import { expect, test } from "vitest";
import { bestEpoch, lossCurve, recallCurve, type Series } from "./curves";
import type { EpochRecord } from "./run";

const record = (epoch: number, loss: number | null, recall: number | null): EpochRecord => ({
  epoch,
  epochs: 3,
  trainLoss: loss,
  evalLoss: loss,
  evalRecall: { recall_at_10: recall },
  learningRate: null,
  seconds: null,
});

test("epochs are ordered, counted from one, and end where the plan ends", () => {
  const curve = lossCurve([record(1, 2, 0.2), record(0, 3, 0.1)]);
  expect(curve.epochs).toEqual([1, 2]);
  expect(curve.series.map((series) => series.values)).toEqual([
    [3, 2],
    [3, 2],
  ]);
  expect(curve.span).toBe(3);
});

test("gaps stay gaps", () => expect(recallCurve([record(0, 1, null)]).series[0]?.values).toEqual([null]));

test("the best epoch has the least loss or the greatest recall", () => {
  const records = [record(0, 3, 0.1), record(1, 1, 0.3), record(2, 2, null)];
  const first = (series: Series[]) => series[0] as Series;
  expect(bestEpoch(lossCurve(records), first(lossCurve(records).series))).toBe(2);
  expect(bestEpoch(recallCurve(records), first(recallCurve(records).series))).toBe(2);
  expect(bestEpoch(recallCurve([]), { label: "eval", values: [] })).toBeNull();
});
