/** The column statistics of two datasets beside each other (domain S1.36). */
import { count } from "../../common/format";
import { groups, numberOf, textOf } from "../../common/values";
import type { Group, Value } from "../../run/run";
import type { DiffRow } from "../diff";
import { distinctWords, figure, nullShare, shareWords } from "./figures";
import { typeWords } from "./report";

/** A figure's label, and what is said of a column; null: the column has no such figure. */
type Said = readonly [label: string, say: (known: Group) => string | null];

const number = (name: string): Said[1] => {
  return (known) => figure(numberOf(known[name])) || null;
};
const percentile = (percent: number): Said[1] => {
  return ({ quantiles }) => (Array.isArray(quantiles) ? figure(numberOf(quantiles[percent / STEP])) || null : null);
};
const STEP = 5; // percent between two quantiles as they are stored

const FIGURES: readonly Said[] = [
  ["Type", (known) => typeWords({ type: textOf(known.type), repeated: known.repeated === true })],
  ["Rows", (known) => count(numberOf(known.count))],
  ["Empty", (known) => shareWords(nullShare(known))],
  ["Distinct", distinctWords],
  ["Least", ({ min }) => endWords(min)],
  ["5th percentile", percentile(5)],
  ["25th percentile", percentile(25)],
  ["Median", percentile(50)],
  ["75th percentile", percentile(75)],
  ["95th percentile", percentile(95)],
  ["Most", ({ max }) => endWords(max)],
  ["Mean", number("mean")],
  ["Standard deviation", number("std")],
  ["Mean length", number("mean_length")],
  ["Shortest list", number("list_min")],
  ["Mean list", number("list_mean")],
  ["Longest list", number("list_max")],
  ["Most frequent", topWords],
];

/** The least or the greatest value: a number, or a time to the minute. */
function endWords(value: Value | undefined): string | null {
  if (typeof value === "number") return figure(value);
  return value === null || value === undefined
    ? null
    : String(value).replace("T", " ").slice(0, "2026-01-31 12:00".length);
}

function topWords({ top, count: rows, nulls }: Group): string | null {
  const [first] = groups(top);
  const filled = (numberOf(rows) ?? 0) - (numberOf(nulls) ?? 0);
  if (first === undefined || filled <= 0) return null;
  return `${first.value} (${shareWords((numberOf(first.count) ?? 0) / filled)})`;
}

/** A row for each figure of the columns that both have; of one that only one of them has, that it is there. */
export function statisticsRows(left: readonly Group[], right: readonly Group[]): DiffRow[] {
  const [a, b] = [byName(left), byName(right)];
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((section) => {
    const [one, other] = [a.get(section), b.get(section)];
    const said = FIGURES.map(
      ([label, say]): DiffRow => ({ section, label, left: one ? say(one) : null, right: other ? say(other) : null }),
    );
    const both = one !== undefined && other !== undefined;
    return both ? said.filter((row) => row.left !== null || row.right !== null) : said.slice(0, 1);
  });
}

/** Of which columns only the left has figures, and only the right. */
export function onlyInOne(left: readonly Group[], right: readonly Group[]): [string[], string[]] {
  const [a, b] = [byName(left), byName(right)];
  return [[...a.keys()].filter((name) => !b.has(name)), [...b.keys()].filter((name) => !a.has(name))];
}

function byName(columns: readonly Group[]): Map<string, Group> {
  return new Map(columns.map((column) => [textOf(column.name), column]));
}
