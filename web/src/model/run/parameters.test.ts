import { expect, test } from "vitest";
import { lines, targetWords } from "./parameters";

test("groups become lines in the order in which a run uses them", () => {
  const group = {
    split: { test_start: "2025-12-15", kind: "strict_time" },
    zeta: null,
    epochs: 3,
    batch_size: 1024,
    alpha: true,
  };
  expect(lines(group)).toEqual([
    { label: "Epochs", text: "3" },
    { label: "Batch size", text: "1,024" },
    { label: "Split, kind", text: "strict_time" },
    { label: "Split, test start", text: "2025-12-15" },
    { label: "Alpha", text: "yes" },
    { label: "Zeta", text: "none" },
  ]);
});

test("fractions and lists keep their digits", () => {
  expect(lines({ learning_rate: 0.00001, ks: [5, 10] })).toEqual([
    { label: "Learning rate", text: "0.00001" },
    { label: "Ks", text: "5, 10" },
  ]);
});

test("a target is what happens to it, in words", () => {
  const target = { column: "quantity", clip_percentiles: [0, 99], log: true, normalise: "zscore" };
  expect(targetWords(target)).toBe("quantity, logarithm, zscore, clipped to percentiles 0 to 99");
  expect(targetWords({ column: "paid", clip_percentiles: null, log: false, normalise: "none" })).toBe("paid");
});
