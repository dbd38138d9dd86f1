/** What the service's report of a dataset says: the tables' columns, the columns that it offers, and its rows' way. */

import { group, groups, numberOf, textOf } from "../../common/values";
import type { Group } from "../../run/run";

/** A column that could be selected. */
export interface SourceColumn {
  column: string;
  type: string;
  repeated: boolean;
  /** What a model gets; null: nothing can hold it. */
  becomes: string | null;
}

/** A table that could be added. */
interface Offered {
  table: string;
  kind: string;
}

/** The report's part `catalogue`: every column of the tables by alias, and every table there is. */
export interface Catalogue {
  tables: ReadonlyMap<string, readonly SourceColumn[]>;
  offered: readonly Offered[];
  /** Columns by alias, and tables under `offered`, that did not fit. */
  leftOut: Readonly<Record<string, number>>;
}

/** A column that the dataset offers, by its name. */
export interface OutputColumn {
  name: string;
  table: string;
  source: string;
  type: string;
  repeated: boolean;
  becomes: string;
  label: string | null;
}

export function catalogueOf(part: Group | null): Catalogue {
  const tables = Object.entries(group(part?.tables)).map(([alias, columns]) => {
    const read = groups(columns).map(
      (each): SourceColumn => ({
        column: textOf(each.column),
        type: textOf(each.type),
        repeated: each.mode === "REPEATED",
        becomes: textOf(each.becomes) || null,
      }),
    );
    return [alias, read] as const;
  });
  const leftOut = Object.entries(group(part?.left_out)).map(([name, count]) => [name, numberOf(count) ?? 0]);
  return {
    tables: new Map(tables),
    offered: groups(part?.offered).map(({ table, kind }) => ({ table: textOf(table), kind: textOf(kind) })),
    leftOut: Object.fromEntries(leftOut),
  };
}

export function outputsOf(fields: Group): OutputColumn[] {
  return groups(fields.columns).map((each) => ({
    name: textOf(each.name),
    table: textOf(each.table),
    source: textOf(each.source),
    type: textOf(each.type),
    repeated: each.mode === "REPEATED",
    becomes: textOf(each.becomes),
    label: textOf(each.label) || null,
  }));
}

/** `INT64 list → int64`. */
export function typeWords({ type, repeated }: { type: string; repeated: boolean }): string {
  return repeated ? `${type} list` : type;
}

/** A step of the rows' way through the dataset. */
export interface Step {
  path: string;
  words: string;
  rows: number;
  removed: number;
}

export function funnelOf(fields: Group): Step[] {
  return groups(fields.funnel).map((each) => ({
    path: textOf(each.path),
    words: textOf(each.words),
    rows: numberOf(each.rows) ?? 0,
    removed: numberOf(each.removed) ?? 0,
  }));
}
