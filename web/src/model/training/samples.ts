/** The epochs that tests of training begin with. */
import type { TrainingRecord } from "./training";

export const record = (epoch: number, changes: Partial<TrainingRecord> = {}): TrainingRecord => ({
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

export const EPOCHS = [record(0), record(1), record(2)];
