/** The columns of a table as a dataset selects, names and labels them. */

import { groups, textOf, withField } from "../../common/values";
import type { Group, Value } from "../../run/run";
import type { Catalogue, OutputColumn, SourceColumn } from "./report";
import { aliasOf, primaryOf, tablesOf } from "./tables";

/** A column of a table as the document selects it. */
export interface Selected {
  source: SourceColumn;
  selected: boolean;
  /** What the document says of it: `name`, `nulls`, `label`. */
  settings: Group;
  /** Its output name; null while the service has not named it. */
  output: string | null;
  /** In `columns` of the document. */
  index: number | null;
}

/** Every column of a table. Without a list the primary table offers all that a model can hold, the others none. */
export function columnsOf(
  content: Group,
  index: number,
  catalogue: Catalogue,
  outputs: readonly OutputColumn[],
): Selected[] {
  const table = tablesOf(content)[index] ?? {};
  const alias = aliasOf(table);
  const listed = groups(table.columns);
  const all = table.columns === undefined && alias === primaryOf(content);
  const known = catalogue.tables.get(alias) ?? [];
  const named = new Map(outputs.filter((each) => each.table === alias).map((each) => [each.source, each.name]));
  const strangers = listed
    .filter(({ column }) => !known.some((each) => each.column === column))
    .map(({ column }): SourceColumn => ({ column: textOf(column), type: "", repeated: false, becomes: null }));
  return [...known, ...strangers].map((source) => {
    const at = listed.findIndex(({ column }) => column === source.column);
    const wholly = all && source.becomes !== null && !source.column.includes(".");
    return {
      source,
      selected: at >= 0 || wholly,
      settings: listed[at] ?? {},
      output: named.get(source.column) ?? null,
      index: at >= 0 ? at : null,
    };
  });
}

/** With a column selected or not: from here on the columns are listed. */
export function selectColumn(
  content: Group,
  index: number,
  columns: readonly Selected[],
  name: string,
  on: boolean,
): Group {
  const kept = columns.filter(({ source, selected }) => (source.column === name ? on : selected));
  return withColumns(
    content,
    index,
    kept.map(({ source, settings }) => ({ ...settings, column: source.column })),
  );
}

/** With a setting of a column changed; undefined takes it away. */
export function setColumn(
  content: Group,
  index: number,
  columns: readonly Selected[],
  name: string,
  field: "name" | "nulls" | "label",
  value: Value | undefined,
): Group {
  const next = columns
    .filter(({ selected }) => selected)
    .map(({ source, settings }) => {
      const own = { ...settings, column: source.column };
      return source.column === name ? withField(own, field, value) : own;
    });
  return withColumns(content, index, next);
}

/** undefined: all that a model can hold, or none of a table that is not the primary one. */
export function withColumns(content: Group, index: number, columns: readonly Group[] | undefined): Group {
  const tables = tablesOf(content).map((table, i) =>
    i === index
      ? withField(table, "columns", columns === undefined || columns.length === 0 ? undefined : [...columns])
      : table,
  );
  return { ...content, tables };
}
