/** Which rows, products and customers a dataset keeps, as its form changes it (domain S1.16-S1.23). */

import { group, groups, list, textOf, withField } from "../../common/values";
import type { Group, Value } from "../../run/run";
import type { OutputColumn } from "./report";

export const ROW_FILTERS = ["category", "number", "date", "null"] as const;
export type RowFilter = (typeof ROW_FILTERS)[number];
/** Of the schema. */
export const FILTER_PART: Record<RowFilter, string> = {
  category: "CategoryFilter",
  number: "NumberFilter",
  date: "DateFilter",
  null: "NullFilter",
};
export const FILTER_WORDS: Record<RowFilter, string> = {
  category: "its values",
  number: "a number",
  date: "days",
  null: "being empty",
};
export const ENTITIES = ["products", "customers"] as const;
export type Entity = (typeof ENTITIES)[number];

export function rowFiltersOf(content: Group): Group[] {
  return groups(group(content.filters).rows);
}

/** With one of the filters changed; what is empty is not written. */
export function withFilter(content: Group, name: "rows" | "window" | Entity, value: Value | undefined): Group {
  const empty =
    value === undefined || (Array.isArray(value) ? value.length === 0 : Object.keys(group(value)).length === 0);
  const filters = withField(group(content.filters), name, empty ? undefined : value);
  return withField(content, "filters", Object.keys(filters).length === 0 ? undefined : filters);
}

/** The kind that a column is usually filtered by. */
export function filterKind(column: OutputColumn | undefined): RowFilter {
  const type = column?.type ?? "";
  if (["FLOAT64", "NUMERIC", "BIGNUMERIC"].includes(type)) return "number";
  return ["TIMESTAMP", "DATETIME", "DATE"].includes(type) ? "date" : "category";
}

/** A filter of a column that keeps what it kept before, as far as the kinds have it in common. */
export function newFilter(kind: RowFilter, column: string): Group {
  const by: Record<RowFilter, Group> = {
    category: { values: [] },
    number: { op: "ge" },
    date: {},
    null: { keep: "not_null" },
  };
  return { kind, column, ...by[kind] };
}

/** Values of a category as they are written, one a line; whole numbers and truths as the column's type has them. */
export function valuesOf(text: string, type: string): Value[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    if (type === "INT64" && /^-?\d+$/.test(line.trim()) && Number.isSafeInteger(Number(line))) return Number(line);
    if (type === "BOOL" && /^(true|false)$/i.test(line.trim())) return line.trim().toLowerCase() === "true";
    return line;
  });
}

/** What a filter does, in the service's words, by the path of the filter (S1.23); none while it is unfinished. */
export function sentencesOf(fields: Group, content: Group): ReadonlyMap<string, string> {
  const filters = group(content.filters);
  const paths = [
    ...rowFiltersOf(content).map((_, i) => `filters.rows.${i}`),
    ...["window", ...ENTITIES].filter((name) => isSet(filters[name])).map((name) => `filters.${name}`),
  ];
  const sentences = list(fields.filters);
  if (sentences.length !== paths.length) return new Map();
  return new Map(paths.map((path, i) => [path, textOf(sentences[i]).replace(/^Filter \d+: /, "")]));
}

function isSet(value: Value | undefined): boolean {
  return value !== undefined && value !== null;
}
