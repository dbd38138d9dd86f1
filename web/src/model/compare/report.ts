/**
 * Two to five experiments beside each other (S7.7, S7.8): what the service says about them (shared/insights/comparing),
 * whether it is still so, and the words of it.
 */
import { MISSING, quantity, ratio, signed, words } from "../common/format";
import { kindOf } from "../common/registry";
import type { Problem, Time } from "../run/run";

/** What somebody asked to see side by side; only its name and its notes change. */
export interface Comparison {
  id: string;
  owner: string;
  experiments: string[];
  /** What to decide by; null: what each family of metrics leads with. */
  metric: string | null;
  name: string;
  notes: string;
  /** null while the write is on its way. */
  updatedAt: Time | null;
}

/** A run of the comparison, as it was when the report was made. */
export interface Heading {
  experiment: string;
  /** `#19`, or its id. */
  label: string;
  name: string;
  /** null: it was deleted. */
  state: string | null;
  attempt: number | null;
  modelType: string | null;
  samplePercent: number;
  badges: string[];
  /** Key by family of metrics. */
  protocols: Record<string, string>;
  /** Why it has no results. */
  problem: string | null;
}

export const CALLS = ["better", "worse", "no_practical_difference", "cannot_tell", "not_comparable"] as const;
export type Call = (typeof CALLS)[number];

/** On two of the runs, by their places; above 0 `one` is better, whatever the metric's direction. */
export interface Pair {
  one: number;
  other: number;
  verdict: Call;
  sentence: string;
  reason: string | null;
  difference: number | null;
  low: number | null;
  high: number | null;
  p: number | null;
  /** Common customers. */
  n: number | null;
  /** Customers that would tell a difference of this size. */
  needed: number | null;
  /** Below which a difference decides nothing. */
  margin: number | null;
  /** Standard deviation of one customer's share in the difference. */
  spread: number | null;
}

/** On a run and its best baseline. */
export interface BaselineVerdict {
  run: number;
  baseline: string | null;
  verdict: Call;
  sentence: string;
  value: number | null;
  low: number | null;
  high: number | null;
}

export interface MetricVerdict {
  metric: string;
  sentence: string;
  /** Whether a run is better, and no doubt stands beside it (S6.17). */
  success: boolean;
  pairs: Pair[];
  baselines: BaselineVerdict[];
}

export interface FeatureChange {
  tower: string;
  feature: string;
  change: string;
  /** By run; null: it has none of it. */
  widths: (number | null)[];
}

export interface SectionHead {
  name: string;
  rows: number;
  different: number;
  pages: number;
}

export interface ComparisonReport {
  /** false while it is being made (again). */
  ready: boolean;
  /** Of the comparison that it is about. */
  sourceUpdatedAt: Time | null;
  valid: boolean;
  problems: Problem[];
  computedAt: Time | null;
  experiments: Heading[];
  verdicts: MetricVerdict[];
  losses: { comparable: boolean; reason: string | null };
  features: FeatureChange[];
  sections: SectionHead[];
}

/** One leaf of all; a value is null where a run does not have it. */
export interface SideRow {
  name: string;
  values: (string | null)[];
  same: boolean;
  /** Of results: what is measured, and on which customers; `lift`: against the best baseline. */
  metric: string | null;
  population: string | null;
  lift: boolean;
  /** Places of runs that are better than all others of their fidelity group, and what stands beside the star. */
  stars: number[];
  doubts: (string | null)[];
}

/** Whether the report is about the comparison as it is now. */
export function isCurrent(report: ComparisonReport | null, comparison: Comparison | null): boolean {
  if (report === null || comparison === null || comparison.updatedAt === null) return false;
  return report.ready && report.sourceUpdatedAt === comparison.updatedAt;
}

/** Runs that have ended, or begun another attempt, or gone, since the report was made; of live ones nothing is said. */
export function isOutdated(
  report: ComparisonReport,
  runs: ReadonlyMap<string, { state: string; attempt: number; live: boolean }>,
): boolean {
  return report.experiments.some((seen) => {
    const now = runs.get(seen.experiment);
    if (now === undefined) return seen.state !== null;
    if (now.live && !ENDED.includes(seen.state ?? "")) return seen.state === null;
    return now.state !== seen.state || now.attempt !== seen.attempt;
  });
}

const ENDED = ["completed", "failed", "cancelled"];

const CALL_WORDS: Record<Call, string> = {
  better: "better",
  worse: "worse",
  no_practical_difference: "no practical difference",
  cannot_tell: "cannot tell",
  not_comparable: "not comparable",
};

export function callWords(call: Call): string {
  return CALL_WORDS[call];
}

/** Runs by protocol, for each family in which they have several (S2.16); empty where all were tested alike. */
export function protocolGroups(experiments: readonly Heading[]): { family: string; groups: number[][] }[] {
  const families = [...new Set(experiments.flatMap(({ protocols }) => Object.keys(protocols)))];
  return families.flatMap((family) => {
    const keys = [...new Set(experiments.flatMap(({ protocols }) => protocols[family] ?? []))];
    if (keys.length < 2) return [];
    const groups = keys.map((key) => places(experiments, (each) => each.protocols[family] === key));
    return [{ family, groups }];
  });
}

/** Groups of runs whose values of a metric may share an axis: by protocol, runs without the metric left out. */
export function sharedAxes(experiments: readonly Heading[], family: string): number[][] {
  const keys = [...new Set(experiments.flatMap(({ protocols }) => protocols[family] ?? []))];
  return keys.map((key) => places(experiments, (each) => each.protocols[family] === key));
}

function places(experiments: readonly Heading[], wanted: (each: Heading) => boolean): number[] {
  return experiments.flatMap((each, place) => (wanted(each) ? [place] : []));
}

/** Differences of a metric, with their sign. */
export function signedOf(metric: string): (value: number | null) => string {
  if (kindOf(metric).unit === "ratio") return signed;
  return (value) => (value === null ? MISSING : `${value > 0 ? "+" : ""}${quantity(value)}`);
}

/** How large a difference must be to decide something. */
export function marginWords(metric: string, margin: number): string {
  return `±${kindOf(metric).unit === "ratio" ? ratio(margin) : quantity(margin)} ${words(metric)}`;
}
