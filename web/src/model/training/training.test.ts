import { expect, test } from "vitest";
import {
  bestOf,
  exportedEpochs,
  figuresOf,
  optionsOf,
  searchOf,
  type TrainingRecord,
  telling,
  thinned,
  trainingCharts,
  trainingFacts,
} from "./training";

const record = (epoch: number, changes: Partial<TrainingRecord> = {}): TrainingRecord => ({
  epoch,
  epochs: 10,
  train: { loss: 3 - epoch / 10, regularization_loss: 0, total_loss: 3 - epoch / 10 },
  evaluated: { loss: 3.1, recall_at_10: 0.1, recall_at_50: 0.4, ndcg_at_10: 0.2 },
  learningRate: 0.01,
  seconds: 2,
  best: epoch === 1,
  examples: 100 * (epoch + 1),
  examplesPerSecond: 50,
  stepMsP50: 2,
  stepMsP95: 3,
  inputWaitShare: 0.125,
  deviceMemoryBytes: null,
  weightNorm: 20,
  gradientNorm: 0.5,
  clippedShare: 0,
  time: 0,
  problem: null,
  ...changes,
});
const EPOCHS = [record(0), record(1), record(2)];

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

test("the best epoch is the stored one, and while it trains the last that was the best so far", () => {
  expect(bestOf(EPOCHS, null)).toBe(1);
  expect(bestOf(EPOCHS, { best_epoch: 2 })).toBe(2);
  expect(bestOf([], null)).toBeNull();
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

test("values are written in their unit", () => {
  const shown = Object.fromEntries(
    figuresOf(EPOCHS).map(({ title, read, format }) => [title, format(read(record(0)))]),
  );
  expect(shown).toMatchObject({
    "Train loss": "3.000",
    "Recall@10": "0.100",
    "Waiting for input": "12.5%",
    "Step, median": "2.000 ms",
    "Examples seen": "100",
    Time: "2.0 s",
  });
  expect(Object.keys(shown)).not.toContain("Device memory");
});

test("exports count epochs from one and keep what was stored", () => {
  expect(exportedEpochs(EPOCHS)[1]).toMatchObject({
    epoch: 2,
    best_so_far: true,
    "train.loss": 2.9,
    "eval.recall_at_10": 0.1,
    "weights.l2_norm": 20,
  });
});

test("a summary tells of the first, the best and the last epoch, each once", () => {
  expect(telling(EPOCHS, 1).map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
  expect(telling(EPOCHS, 2).map(({ epoch }) => epoch)).toEqual([0, 2]);
  expect(telling([record(0)], 0)).toHaveLength(1);
  expect(telling([], null)).toEqual([]);
});

test("how it ended is told in words", () => {
  const training = {
    best_epoch: 1,
    epochs_run: 3,
    metric: "recall_at_10",
    stop_reason: "early_stopping",
    evaluated_epoch: 1,
  };
  const facts = Object.fromEntries(
    trainingFacts(EPOCHS, { ...training, steps: 216, seconds: 5.3 }, 10).map(({ name, value }) => [name, value]),
  );
  expect(facts).toEqual({
    Epochs: "3 of 10",
    "Best epoch": "2, by recall@10 on eval",
    "Measured and exported": "the weights of epoch 2",
    "Ended because": "recall@10 on eval did not get better any more",
    Steps: "216",
    "Time of training": "5.3 s",
  });
  expect(trainingFacts(EPOCHS, null, 10)).toEqual([
    { name: "Epochs", value: "3 of 10" },
    { name: "Best epoch so far", value: "2" },
  ]);
  expect(trainingFacts(EPOCHS, { ...training, stop_reason: "epochs" }, 3)).toContainEqual({
    name: "Ended because",
    value: "all planned epochs were run",
  });
});

test("the address keeps what is shown, and nothing that is as it begins", () => {
  const options = { logarithmic: true, groups: true, level: "layers", group: "query", epoch: 7 };
  expect(optionsOf(`?${new URLSearchParams(searchOf(options))}`)).toEqual(options);
  const begin = optionsOf("");
  expect(Object.values(searchOf(begin)).every((value) => value === "")).toBe(true);
  expect(optionsOf("?epoch=-1&log=yes")).toEqual(begin);
});
