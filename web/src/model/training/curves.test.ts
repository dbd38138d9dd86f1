import { expect, test } from "vitest";
import type { EpochRecord } from "../run/run";
import {
  bestEpoch,
  evaluatedNames,
  lossCurve,
  metricCurve,
  type Series,
  trainingCurves,
  trainingSentence,
} from "./curves";

const record = (epoch: number, loss: number | null, recall: number | null): EpochRecord => ({
  epoch,
  epochs: 3,
  train: { loss },
  evaluated: { loss, recall_at_10: recall },
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

test("gaps stay gaps", () => {
  expect(metricCurve("recall_at_10", [record(0, 1, null)]).series[0]?.values).toEqual([null]);
});

test("the best epoch has the least loss, the greatest recall or the least error", () => {
  const records = [record(0, 3, 0.1), record(1, 1, 0.3), record(2, 2, null)];
  const first = (series: Series[]) => series[0] as Series;
  const recall = metricCurve("recall_at_10", records);
  expect(bestEpoch(lossCurve(records), first(lossCurve(records).series))).toBe(2);
  expect(bestEpoch(recall, first(recall.series))).toBe(2);
  expect(bestEpoch(recall, { label: "eval", values: [] })).toBeNull();
  const errors = records.map((epoch, i) => ({ ...epoch, evaluated: { rmse: [4, 2, 3][i] ?? null } }));
  const rmse = metricCurve("rmse", errors);
  expect(bestEpoch(rmse, first(rmse.series))).toBe(2);
});

test("each task of a multitask model has curves of its own, each family the metric that it is watched by", () => {
  const losses = { loss: 2, retrieval_loss_scaled: 0.9, ranking_loss_scaled: 0.7 };
  const records = [
    { ...record(0, 2, 0.1), train: losses, evaluated: { ...losses, recall_at_10: 0.1, rmse: 3.2, mae: 2, auc: null } },
  ];
  const curves = trainingCurves(records);
  expect(curves.map((curve) => curve.title)).toEqual([
    ...["Loss", "Retrieval loss, scaled", "Ranking loss, scaled", "Recall@10", "RMSE"],
  ]);
  expect(curves[2]?.series.map((series) => series.values)).toEqual([[0.7], [0.7]]);
  expect(evaluatedNames(records).slice(0, 3)).toEqual(["loss", "ranking_loss_scaled", "retrieval_loss_scaled"]);
  expect(evaluatedNames(records)).not.toContain("auc");
  expect(trainingCurves([record(0, 2, 0.1)]).map((curve) => curve.title)).toEqual(["Loss", "Recall@10"]);
});

test("how training ended is a sentence", () => {
  const stopped = { epochs_run: 7, best_epoch: 3, stop_reason: "early_stopping" };
  expect(trainingSentence(stopped, 20)).toBe(
    "Trained 7 of 20 epochs (early stopping). The weights of epoch 4 were measured and exported.",
  );
  expect(trainingSentence({ epochs_run: 3, best_epoch: 2, stop_reason: "epochs" }, 3)).toBe(
    "Trained 3 epochs. The weights of epoch 3 were measured and exported.",
  );
  expect(trainingSentence({}, 3)).toBeNull();
});
