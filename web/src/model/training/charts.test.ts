import { expect, test } from "vitest";
import { thinned, trainingCharts } from "./charts";
import { EPOCHS, record } from "./samples";
import type { TrainingRecord } from "./training";

test("of many epochs 500 are drawn, the first, the best and the last among them", () => {
  const many = Array.from({ length: 1234 }, (_, epoch) => record(epoch));
  const drawn = thinned(many, 777).map(({ epoch }) => epoch);
  expect(drawn.length).toBeLessThanOrEqual(500);
  expect(drawn.length).toBeGreaterThan(490);
  expect(drawn).toEqual(drawn.toSorted((a, b) => a - b));
  expect([drawn[0], drawn.at(-1)]).toEqual([0, 1233]);
  expect(drawn).toContain(777);
  expect(thinned(many.slice(0, 500), 3)).toHaveLength(500);
  expect(thinned(many, null).map(({ epoch }) => epoch)).toContain(1233);
});

test("charts are of what was measured: parts of a multitask loss, errors of ratings, regularization if there is some", () => {
  const titles = (records: TrainingRecord[]) =>
    trainingCharts(records, 10).flatMap(({ curves }) => curves.map(({ title }) => title));
  expect(titles(EPOCHS)).toEqual([
    ...["Loss", "Recall, average customer", "NDCG@10", "Learning rate", "Throughput", "Time of a step"],
    ...["Waiting for input", "Time of an epoch", "Weight norm", "Gradient norm", "Steps clipped"],
  ]);
  const parts = { retrieval_loss: 5, retrieval_loss_scaled: 0.9, ranking_loss: 0.6, ranking_loss_scaled: 0.7 };
  const multitask = record(0, {
    train: { loss: 1.6, regularization_loss: 0.1, ...parts },
    evaluated: { rmse: 2, mae: 1.5, auc: 0.7 },
    deviceMemoryBytes: 2 ** 30,
  });
  const charts = trainingCharts([multitask], 10).flatMap(({ curves }) => curves);
  expect(charts.map(({ title }) => title)).toEqual(
    expect.arrayContaining([
      ...["Regularization loss", "Retrieval loss", "Retrieval loss, scaled", "Ranking loss", "Ranking loss, scaled"],
      ...["AUC", "Error of the predicted value", "Device memory, peak"],
    ]),
  );
  expect(
    charts.find(({ title }) => title === "Error of the predicted value")?.series.map(({ label }) => label),
  ).toEqual(["RMSE", "MAE"]);
  expect(charts.every(({ span }) => span === 10)).toBe(true);
  expect(trainingCharts([], 1)).toEqual([]);
});
