/**
 * A dataset's document as its form changes it (domain S1): pure steps from one content to the next. Names of output
 * columns, types that a role takes and everything else that needs the warehouse is said by the service.
 */

import type { Group, Problem, Value } from "../run/run";
import { group, groups, list, numberOf, textOf, withField } from "./configs";
import { findingsAt } from "./draft";

/** A column that could be selected. */
export interface SourceColumn {
  column: string;
  type: string;
  repeated: boolean;
  /** What a model gets; null: nothing can hold it. */
  becomes: string | null;
}

/** A table that could be added. */
export interface Offered {
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

// -------------------------------------------------------------------------------------------------------------- tables

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
  let free = alias;
  for (let n = 2; taken.has(free.toLowerCase()); n += 1) free = `${alias}_${n}`;
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

// --------------------------------------------------------------------------------------------------------------- joins

export function joinsOf(content: Group): Group[] {
  return groups(content.joins);
}

export function withJoins(content: Group, joins: readonly Group[]): Group {
  return withField(content, "joins", joins.length === 0 ? undefined : [...joins]);
}

/** How two tables could be joined (S1.8). */
export interface JoinProposal {
  left: string;
  right: string;
  leftColumn: string;
  rightColumn: string;
  confidence: string;
}

/** Proposals for tables that no join reaches yet, the best of each pair first; one key each. */
export function joinProposals(fields: Group, content: Group): JoinProposal[] {
  const joined = new Set([primaryOf(content), ...joinsOf(content).map((join) => textOf(join.right))]);
  return groups(fields.joins_suggested)
    .map((each) => ({
      left: textOf(each.left),
      right: textOf(each.right),
      leftColumn: textOf(each.left_column),
      rightColumn: textOf(each.right_column),
      confidence: textOf(each.confidence),
    }))
    .map((each) => (joined.has(each.right) && !joined.has(each.left) ? turned(each) : each))
    .filter(({ left, right }) => joined.has(left) && !joined.has(right));
}

function turned({ left, right, leftColumn, rightColumn, confidence }: JoinProposal): JoinProposal {
  return { left: right, right: left, leftColumn: rightColumn, rightColumn: leftColumn, confidence };
}

export function joinOf({ left, right, leftColumn, rightColumn }: JoinProposal): Group {
  return { left, right, keys: [{ left: leftColumn, right: rightColumn }] };
}

/** Aliases that no join brings in yet, but for the primary table. */
export function unjoined(content: Group): string[] {
  const joined = new Set([primaryOf(content), ...joinsOf(content).map((join) => textOf(join.right))]);
  return tablesOf(content)
    .map(aliasOf)
    .filter((alias) => !joined.has(alias));
}

// ------------------------------------------------------------------------------------------------------------- columns

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

// --------------------------------------------------------------------------------------------------------------- roles

export const ROLES = ["customer_id", "product_id", "event_time", "order_id", "revenue", "quantity"] as const;
export type Role = (typeof ROLES)[number];

/** What each role is, and what it is good for (S1.6). */
export const ROLE_WORDS: Record<Role, { title: string; good: string; required: boolean }> = {
  customer_id: { title: "Customer", good: "Who buys: the query tower is about them.", required: true },
  product_id: { title: "Product", good: "What is bought: the candidate tower is about it.", required: true },
  event_time: {
    title: "Time of purchase",
    good: "For splits by time, histories, recency and the date window.",
    required: false,
  },
  order_id: { title: "Order", good: "Lines of one order stay together, and are one purchase.", required: false },
  revenue: { title: "Revenue", good: "For filters by revenue and its curves.", required: false },
  quantity: { title: "Quantity", good: "For returns (below zero), and as a target.", required: false },
};

/** Columns that could play a role, the best first, by their output names (S1.7): those of the type that it takes. */
export function roleProposals(fields: Group, outputs: readonly OutputColumn[]): Partial<Record<Role, string[]>> {
  const suggested = group(fields.roles_suggested);
  return Object.fromEntries(
    ROLES.map((role) => {
      const columns = groups(suggested[role]).filter(({ usable }) => usable === true);
      const names = columns.flatMap(({ table, column }) => {
        const found = outputs.find((each) => each.table === table && each.source === column);
        return found === undefined ? [] : [found.name];
      });
      return [role, names];
    }),
  );
}

/** The best proposal for each role that has no column yet; a column plays one role. */
export function missingRoles(
  content: Group,
  proposals: Partial<Record<Role, string[]>>,
): Partial<Record<Role, string>> {
  const roles = group(content.roles);
  const taken = new Set(Object.values(roles));
  const found: Partial<Record<Role, string>> = {};
  for (const role of ROLES) {
    const best = proposals[role]?.find((name) => !taken.has(name));
    if (textOf(roles[role]) !== "" || best === undefined) continue;
    taken.add(best);
    found[role] = best;
  }
  return found;
}

export function setRole(content: Group, role: Role, column: string): Group {
  return { ...content, roles: withField(group(content.roles), role, column || undefined) };
}

// ------------------------------------------------------------------------------------------------------------- filters

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

// ------------------------------------------------------------------------------------------------------------ the rest

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

/** Sizes as people say them. */
export function bytesWords(bytes: number | null): string {
  if (bytes === null) return "an unknown amount";
  const units = ["B", "KB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** The problems that no field of the form shows. */
export function problemsElsewhere(problems: readonly Problem[]): Problem[] {
  return problems.filter(
    ({ path }) => path === "" || !SHOWN.some((place) => path === place || path.startsWith(`${place}.`)),
  );
}

const SHOWN = [
  "name",
  "description",
  "timezone",
  "max_bytes_billed",
  "tables",
  "primary",
  "joins",
  "roles",
  "filters",
  "history",
  "catalogue",
];

/** Problems of a section: those at its fields count, too. */
export function counted(problems: readonly Problem[], ...paths: string[]): number {
  return paths.flatMap((path) => findingsAt(problems, path)).filter(({ severity }) => severity === "error").length;
}
