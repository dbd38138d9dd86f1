/** Curves over epochs as a chart draws them. Epochs are stored from 0 and shown from 1; gaps stay null. */
import type { EpochRecord } from "./run";

export interface Series {
  label: string;
  values: (number | null)[];
}

export interface Curve {
  title: string;
  /** Whether a smaller value is the better one. */
  lowerIsBetter: boolean;
  epochs: number[];
  /** The last epoch that is planned: where the chart ends. */
  span: number;
  series: Series[];
}

export function lossCurve(records: EpochRecord[]): Curve {
  return curve("Loss", true, records, [
    ["train", (record) => record.trainLoss],
    ["eval", (record) => record.evalLoss],
  ]);
}

export function recallCurve(records: EpochRecord[]): Curve {
  return curve("Recall@10", false, records, [["eval", (record) => record.evalRecall.recall_at_10 ?? null]]);
}

/** The 1-based epoch with the best value of a series, null while nothing is measured. */
export function bestEpoch(curve: Curve, series: Series): number | null {
  let best: number | null = null;
  let bestValue = Number.POSITIVE_INFINITY;
  series.values.forEach((value, i) => {
    const worth = value === null ? Number.POSITIVE_INFINITY : curve.lowerIsBetter ? value : -value;
    if (worth < bestValue) [best, bestValue] = [curve.epochs[i] ?? null, worth];
  });
  return best;
}

type Reading = [label: string, read: (record: EpochRecord) => number | null];

function curve(title: string, lowerIsBetter: boolean, records: EpochRecord[], readings: Reading[]): Curve {
  const ordered = [...records].sort((a, b) => a.epoch - b.epoch);
  return {
    title,
    lowerIsBetter,
    epochs: ordered.map((record) => record.epoch + 1),
    span: Math.max(1, ...ordered.map((record) => Math.max(record.epochs ?? 0, record.epoch + 1))),
    series: readings.map(([label, read]) => ({ label, values: ordered.map(read) })),
  };
}
