import { expect, test } from "vitest";
import {
  changeWords,
  expectedWords,
  placeOfKey,
  type Suggestion,
  sameAs,
  startProblem,
  suggestionKey,
  suggestionRows,
} from "./suggestions";

const SUGGESTION: Suggestion = {
  ...{ key: "k", number: 1, samplePercent: 100, label: "optimizer", base: "exp-1", baseNumber: 1 },
  difference: [{ name: "learning_rate", from: 0.01, to: 0.03 }],
  ...{ reason: "why", expected: null, costUsd: 0.04, minutes: 5 },
  experiment: { parent: "exp-1", feature_config: "f", model_config: "m", sample_percent: 100 },
  modelConfig: null,
};
const MAY = { mayEdit: true, started: false, budgetLeftUsd: null };

test("a key says what would be run, so that it never opens another suggestion", () => {
  const key = suggestionKey("default__p", "suggestions", { experiment: { name: "a" } });
  expect(key).toMatch(/^default__p~suggestions~\w+$/);
  expect(placeOfKey(key)).toEqual({ insights: "default__p", part: "suggestions" });
  expect(suggestionKey("default__p", "suggestions", { experiment: { name: "b" } })).not.toBe(key);
  expect(["", "a", "a~b", "a~b~c~d"].map(placeOfKey)).toEqual([null, null, null, null]);
});

test("changes are told in few words", () => {
  const change = (name: string, from: Suggestion["base"] | number | boolean | null, to: string | number | boolean) =>
    changeWords({ name, from, to });
  expect(change("learning_rate", 0.001, 0.003)).toBe("rate 0.001 → 0.003");
  expect(change("normalise_embeddings", false, true)).toBe("normalised off → on");
  expect(change("l2", null, 0.0001)).toBe("l2 0.0001");
});

test("what may come of it is between the nearest runs", () => {
  expect(expectedWords({ metric: "recall_at_10", low: 0.503, high: 0.565, n: 5 })).toBe(
    "recall@10 0.503 to 0.565 (the 5 nearest runs)",
  );
  expect(expectedWords(null)).toContain("unknown");
});

test("it says why it may not be started", () => {
  expect(startProblem(SUGGESTION, MAY)).toBeNull();
  expect(startProblem(SUGGESTION, { ...MAY, mayEdit: false })).toContain("role editor");
  expect(startProblem(SUGGESTION, { ...MAY, started: true })).toContain("Started already");
  expect(startProblem(SUGGESTION, { ...MAY, budgetLeftUsd: 0.01 })).toContain("0.01 USD");
  expect(startProblem({ ...SUGGESTION, costUsd: null }, { ...MAY, budgetLeftUsd: 0.01 })).toBeNull();
});

test("the same configs of the same experiment are the same", () => {
  expect(sameAs(SUGGESTION.experiment)).toBe(sameAs({ ...SUGGESTION.experiment, name: "another" }));
  expect(sameAs(SUGGESTION.experiment)).not.toBe(sameAs({ ...SUGGESTION.experiment, parent: "exp-2" }));
});

test("suggestions are a flat table, too", () => {
  const groups = [{ samplePercent: 100, finished: 3, sentence: "", items: [SUGGESTION] }];
  expect(suggestionRows({ groups, budgetLeftUsd: null })[0]).toMatchObject({
    change: "rate 0.01 → 0.03",
    cost_usd: 0.04,
  });
});
