/** Curves of several runs on one axis, where these may share one (S2.16, S6.2). */

import { capitalised, words } from "../common/format";
import { HEADLINES, kindOf } from "../common/registry";
import type { EpochRecord } from "../run/run";
import { aboutMetric, type Curve, LOSS } from "../training/curves";
import type { ComparisonReport } from "./report";
import { sharedAxes } from "./report";

export interface Overlays {
  curves: Curve[];
  /** Why some are not drawn. */
  reasons: string[];
}

type Reading = (record: EpochRecord) => number | null;

/** `histories` by experiment; null: not there (yet). */
export function overlaysOf(report: ComparisonReport, histories: ReadonlyMap<string, readonly EpochRecord[]>): Overlays {
  const { experiments, losses } = report;
  const all = experiments.map((_, place) => place);
  const draw = (
    places: readonly number[],
    about: Omit<Curve, "epochs" | "span" | "series">,
    read: Reading,
  ): Curve[] => {
    const lines = places.flatMap((place) => {
      const { experiment = "", label = "", badges = [] } = experiments[place] ?? {};
      const records = histories.get(experiment) ?? [];
      if (!records.some((record) => read(record) !== null)) return [];
      return [{ label: [label, ...badges].join(", "), records }];
    });
    return lines.length < 2 ? [] : [overlay(about, lines, read)];
  };
  const metrics = HEADLINES.flatMap((metric) => {
    const groups = sharedAxes(experiments, kindOf(metric).family);
    return groups.flatMap((places) =>
      draw(places, { ...aboutMetric(metric), note: "on eval" }, (record) => record.evaluated[metric] ?? null),
    );
  });
  const ofLoss = (split: "train" | "evaluated", title: string) =>
    draw(all, { ...LOSS, title }, (record) => record[split].loss ?? null);
  const apart = HEADLINES.filter((metric) => sharedAxes(experiments, kindOf(metric).family).length > 1);
  const mixed = apart.map(
    (metric) => `${capitalised(words(metric))} of runs that were not tested alike never stands on one axis.`,
  );
  if (losses.comparable && mixed.length === 0) {
    const drawn = [...metrics, ...ofLoss("train", "Train loss"), ...ofLoss("evaluated", "Eval loss")];
    return { curves: drawn, reasons: [] };
  }
  return { curves: metrics, reasons: [...mixed, ...(losses.reason === null ? [] : [losses.reason])] };
}

function overlay(
  about: Omit<Curve, "epochs" | "span" | "series">,
  lines: readonly { label: string; records: readonly EpochRecord[] }[],
  read: Reading,
): Curve {
  const epochs = [...new Set(lines.flatMap(({ records }) => records.map(({ epoch }) => epoch)))].sort((a, b) => a - b);
  const series = lines.map(({ label, records }) => {
    const values = new Map(records.map((record) => [record.epoch, read(record)]));
    return { label, values: epochs.map((epoch) => values.get(epoch) ?? null) };
  });
  return { ...about, epochs: epochs.map((epoch) => epoch + 1), span: (epochs.at(-1) ?? 0) + 1, series };
}
