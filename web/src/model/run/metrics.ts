/** The tables of final metrics: this model beside its baselines (S6.7, S6.8, S6.10, S6.16, S6.17). */
import type { Row } from "../common/export";
import { interval, signed, words } from "../common/format";
import { formatOf, kindOf, METRICS, type MetricKind } from "../common/registry";
import type { Evaluation, Lift, Measure, Measures, Run, Verdict } from "./run";

export interface MetricRow {
  key: string;
  label: string;
  lowerIsBetter: boolean;
  /** Whether it belongs to what is looked at first. */
  primary: boolean;
  model: Measure;
  baselines: Measure[];
  lift: Lift | null;
  ceiling: number | null;
}

export interface MetricTable {
  caption: string;
  baselines: string[];
  rows: MetricRow[];
}

/** What is averaged over, in words (S6.8, S6.10). */
const SECTIONS = [
  { family: "retrieval", per: "customer", caption: "Average customer" },
  { family: "retrieval", per: "row", caption: "Average order line" },
  { family: "rating", per: "row", caption: "Predicted value, average order line" },
];
const SECONDARY = /^(precision|coverage|novelty|gini|ann_|hit_rate_at_(?!10$))|_transformed$/;
const NOTHING: Measure = { value: null, low: null, high: null, n: null, reason: null };
const ORDER = [
  ...["popularity", "recent_popularity", "personal_frequency", "item_knn", "ease"],
  ...["global_mean", "product_mean", "bias"],
];

/** One table for each family and kind of mean that was measured. */
export function metricTables(run: Run, evaluation: Evaluation | null): MetricTable[] {
  return SECTIONS.map(({ caption, family, per }) => {
    const kinds = METRICS.filter((kind) => kind.family === family && kind.per === per);
    return { caption, ...metricTable(run, evaluation, kinds) };
  }).filter((table) => table.rows.length > 0);
}

/** Rows of `kinds` that were measured, for the customers of the headline; the run repeats those of its headline. */
function metricTable(run: Run, evaluation: Evaluation | null, kinds: MetricKind[]): Omit<MetricTable, "caption"> {
  const population = run.headline?.population ?? "all";
  const ofRun = population === "all" ? run : null;
  const model: Measures = { ...evaluation?.metrics[population], ...ofRun?.metrics };
  const measured = kinds.filter((kind) => model[kind.name] !== undefined);
  const baseline = (name: string, key: string) =>
    ofRun?.baselines[name]?.[key] ?? evaluation?.baselines[name]?.[population]?.[key] ?? NOTHING;
  const baselines = Object.keys({ ...evaluation?.baselines, ...ofRun?.baselines })
    .filter((name) => measured.some((kind) => baseline(name, kind.name) !== NOTHING))
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  const rows = measured.map((kind) => ({
    key: kind.name,
    label: words(kind.name.replace(/^row_/, "")),
    lowerIsBetter: kind.lowerIsBetter,
    primary: !SECONDARY.test(kind.name),
    model: model[kind.name] ?? NOTHING,
    baselines: baselines.map((name) => baseline(name, kind.name)),
    lift: evaluation?.lift[kind.name] ?? cardOf(run, kind.name)?.lift ?? null,
    ceiling: evaluation?.ceiling[kind.name] ?? null,
  }));
  return { baselines, rows };
}

function cardOf(run: Run, metric: string) {
  return run.headlines.find((card) => card.metric === metric);
}

/** The tables as rows for other programs: one for each metric and for who is measured. */
export function metricRows(tables: readonly MetricTable[]): Row[] {
  return tables.flatMap((table) =>
    table.rows.flatMap((row) =>
      [row.model, ...row.baselines].map((measure, i) => ({
        ...{ averaged_over: table.caption, metric: row.key, of: i === 0 ? "model" : (table.baselines[i - 1] ?? "") },
        ...{ value: measure.value, low: measure.low, high: measure.high, n: measure.n, reason: measure.reason },
        ceiling: row.ceiling,
      })),
    ),
  );
}

/** What stands below a value: its interval, or why it has none. */
export function intervalNote(measure: Measure, metric: string): string {
  const text = measure.value === null ? "" : interval(measure.low, measure.high, formatOf(metric));
  return text || measure.reason || (measure.value === null ? "not measured" : "no interval");
}

/** `+0.031 (+0.012 to +0.049) over personal frequency`, or `0.12 lower (0.05 to 0.19) than bias` where less is better. */
export function liftSentence(lift: Lift, metric: string): string {
  const value = kindOf(metric).lowerIsBetter ? lowered(lift, formatOf(metric)) : raised(lift);
  return `${value} ${words(lift.baseline)}`;
}

function raised(lift: Lift): string {
  const range = interval(lift.low, lift.high, signed);
  return [signed(lift.value), range && `(${range})`, lift.verdict === "worse" ? "against" : "over"]
    .filter(Boolean)
    .join(" ");
}

/** A lift is above zero when the model is better (S6.17), which here means below its baseline. */
function lowered(lift: Lift, format: (value: number | null) => string): string {
  const higher = (lift.value ?? 0) < 0;
  const turned = (value: number | null) => (value !== null && higher ? -value : value);
  const [low, high] = higher ? [turned(lift.high), turned(lift.low)] : [lift.low, lift.high];
  const range = interval(low, high, format);
  return [format(turned(lift.value)), higher ? "higher" : "lower", range && `(${range})`, "than"]
    .filter(Boolean)
    .join(" ");
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
