import { expect, test } from "vitest";
import {
  bestValue,
  effectNote,
  effectWords,
  evidenceSentence,
  insightExport,
  type ParameterRow,
  ratioWords,
  togetherSentence,
  type ValueTold,
} from "./importance";

const TOLD: ValueTold = {
  ...{ nWithout: 19, effect: 0.193, effectLow: 0.114, effectHigh: 0.275 },
  ...{ ratio: 15, ratioLow: 2.24, ratioHigh: 100.5, evidence: true },
  together: [{ parameter: "optimizer", value: "adam", share: 0.92 }],
};
const ROW: ParameterRow = {
  ...{ name: "activation", log: false, curve: null },
  importance: { value: 5.2, low: 2.3, high: 7.3, share: 0.24, rank: 1 },
  values: [
    { value: "relu", n: 19, mean: 0.35, told: { ...TOLD, ratio: 0.067, evidence: false } },
    { value: "none", n: 5, mean: 0.54, told: TOLD },
  ],
};

test("the value that good runs have more often is told of first", () => {
  expect(bestValue(ROW)?.value).toBe("none");
  expect(bestValue({ ...ROW, values: [{ value: "a", n: 1, mean: null, told: null }] })).toBeNull();
});

test("evidence is named, and what may be chance is not", () => {
  const chance = { ...ROW, name: "l2", values: ROW.values.slice(0, 1) };
  expect(evidenceSentence([ROW, chance])).toBe("Evidence: activation. The others could be chance.");
  expect(evidenceSentence([ROW])).toBe("Evidence: activation.");
  expect(evidenceSentence([chance])).toContain("No parameter stands out");
});

test("an effect may be another parameter's", () => {
  const value = bestValue(ROW);
  expect(value && togetherSentence(ROW, value)).toBe(
    "activation = none is seen together with optimizer = adam (92% of its runs): the effect may be theirs.",
  );
  expect(togetherSentence(ROW, { value: "x", n: 1, mean: 1, told: null })).toBeNull();
});

test("effects and ratios come with their intervals", () => {
  expect(effectWords(TOLD, "recall_at_10")).toBe("+0.193 (+0.114 to +0.275)");
  expect(effectWords({ ...TOLD, effect: -0.5, effectLow: null }, "recall_at_10")).toBe("−0.500");
  expect(effectWords({ ...TOLD, effect: null }, "rmse")).toBe("–");
  expect(ratioWords(TOLD)).toBe("×15 (2.2 to 101)");
  expect(effectNote("rmse")).toContain("Less is better");
});

test("the export has a row for each value", () => {
  expect(insightExport([ROW])).toHaveLength(2);
  expect(insightExport([ROW])[1]).toMatchObject({
    parameter: "activation",
    value: "none",
    together: "optimizer = adam",
  });
});
