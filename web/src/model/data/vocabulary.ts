/** What a model cannot know of its inputs: vocabularies, hash buckets, ranges and crosses (S6.18), as words. */
import { count, MISSING } from "../common/format";
import { figure, percent } from "./statistics";

export interface Counted {
  value: string;
  count: number | null;
}

export interface OutOfVocabulary {
  rows: number | null;
  share: number | null;
  missingShare: number | null;
}

export interface Vocabulary {
  kind: "vocabulary";
  name: string;
  column: string;
  distinct: number | null;
  kept: number | null;
  cutBySize: number | null;
  cutByFrequency: number | null;
  outOfVocabulary: Record<string, OutOfVocabulary>;
  mostFrequent: Counted[];
  rarestKept: Counted[];
  /** By the share of test rows that it does not hold; the remedy is there unless it is good. */
  status: "good" | "fair" | "poor";
  remedy: string | null;
}

export interface Hashed {
  kind: "hash";
  name: string;
  column: string;
  buckets: number | null;
  used: number | null;
  distinct: number | null;
  expectedCollisions: number | null;
  measuredCollisions: number | null;
}

export interface Bucketed {
  kind: "bucket";
  name: string;
  column: string;
  ranges: number | null;
  boundaries: number[];
  rows: number[];
  missingShare: number | null;
}

export interface Crossed {
  kind: "cross";
  name: string;
  buckets: number | null;
  used: number | null;
}

export type Entry = Vocabulary | Hashed | Bucketed | Crossed;

export function entriesOf<K extends Entry["kind"]>(entries: readonly Entry[], kind: K): Extract<Entry, { kind: K }>[] {
  return entries.filter((entry): entry is Extract<Entry, { kind: K }> => entry.kind === kind);
}

/** `881 of 881 values`, `500 of 1,250 values: 700 are rarer than the minimum, 50 beyond the size`. */
export function keptWords({ kept, distinct, cutBySize, cutByFrequency }: Vocabulary): string {
  const cut = [
    cutByFrequency ? `${count(cutByFrequency)} are rarer than the minimum` : "",
    cutBySize ? `${count(cutBySize)} are beyond the size` : "",
  ].filter(Boolean);
  return `${count(kept)} of ${count(distinct)} values${cut.length === 0 ? "" : `: ${cut.join(", ")}`}`;
}

/** `0.8% (6 rows)`; what a split does not have is a dash. */
export function outsideWords(outside: OutOfVocabulary | undefined): string {
  if (outside === undefined || outside.share === null) return MISSING;
  if (outside.rows === 0) return "0%";
  return `${percent(outside.share)} (${count(outside.rows)} ${outside.rows === 1 ? "row" : "rows"})`;
}

interface Range {
  words: string;
  rows: number;
  /** Of all rows in ranges. */
  share: number | null;
}

/** `below 5`, `5 to below 12`, `12 and above`, each with its rows: one more than there are boundaries. */
export function rangesOf({ boundaries, rows }: Bucketed): Range[] {
  const all = rows.reduce((sum, of) => sum + of, 0);
  const end = (i: number) => figure(boundaries[i] ?? null);
  return rows.map((of, i) => {
    const [first, last] = [i === 0, i >= boundaries.length];
    const words = first && last ? "all values" : first ? `below ${end(0)}` : last ? `${end(i - 1)} and above` : "";
    return { words: words || `${end(i - 1)} to below ${end(i)}`, rows: of, share: all > 0 ? of / all : null };
  });
}

/** `412 of 1,000 buckets are used`. */
export function usedWords({ used, buckets }: { used: number | null; buckets: number | null }): string {
  return `${count(used)} of ${count(buckets)} buckets are used`;
}

/** `2.1% of the values share a bucket with another; 2.4% were to be expected`. */
export function collisionWords({ measuredCollisions, expectedCollisions }: Hashed): string {
  const measured = `${percent(measuredCollisions)} of the values share a bucket with another`;
  return `${measured}; ${percent(expectedCollisions)} were to be expected`;
}

/** What the panel leads with: `6 vocabularies, of them 1 poor and 2 fair`. */
export function headline(entries: readonly Entry[]): string {
  const vocabularies = entriesOf(entries, "vocabulary");
  const of = (status: string) => vocabularies.filter((entry) => entry.status === status).length;
  const told = ["poor", "fair"].filter((status) => of(status) > 0).map((status) => `${of(status)} ${status}`);
  const number = vocabularies.length === 1 ? "1 vocabulary" : `${vocabularies.length} vocabularies`;
  if (vocabularies.length === 0) return "no vocabulary";
  if (told.length === 0) return vocabularies.length === 1 ? "1 vocabulary, a good one" : `${number}, all of them good`;
  return `${number}, of them ${told.join(" and ")}`;
}
