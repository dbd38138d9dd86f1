import { expect, test } from "vitest";
import { EPOCHS } from "./samples";
import { bestOf, trainingFacts } from "./training";

test("the best epoch is the stored one, and while it trains the last that was the best so far", () => {
  expect(bestOf(EPOCHS, null)).toBe(1);
  expect(bestOf(EPOCHS, { best_epoch: 2 })).toBe(2);
  expect(bestOf([], null)).toBeNull();
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
