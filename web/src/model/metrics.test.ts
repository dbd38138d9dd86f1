import { describe, expect, test } from "vitest";
import { bars, CUSTOMER_METRICS, intervalNote, liftSentence, metricTable, ROW_METRICS, verdictWords } from "./metrics";
import { type Evaluation, type Lift, type Measure, type Run, runOfRequest } from "./run";

const measure = (value: number | null): Measure => ({ value, low: null, high: null, n: 391, reason: null });
const LIFT: Lift = { baseline: "personal_frequency", value: 0.031, low: 0.012, high: 0.049, verdict: "better" };
const RUN: Run = {
  ...runOfRequest({ id: "exp-1", name: "", featureConfig: "", modelConfig: "", createdAt: 0 }),
  metrics: { recall_at_10: measure(0.214), recall_at_5: measure(0) },
  baselines: { personal_frequency: { recall_at_10: measure(0.183) }, popularity: { recall_at_10: measure(0.094) } },
  headline: { metric: "recall_at_10", population: "all", measure: measure(0.214), lift: LIFT },
};
const EVALUATION: Evaluation = {
  metrics: {
    all: { recall_at_10: measure(0.9), row_recall_at_10: measure(0.198) },
    in_sample: { recall_at_10: measure(0.31) },
  },
  baselines: { popularity: { all: {}, in_sample: { recall_at_10: measure(0.11) } } },
  ceiling: { recall_at_10: 0.952 },
  lift: { recall_at_5: { ...LIFT, verdict: "cannot tell" } },
  training: null,
  warnings: [],
};

describe("the table of metrics", () => {
  test("stands from the run alone, baselines in their usual order", () => {
    const { baselines, rows } = metricTable(RUN, null, CUSTOMER_METRICS);
    expect(baselines).toEqual(["popularity", "personal_frequency"]);
    expect(rows.map((row) => row.label)).toEqual(["recall@5", "recall@10"]);
    expect(rows[1]?.baselines.map((cell) => cell.value)).toEqual([0.094, 0.183]);
    expect(rows[1]?.lift).toBe(LIFT);
    expect(rows[0]?.lift).toBeNull();
  });

  test("keeps zero and missing apart", () => {
    const row = metricTable(RUN, null, CUSTOMER_METRICS).rows[0];
    expect(row?.model.value).toBe(0);
    expect(row?.baselines.map((cell) => cell.value)).toEqual([null, null]);
  });

  test("takes ceiling, lift and order lines from the evaluation", () => {
    const { rows } = metricTable(RUN, EVALUATION, CUSTOMER_METRICS);
    expect(rows[1]?.ceiling).toBe(0.952);
    expect(rows[1]?.model.value).toBe(0.214);
    expect(rows[0]?.lift?.verdict).toBe("cannot tell");
    expect(metricTable(RUN, EVALUATION, ROW_METRICS).rows.map((row) => row.label)).toEqual(["recall@10"]);
  });

  test("of a sampled run shows the customers of the sample", () => {
    const sampled: Run = {
      ...RUN,
      headline: { metric: "recall_at_10", population: "in_sample", measure: measure(0.31), lift: null },
    };
    const { rows } = metricTable(sampled, EVALUATION, CUSTOMER_METRICS);
    expect(rows.map((row) => row.model.value)).toEqual([0.31]);
    expect(rows[0]?.baselines[0]?.value).toBe(0.11);
  });
});

test("a lift is a sentence", () => {
  expect(liftSentence(LIFT)).toBe("+0.031 (+0.012 to +0.049) over personal frequency");
  expect(liftSentence({ ...LIFT, value: -0.02, low: null, high: null, verdict: "worse" })).toBe(
    "−0.020 against personal frequency",
  );
  expect(verdictWords("worse")).toContain("below baseline");
});

test("a value without an interval says why", () => {
  expect(intervalNote({ ...measure(0.2), low: 0.1, high: 0.3 })).toBe("0.100 to 0.300");
  expect(intervalNote({ ...measure(0.2), reason: "too few customers (12)" })).toBe("too few customers (12)");
  expect(intervalNote(measure(0.2))).toBe("no interval");
  expect(intervalNote(measure(null))).toBe("not measured");
});

test("bars end at the ceiling, and never at nothing", () => {
  const table = metricTable(RUN, EVALUATION, CUSTOMER_METRICS);
  const row = table.rows[1];
  expect(row && bars(row, table.baselines).end).toBe(0.952);
  expect(row && bars({ ...row, ceiling: null }, table.baselines).end).toBe(0.214);
  expect(row && bars({ ...row, ceiling: null, model: measure(0), baselines: [] }, []).end).toBe(1);
});
