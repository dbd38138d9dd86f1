import { expect, test } from "vitest";
import { contentOf, itemLimitsOf, limitsOf, mistakeOf, rangeWords, wordsOf } from "./schema";

test.each([
  ["Experiment", "epochs", "1 to 500"],
  ["Experiment", "batch_size", "64 to 65,536 or auto"],
  ["Experiment", "learning_rate", "0.000001 to 1"],
  ["Experiment", "sample_percent", "1 to 100 or auto"],
  ["Experiment", "name", "at most 80 characters"],
  ["DropoutLayer", "rate", "above 0 to 0.9"],
  ["BatchNormLayer", "momentum", "above 0 to below 1"],
  ["Scann", "num_leaves", "1 to 10,000"],
  ["EntityFilter", "top_revenue_percent", "above 0 to 100"],
])("%s.%s: %s", (part, field, words) => expect(rangeWords(limitsOf(part, field))).toBe(words));

test.each([
  ["Experiment", "epochs", "20", null],
  ["Experiment", "epochs", "", null],
  ["Experiment", "epochs", "0", "Write a whole number, 1 to 500."],
  ["Experiment", "epochs", "2.5", "Write a whole number, 1 to 500."],
  ["Experiment", "epochs", "1e2", null],
  ["Experiment", "epochs", "twenty", "Write a whole number, 1 to 500."],
  ["Experiment", "batch_size", "auto", null],
  ["Experiment", "batch_size", "63", "Write a whole number, 64 to 65,536, or write auto, or leave it empty."],
  ["DropoutLayer", "rate", "0", "Write a number, above 0 to 0.9."],
  ["Experiment", "name", "x".repeat(81), "It has 81 characters. Shorten it to 80."],
  ["Experiment", "model_config", "", "It must be filled in."],
])("%s.%s: %j", (part, field, text, mistake) => expect(mistakeOf(limitsOf(part, field), text)).toBe(mistake));

test("lists have limits of their own, and of each item", () => {
  expect(limitsOf("Experiment", "tags").high).toBe(20);
  expect(mistakeOf(itemLimitsOf("Experiment", "tags"), "first")).toBeNull();
  expect(mistakeOf(itemLimitsOf("Experiment", "tags"), "First")).toBe("It has characters that may not stand here.");
  expect(() => itemLimitsOf("Experiment", "epochs")).toThrow("no list");
});

test("choices come in the order of the documents", () => {
  expect(wordsOf("ModelConfig", "model_type")).toEqual(["retrieval", "ranking", "multitask"]);
  expect(wordsOf("ModelConfig", "optimizer")).toEqual(["adagrad", "adam", "adamw", "sgd", "rmsprop", "ftrl"]);
});

test("texts become values", () => {
  const limits = limitsOf("Experiment", "batch_size");
  expect(contentOf(limits, " 256 ")).toBe(256);
  expect(contentOf(limits, "auto")).toBe("auto");
  expect(contentOf(limits, "")).toBeUndefined();
  expect(() => limitsOf("Experiment", "nonsense")).toThrow("no field");
});
