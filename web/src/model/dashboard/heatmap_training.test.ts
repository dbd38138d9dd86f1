import { expect, test } from "vitest";
import { epochsOf, groupsOf, type TrainingRow, trainingExport } from "./heatmap_training";

const ROW: TrainingRow = {
  ...{ experiment: "exp-1", number: 1, name: "A", group: "Linear", bestEpoch: 2, epochs: [0, 2], values: [0.1, 0.2] },
  final: { value: 0.3, low: null, high: null },
};
const ROWS = [ROW, { ...ROW, experiment: "exp-2", group: "Wide", epochs: [0, 1, 5], values: [0.1, null, 0.3] }];

test("all epochs of all runs stand across, and each config has one mark", () => {
  expect(epochsOf(ROWS)).toEqual([0, 1, 2, 5]);
  expect([...groupsOf([...ROWS, ROW])]).toEqual([
    ["Linear", 0],
    ["Wide", 1],
  ]);
});

test("the export has a row for each epoch of each run", () => {
  const rows = trainingExport({ metric: "recall_at_10", rows: ROWS, missing: [] });
  expect(rows).toHaveLength(5);
  expect(rows[1]).toMatchObject({ epoch: 2, value: 0.2, best: true, final: 0.3 });
});
