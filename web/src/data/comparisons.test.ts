import { expect, test } from "vitest";
import { exportedVerdicts } from "../model/compare/rows";
import { A } from "../model/compare/samples";
import { toReport, toRow } from "./comparisons";

test("a stored report and its rows are read, and rubbish is empty", () => {
  const pair = {
    one: 0,
    other: 1,
    verdict: "better",
    difference: 0.1,
    low: 0.05,
    high: 0.15,
    n: 40,
    sentence: "Better.",
  };
  const baseline = { run: 0, baseline: "item_knn", verdict: "cannot_tell", value: 0.01, sentence: "Cannot tell." };
  const told = toReport({
    state: "ready",
    valid: true,
    source_updated_at: { toMillis: () => 7 },
    experiments: [{ experiment: A, label: "#1", protocols: { retrieval: "one" }, badges: ["quick (50%)"] }],
    verdicts: [{ metric: "recall_at_10", sentence: "One leads.", success: true, pairs: [pair], baselines: [baseline] }],
    features: [{ tower: "query", feature: "region", change: "added", widths: [null, 8] }],
    losses: { comparable: false, reason: "batch size" },
  });
  expect(told).toMatchObject({ ready: true, sourceUpdatedAt: 7, losses: { reason: "batch size" } });
  expect(told.features[0]?.widths).toEqual([null, 8]);
  expect(exportedVerdicts(told)).toMatchObject([
    { one: "#1", verdict: "better", difference: 0.1, customers: 40 },
    { one: "#1", other: "item_knn", verdict: "cannot_tell", difference: 0.01 },
  ]);
  expect(toReport({ verdicts: "none", experiments: null })).toMatchObject({
    ready: false,
    verdicts: [],
    experiments: [],
  });
  expect(toRow({ name: "x", values: ["1", 2], stars: [0], doubts: ["below baseline", null] })).toMatchObject({
    ...{ values: ["1", null], stars: [0], doubts: ["below baseline", null], lift: false },
  });
});
