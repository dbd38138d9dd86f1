/** How the best of a fidelity group moved as runs finished (S7.10). */
import type { Row } from "../common/export";
import { words } from "../common/format";
import { formatOf, kindOf } from "../common/registry";
import type { Time } from "../run/run";
import type { Measured } from "./heatmap";
import type { Figure, NamedFigure } from "./insights";
import { runsWords } from "./kpis";

export interface TrendPoint extends Figure {
  endedAt: Time;
  experiment: string;
  number: number | null;
  /** Better than all before it: the step line joins these. */
  best: boolean;
}

export interface Trend {
  metric: string;
  points: TrendPoint[];
  leftOut: number;
  baseline: NamedFigure | null;
}

/** Of any metric, from what an index keeps of runs; the baselines are known for the headline only. */
export function trendOf(runs: readonly Measured[], metric: string): Trend {
  const sign = kindOf(metric).lowerIsBetter ? -1 : 1;
  const known = runs.flatMap((run) => {
    const figure = run.metrics[metric];
    return figure?.value == null || run.endedAt === null ? [] : [{ run, figure, value: figure.value }];
  });
  known.sort((a, b) => (a.run.endedAt ?? 0) - (b.run.endedAt ?? 0));
  let record = Number.NEGATIVE_INFINITY;
  const points = known.map(({ run, figure, value }) => {
    const best = sign * value > record;
    if (best) record = sign * value;
    const { experiment, number } = run;
    return { endedAt: run.endedAt ?? 0, experiment, number, value, low: figure.low, high: figure.high, best };
  });
  return { metric, points, leftOut: 0, baseline: null };
}

/** `Best recall@10 so far 0.565 (#19); 11 runs since`; what the chart shows, in a sentence. */
export function trendSentence({ metric, points, baseline }: Trend): string {
  const place = points.findLastIndex((point) => point.best);
  const leader = points[place];
  if (leader === undefined) return "No run has finished yet: the trend begins with the first one.";
  const since = points.length - 1 - place;
  const number = formatOf(metric);
  const after = since === 0 ? "the newest run" : `${runsWords(since)} since`;
  const told = `Best ${words(metric)} so far ${number(leader.value)} (#${leader.number}), ${after}`;
  return baseline === null ? `${told}.` : `${told}; best baseline ${words(baseline.name)} ${number(baseline.value)}.`;
}

export function trendExport({ metric, points }: Trend): Row[] {
  return points.map((point) => ({
    ended_at: new Date(point.endedAt).toISOString(),
    ...{ experiment: point.experiment, number: point.number, metric },
    ...{ value: point.value, low: point.low, high: point.high, best: point.best },
  }));
}
