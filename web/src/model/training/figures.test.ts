import { expect, test } from "vitest";
import { exportedEpochs, figuresOf, telling } from "./figures";
import { EPOCHS, record } from "./samples";

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
