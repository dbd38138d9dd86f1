/**
 * The tables of a dataset's document and the joins that follow them, as its form changes them (domain S1.1-S1.10): pure
 * steps from one content to the next. What needs the warehouse is said by the service.
 */

import { groups, textOf, withField } from "../../common/values";
import type { Group, Value } from "../../run/run";
import { freeName } from "../free_name";

export const BLANK: Group = { name: "", tables: [], roles: {} };

/** What joins and names call a table: its alias, or the last part of its path (S1.1, S1.10). */
export function aliasOf(table: Group): string {
  const own = textOf(table.alias);
  return own === "" ? asName(textOf(table.table).split(".").at(-1) ?? "") : own;
}

function asName(text: string): string {
  return text.replace(/^[^A-Za-z_]|[^A-Za-z0-9_]/g, "_");
}

export function tablesOf(content: Group): Group[] {
  return groups(content.tables);
}

/** The alias of the table of interactions; "" while there is no table. */
export function primaryOf(content: Group): string {
  const tables = tablesOf(content);
  const named = textOf(content.primary);
  if (tables.length > 1 && named !== "") return named;
  return tables[0] === undefined ? "" : aliasOf(tables[0]);
}

/** With another table, under an alias that is free; the second one makes the first the primary table. */
export function addTable(content: Group, name: string): Group {
  const tables = tablesOf(content);
  const taken = new Set(tables.map((table) => aliasOf(table).toLowerCase()));
  const alias = aliasOf({ table: name });
  const free = freeName(alias, (each) => taken.has(each.toLowerCase()));
  const added = free === alias ? { table: name } : { table: name, alias: free };
  const primary = tables.length === 1 && content.primary === undefined ? { primary: primaryOf(content) } : {};
  return { ...content, ...primary, tables: [...tables, added] };
}

/** Without a table and the joins that name it. */
export function removeTable(content: Group, index: number): Group {
  const tables = tablesOf(content);
  const gone = tables[index] === undefined ? "" : aliasOf(tables[index]);
  const left = tables.filter((_, i) => i !== index);
  const joins = joinsOf(content).filter((join) => join.left !== gone && join.right !== gone);
  const alone = left.length < 2 || content.primary === gone;
  const next = { ...withField(content, "primary", alone ? undefined : content.primary), tables: left };
  const kept = left.length > 1 && alone ? { ...next, primary: aliasOf(left[0] ?? {}) } : next;
  return withJoins(kept, joins);
}

/** Under another alias, which joins and the primary table follow. */
export function renameTable(content: Group, index: number, alias: string): Group {
  const tables = tablesOf(content);
  const table = tables[index] ?? {};
  const before = aliasOf(table);
  const renamed = withField(
    table,
    "alias",
    alias === "" || alias === aliasOf({ table: table.table ?? "" }) ? undefined : alias,
  );
  const after = aliasOf(renamed);
  const follow = (name: Value | undefined) => (name === before ? after : name);
  const joins = joinsOf(content).map((join) => ({
    ...join,
    left: follow(join.left) ?? "",
    right: follow(join.right) ?? "",
  }));
  const next = withJoins({ ...content, tables: tables.map((each, i) => (i === index ? renamed : each)) }, joins);
  return content.primary === before ? { ...next, primary: after } : next;
}

export function joinsOf(content: Group): Group[] {
  return groups(content.joins);
}

export function withJoins(content: Group, joins: readonly Group[]): Group {
  return withField(content, "joins", joins.length === 0 ? undefined : [...joins]);
}
