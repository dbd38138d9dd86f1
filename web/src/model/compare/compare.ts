/**
 * Two to five experiments beside each other (S7.7, S7.8). What is said about them is computed by the service
 * (shared/insights/comparing); here is its shape, and which of it is shown.
 */

import type { Row } from "../common/export";
import { MISSING, quantity, ratio, signed, words } from "../common/format";
import { kindOf } from "../common/registry";
import { limitsOf } from "../common/schema";
import documents from "../copies/documents.json";
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

// -------------------------------------------------------------------------------------------------- what is asked for

export const BOUNDS = { fewest: bound("low"), most: bound("high") };

function bound(end: "low" | "high"): number {
  const found = limitsOf("SavedComparison", "experiments")[end];
  if (found === null) throw new Error("a comparison has bounds");
  return found;
}

/** What a comparison may be decided by. */
export const DECISIVE = limitsOf("SavedComparison", "metric").words;
const EXPERIMENT = new RegExp(documents.SavedComparison.properties.experiments.items.pattern);

export interface Asked {
  /** In the order in which they were made, each once: the same choice is the same comparison. */
  experiments: string[];
  /** Beyond the most that a comparison may hold, or no ids. */
  dropped: string[];
  metric: string | null;
  /** Whether what is equal is shown, too. */
  everything: boolean;
  /** Whose results are shown. */
  population: string;
}

export const POPULATIONS: Record<string, string> = {
  headline: "headline customers",
  all: "all test customers",
  in_sample: "customers of the sample",
  warm: "known customers and products",
  cold_customer: "new customers",
  cold_product: "new products",
  new_pairs: "products not bought before",
};

export function askedOf(search: string): Asked {
  const found = new URLSearchParams(search);
  const named = [...new Set((found.get("ids") ?? "").split(",").filter((id) => id !== ""))];
  const known = named.filter((id) => EXPERIMENT.test(id));
  const kept = known.slice(0, BOUNDS.most);
  const metric = found.get("metric");
  const population = found.get("population") ?? "";
  return {
    experiments: kept.toSorted(),
    dropped: named.filter((id) => !kept.includes(id)),
    metric: metric !== null && DECISIVE.includes(metric) ? metric : null,
    everything: found.get("all") === "1",
    population: population in POPULATIONS ? population : "headline",
  };
}

/** The fields of an address; `experiments` only where no saved comparison has them. */
export function searchOf({ experiments, metric, everything, population }: Partial<Asked>): Record<string, string> {
  return {
    ids: experiments?.join(",") ?? "",
    metric: metric ?? "",
    all: everything ? "1" : "",
    population: population === undefined || population === "headline" ? "" : population,
  };
}

/** What the id of a comparison is a digest of: canonical JSON (S0.7), as the command line writes it. */
export function canonical(experiments: readonly string[], metric: string | null): string {
  return JSON.stringify({ experiments, metric });
}

// -------------------------------------------------------------------------------------------------------- what is said

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

// ---------------------------------------------------------------------------------------------------------- the rows

/** Rows by section, out of the parts that they are stored in: of a long section one for each page. */
export function rowsBySection(
  { sections }: ComparisonReport,
  parts: Readonly<Record<string, readonly SideRow[]>>,
): Record<string, SideRow[]> {
  const pages = ({ name, pages }: SectionHead) =>
    Array.from({ length: pages }, (_, i) => parts[i === 0 ? name : `${name}-${i + 1}`] ?? []);
  return Object.fromEntries(sections.map((section) => [section.name, pages(section).flat()]));
}

/** Places of runs of which nothing of a section is known: that ended before they were prepared, or are gone. */
export function unknownPlaces(rows: readonly SideRow[], runs: number): number[] {
  if (rows.length === 0) return [];
  return Array.from({ length: runs }, (_, place) => place).filter((place) =>
    rows.every(({ values }) => values[place] == null),
  );
}

/** Whether a row is equal in all runs of which something is known. */
export function isSame({ values }: SideRow, unknown: readonly number[]): boolean {
  return new Set(values.filter((_, place) => !unknown.includes(place))).size <= 1;
}

/** What of a section is shown. Of results: the chosen customers; lifts by what decides; baselines on the headline. */
export function tellingRows(
  section: string,
  rows: readonly SideRow[],
  { everything, population }: Pick<Asked, "everything" | "population">,
  decisive: readonly string[],
  runs: number,
): SideRow[] {
  const unknown = unknownPlaces(rows, runs);
  if (section !== "results") return rows.filter((row) => everything || !isSame(row, unknown));
  return rows.filter((row) => {
    if (row.population !== null) return row.population === population;
    if (population !== "headline") return false;
    return everything || (!isSame(row, unknown) && (!row.lift || decisive.includes(row.metric ?? "")));
  });
}

/** Populations that some row is of. */
export function populationsOf(rows: readonly SideRow[]): string[] {
  const found = new Set(rows.map(({ population }) => population));
  return Object.keys(POPULATIONS).filter((population) => found.has(population));
}

/** `warm.recall@10` as `recall@10`: the population is said above. */
export function rowLabel({ name, population }: SideRow): string {
  const label = population !== null && name.startsWith(`${population}.`) ? name.slice(population.length + 1) : name;
  return `${label.replaceAll("_", " ")}${FROM_ZERO.test(name) ? ", counted from 0" : ""}`;
}

const FROM_ZERO = /^(best|evaluated)_epoch$/; // as they are stored; everywhere else the page counts from 1

/** A row for each leaf, with a column for each run. */
export function exportedRows(
  report: ComparisonReport,
  rows: Readonly<Record<string, readonly SideRow[]>>,
  keep: (section: string, rows: readonly SideRow[]) => readonly SideRow[],
): Row[] {
  return report.sections.flatMap(({ name }) =>
    keep(name, rows[name] ?? []).map((row) => ({
      section: name,
      name: row.name,
      equal: row.same,
      ...Object.fromEntries(report.experiments.map(({ label }, place) => [label, row.values[place] ?? null])),
    })),
  );
}

/** A row for each pair and each baseline, with all that the verdict was made of. */
export function exportedVerdicts({ experiments, verdicts }: ComparisonReport): Row[] {
  const label = (place: number) => experiments[place]?.label ?? "";
  return verdicts.flatMap(({ metric, pairs, baselines }) => [
    ...pairs.map((pair) => ({
      metric,
      one: label(pair.one),
      other: label(pair.other),
      verdict: pair.verdict,
      difference: pair.difference,
      low: pair.low,
      high: pair.high,
      p: pair.p,
      customers: pair.n,
      customers_needed: pair.needed,
      spread_per_customer: pair.spread,
      sentence: pair.sentence,
    })),
    ...baselines.map((each) => ({
      metric,
      one: label(each.run),
      other: each.baseline,
      verdict: each.verdict,
      difference: each.value,
      low: each.low,
      high: each.high,
      sentence: each.sentence,
    })),
  ]);
}
