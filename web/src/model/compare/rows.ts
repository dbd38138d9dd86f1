/** The rows of a comparison's report: which of them are shown, and what is saved of them. */
import type { Row } from "../common/export";
import { type Asked, POPULATIONS } from "./asked";
import type { ComparisonReport, SectionHead, SideRow } from "./report";

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
  return label.replaceAll("_", " ");
}

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
