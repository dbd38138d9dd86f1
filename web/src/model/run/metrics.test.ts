import { describe, expect, test } from "vitest";
import * as samples from "../common/samples";
import { bars, intervalNote, liftSentence, metricTables, verdictWords } from "./metrics";
import type { Evaluation, Lift, Measure, Run } from "./run";

const measure = (value: number | null): Measure => ({ value, low: null, high: null, n: 391, reason: null });
const LIFT: Lift = { baseline: "personal_frequency", value: 0.031, low: 0.012, high: 0.049, verdict: "better" };
const RUN: Run = {
  ...samples.RUN,
  metrics: { recall_at_10: measure(0.214), recall_at_5: measure(0) },
  baselines: { personal_frequency: { recall_at_10: measure(0.183) }, popularity: { recall_at_10: measure(0.094) } },
  headline: { metric: "recall_at_10", population: "all", measure: measure(0.214), lift: LIFT },
  headlines: [{ metric: "recall_at_10", population: "all", measure: measure(0.214), lift: LIFT }],
};
const table = (run: Run, evaluation: Evaluation | null, caption = "Average customer") => {
  const found = metricTables(run, evaluation).find((candidate) => candidate.caption === caption);
  if (found === undefined) throw new Error(`no table ${caption}`);
  return found;
};
const EVALUATION: Evaluation = {
  metrics: {
    all: { recall_at_10: measure(0.9), row_recall_at_10: measure(0.198) },
    in_sample: { recall_at_10: measure(0.31) },
  },
  baselines: { popularity: { all: {}, in_sample: { recall_at_10: measure(0.11) } } },
  ceiling: { recall_at_10: 0.952 },
  lift: { recall_at_5: { ...LIFT, verdict: "cannot tell" } },
  segments: {},
  training: null,
  warnings: [],
};

describe("the table of metrics", () => {
  test("stands from the run alone, baselines in their usual order", () => {
    const { baselines, rows } = table(RUN, null);
    expect(baselines).toEqual(["popularity", "personal_frequency"]);
    expect(rows.map((row) => row.label)).toEqual(["recall@5", "recall@10"]);
    expect(rows[1]?.baselines.map((cell) => cell.value)).toEqual([0.094, 0.183]);
    expect(rows[1]?.lift).toBe(LIFT);
    expect(rows[0]?.lift).toBeNull();
  });

  test("keeps zero and missing apart", () => {
    const row = table(RUN, null).rows[0];
    expect(row?.model.value).toBe(0);
    expect(row?.baselines.map((cell) => cell.value)).toEqual([null, null]);
  });

  test("takes ceiling, lift and order lines from the evaluation", () => {
    const { rows } = table(RUN, EVALUATION);
    expect(rows[1]?.ceiling).toBe(0.952);
    expect(rows[1]?.model.value).toBe(0.214);
    expect(rows[0]?.lift?.verdict).toBe("cannot tell");
    expect(table(RUN, EVALUATION, "Average order line").rows.map((row) => row.label)).toEqual(["recall@10"]);
  });

  test("of a sampled run shows the customers of the sample", () => {
    const sampled: Run = {
      ...RUN,
      headline: { metric: "recall_at_10", population: "in_sample", measure: measure(0.31), lift: null },
    };
    const { rows } = table(sampled, EVALUATION);
    expect(rows.map((row) => row.model.value)).toEqual([0.31]);
    expect(rows[0]?.baselines[0]?.value).toBe(0.11);
  });
});

describe("ratings", () => {
  const lift: Lift = { baseline: "bias", value: 0.12, low: 0.05, high: 0.19, verdict: "better" };
  const both: Run = {
    ...RUN,
    metrics: { recall_at_10: measure(0.214), rmse: measure(12.345), rmse_transformed: measure(0.4) },
    baselines: { popularity: { recall_at_10: measure(0.1) }, bias: { rmse: measure(12.5) } },
    headlines: [...RUN.headlines, { metric: "rmse", population: "all", measure: measure(12.345), lift }],
  };

  test("of a multitask run stand in a table of their own, beside baselines that predict", () => {
    const rated = table(both, null, "Predicted value, average order line");
    expect(rated.baselines).toEqual(["bias"]);
    expect(rated.rows.map((row) => [row.label, row.lowerIsBetter, row.primary])).toEqual([
      ["RMSE", true, true],
      ["RMSE transformed", true, false],
    ]);
    expect(rated.rows[0]?.lift).toBe(lift);
    expect(table(both, null).baselines).toEqual(["popularity"]);
  });

  test("are better when they are lower, and say so", () => {
    expect(liftSentence(lift, "rmse")).toBe("0.120 lower (0.050 to 0.190) than bias");
    expect(liftSentence({ ...lift, value: -0.05, low: -0.09, high: 0.01 }, "rmse")).toBe(
      "0.050 higher (−0.010 to 0.090) than bias",
    );
    expect(intervalNote({ ...measure(12.345), low: 11.2345, high: 13.4567 }, "rmse")).toBe("11.23 to 13.46");
  });
});

test("a lift is a sentence", () => {
  expect(liftSentence(LIFT, "recall_at_10")).toBe("+0.031 (+0.012 to +0.049) over personal frequency");
  expect(liftSentence({ ...LIFT, value: -0.02, low: null, high: null, verdict: "worse" }, "recall_at_10")).toBe(
    "−0.020 against personal frequency",
  );
  expect(verdictWords("worse")).toContain("below baseline");
});

test("a value without an interval says why", () => {
  expect(intervalNote({ ...measure(0.2), low: 0.1, high: 0.3 }, "mrr")).toBe("0.100 to 0.300");
  expect(intervalNote({ ...measure(0.2), reason: "too few customers (12)" }, "mrr")).toBe("too few customers (12)");
  expect(intervalNote(measure(0.2), "mrr")).toBe("no interval");
  expect(intervalNote(measure(null), "mrr")).toBe("not measured");
});

test("bars end at the ceiling, and never at nothing", () => {
  const { baselines, rows } = table(RUN, EVALUATION);
  const row = rows[1];
  expect(row && bars(row, baselines).end).toBe(0.952);
  expect(row && bars({ ...row, ceiling: null }, baselines).end).toBe(0.214);
  expect(row && bars({ ...row, ceiling: null, model: measure(0), baselines: [] }, []).end).toBe(1);
});
