/** Curves over epochs as a chart draws them. Epochs are stored from 0 and shown from 1; gaps stay null. */
import { capitalised, loss, words } from "../common/format";
import { formatOf, HEADLINES, kindOf } from "../common/registry";
import type { EpochRecord, Group } from "../run/run";

export interface Series {
  label: string;
  values: (number | null)[];
}

export interface Curve {
  title: string;
  /** What the values are, where the title does not say it. */
  note?: string;
  /** Whether a smaller value is the better one; null: neither is. */
  lowerIsBetter: boolean | null;
  /** Whether the axis begins at zero, because zero means something; else the values use the whole height. */
  fromZero: boolean;
  /** Whether a logarithmic axis makes sense: of what is above zero and spans orders of magnitude. */
  logarithmic: boolean;
  /** Between which two series the ground is coloured. */
  band?: [number, number];
  format: (value: number | null) => string;
  epochs: number[];
  /** The last epoch that is planned: where the chart ends. */
  span: number;
  series: Series[];
}

export type Reading<Of extends EpochRecord = EpochRecord> = [label: string, read: (record: Of) => number | null];
export type About = Pick<Curve, "title" | "note" | "lowerIsBetter" | "fromZero" | "logarithmic" | "band" | "format">;

/** What all losses have in common: their zero means nothing. */
export const LOSS = { lowerIsBetter: true, fromZero: false, logarithmic: true, format: loss };

/** The loss, the parts of a multitask loss, and what each family of metrics is watched by. */
export function trainingCurves(records: EpochRecord[]): Curve[] {
  const measured = HEADLINES.filter((metric) => records.some((record) => record.evaluated[metric] != null));
  return [lossCurve(records), ...partCurves(records), ...measured.map((metric) => metricCurve(metric, records))];
}

export function lossCurve(records: EpochRecord[]): Curve {
  return curveOf({ ...LOSS, title: "Loss" }, records, [
    ["train", (record) => record.train.loss ?? null],
    ["eval", (record) => record.evaluated.loss ?? null],
  ]);
}

/** A curve for each task of a multitask model, scaled so that 1 is a guess (S4.11). */
function partCurves(records: EpochRecord[]): Curve[] {
  return ["retrieval", "ranking"].flatMap((task) => {
    const key = `${task}_loss_scaled`;
    if (!records.some((record) => record.train[key] != null)) return [];
    return curveOf({ ...LOSS, title: `${capitalised(task)} loss, scaled` }, records, [
      ["train", (record) => record.train[key] ?? null],
      ["eval", (record) => record.evaluated[key] ?? null],
    ]);
  });
}

export function metricCurve(metric: string, records: EpochRecord[]): Curve {
  return curveOf(aboutMetric(metric), records, [["eval", (record) => record.evaluated[metric] ?? null]]);
}

/** A ratio begins at zero; an error, like a loss, uses the whole height. */
export function aboutMetric(metric: string): About {
  const { lowerIsBetter } = kindOf(metric);
  const title = capitalised(words(metric));
  return { title, lowerIsBetter, fromZero: !lowerIsBetter, logarithmic: false, format: formatOf(metric) };
}

/** Names of what was measured on eval in any epoch, losses first. */
export function evaluatedNames(records: EpochRecord[]): string[] {
  const measured = records.flatMap((record) => Object.entries(record.evaluated).filter(([, value]) => value !== null));
  const names = new Set(measured.map(([name]) => name));
  return [...names].sort((a, b) => place(a) - place(b) || a.localeCompare(b, "en", { numeric: true }));
}

function place(name: string): number {
  return name === "loss" ? 0 : name.includes("loss") ? 1 : 2;
}

/** The 1-based epoch with the best value of a series, null while nothing is measured. */
export function bestEpoch(curve: Curve, series: Series): number | null {
  if (curve.lowerIsBetter === null) return null;
  let best: number | null = null;
  let bestValue = Number.POSITIVE_INFINITY;
  series.values.forEach((value, i) => {
    const worth = value === null ? Number.POSITIVE_INFINITY : curve.lowerIsBetter ? value : -value;
    if (worth < bestValue) [best, bestValue] = [curve.epochs[i] ?? null, worth];
  });
  return best;
}

/** Why training ended and which epoch's weights were kept, e.g. after early stopping (S4.13). */
export function trainingSentence(training: Group, planned: number | null): string | null {
  const { epochs_run: ran, best_epoch: best, stop_reason: reason } = training;
  if (typeof ran !== "number") return null;
  const of = planned !== null && planned > ran ? ` of ${planned}` : "";
  const why = typeof reason === "string" && reason !== "epochs" ? ` (${words(reason)})` : "";
  const kept = typeof best === "number" ? ` The weights of epoch ${best + 1} were measured and exported.` : "";
  return `Trained ${ran}${of} ${ran === 1 && !of ? "epoch" : "epochs"}${why}.${kept}`;
}

/** A curve of records in the order of their epochs. */
export function curveOf<Of extends EpochRecord>(about: About, records: readonly Of[], readings: Reading<Of>[]): Curve {
  const ordered = [...records].sort((a, b) => a.epoch - b.epoch);
  return {
    ...about,
    epochs: ordered.map((record) => record.epoch + 1),
    span: spanOf(ordered),
    series: readings.map(([label, read]) => ({ label, values: ordered.map(read) })),
  };
}

/** Where charts of a run end: with the plan while it trains, then with the last epoch that was run. */
export function shownSpan(records: readonly Pick<EpochRecord, "epoch" | "epochs">[], live: boolean): number {
  return live ? spanOf(records) : Math.max(1, ...records.map(({ epoch }) => epoch + 1));
}

/** The last epoch that is planned, or that was run. */
export function spanOf(records: readonly Pick<EpochRecord, "epoch" | "epochs">[]): number {
  return records.reduce((span, record) => Math.max(span, record.epochs ?? 0, record.epoch + 1), 1);
}
