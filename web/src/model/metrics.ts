/** The tables of final metrics: this model beside its baselines (S6.7, S6.8, S6.16, S6.17). */
import { interval, ratio, signed, words } from "./format";
import type { Evaluation, Lift, Measure, Measures, Run, Verdict } from "./run";

export interface MetricRow {
  key: string;
  label: string;
  model: Measure;
  baselines: Measure[];
  lift: Lift | null;
  ceiling: number | null;
}

export interface MetricTable {
  baselines: string[];
  rows: MetricRow[];
}

export const CUSTOMER_METRICS = ["recall_at_5", "recall_at_10", "recall_at_50", "recall_at_100"];
export const CUSTOMER_METRICS_MORE = ["hit_rate_at_10", "ndcg_at_10", "mrr"];
export const ROW_METRICS = ["row_recall_at_5", "row_recall_at_10", "row_recall_at_50", "row_recall_at_100"];
const NOTHING: Measure = { value: null, low: null, high: null, n: null, reason: null };
const ORDER = ["popularity", "personal_frequency"];

/** Rows of `keys` that were measured, for the customers of the headline; the run repeats those of all customers. */
export function metricTable(run: Run, evaluation: Evaluation | null, keys: string[]): MetricTable {
  const population = run.headline?.population ?? "all";
  const ofRun = population === "all" ? run : null;
  const model: Measures = { ...evaluation?.metrics[population], ...ofRun?.metrics };
  const measured = { ...evaluation?.baselines, ...ofRun?.baselines };
  const baselines = Object.keys(measured).sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  const baseline = (name: string, key: string) =>
    ofRun?.baselines[name]?.[key] ?? evaluation?.baselines[name]?.[population]?.[key] ?? NOTHING;
  const rows = keys
    .filter((key) => model[key] !== undefined)
    .map((key) => ({
      key,
      label: words(key.replace(/^row_/, "")),
      model: model[key] ?? NOTHING,
      baselines: baselines.map((name) => baseline(name, key)),
      lift: evaluation?.lift[key] ?? (run.headline?.metric === key ? run.headline.lift : null),
      ceiling: evaluation?.ceiling[key] ?? null,
    }));
  return { baselines, rows };
}

/** What stands below a value: its interval, or why it has none. */
export function intervalNote(measure: Measure): string {
  const text = measure.value === null ? "" : interval(measure.low, measure.high, ratio);
  return text || measure.reason || (measure.value === null ? "not measured" : "no interval");
}

/** `+0.031 (+0.012 to +0.049) over personal frequency`. */
export function liftSentence(lift: Lift): string {
  const range = interval(lift.low, lift.high, signed);
  const side = lift.verdict === "worse" ? "against" : "over";
  return [signed(lift.value), range && `(${range})`, side, words(lift.baseline)].filter(Boolean).join(" ");
}

const VERDICTS: Record<Verdict, string> = {
  better: "better",
  worse: "worse, below baseline",
  "cannot tell": "cannot tell",
};

export function verdictWords(verdict: Verdict | null): string {
  return verdict === null ? "not compared" : VERDICTS[verdict];
}

export interface Bar {
  label: string;
  measure: Measure;
  model: boolean;
}

/** The model and its baselines on one scale, which ends at the ceiling or at the largest value. */
export function bars(row: MetricRow, baselines: string[]): { bars: Bar[]; end: number } {
  const all: Bar[] = [
    { label: "this model", measure: row.model, model: true },
    ...row.baselines.map((measure, i) => ({ label: words(baselines[i] ?? ""), measure, model: false })),
  ];
  const largest = Math.max(row.ceiling ?? 0, ...all.map((bar) => bar.measure.high ?? bar.measure.value ?? 0));
  return { bars: all, end: largest > 0 ? largest : 1 };
}

function rank(baseline: string): number {
  const index = ORDER.indexOf(baseline);
  return index < 0 ? ORDER.length : index;
}
