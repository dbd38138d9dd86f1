/** Two contents of a config beside each other, in rows that speak of the same thing (domain S3.19, S4.16, S1.36). */

import { capitalised, words } from "../common/format";
import type { ConfigKind } from "../common/routes";
import { limitsOf } from "../common/schema";
import { group, groups, isGroup, list, textOf } from "../common/values";
import { targetWords } from "../run/parameters";
import type { Group, Value } from "../run/run";
import { type Config, KIND_WORDS } from "./configs";
import { crossName, featureKind, featureName } from "./feature/document";
import { crossWords, featureWords } from "./feature/words";
import { aligned, layersOf, layerWords, STACK_WORDS, STACKS } from "./layers";
import { FIELD_GROUPS, isApplicable, rateOf, schemaOf, valueAt } from "./model_config";

/** One row; `null`: it is not there. */
export interface DiffRow {
  section: string;
  label: string;
  left: string | null;
  right: string | null;
}

/** One of the two: what it holds, and which of its fields do nothing by what its report says. */
export interface Side {
  content: Group;
  notApplicable?: Group;
}

export function differs({ left, right }: DiffRow): boolean {
  return left !== right;
}

/** Everything that both hold, in the order of the document. */
export function diffRows(kind: ConfigKind, left: Side, right: Side): DiffRow[] {
  const about = ["name", "description"].map((field) =>
    row("About", capitalised(field), textOf(left.content[field]) || null, textOf(right.content[field]) || null),
  );
  return [...about, ...ROWS[kind](left, right)];
}

const ROWS: Record<ConfigKind, (left: Side, right: Side) => DiffRow[]> = {
  datasets: (left, right) => datasetRows(left.content, right.content),
  feature_configs: (left, right) => featureRows(left.content, right.content),
  model_configs: modelRows,
};

function row(section: string, label: string, left: string | null, right: string | null): DiffRow {
  return { section, label, left, right };
}

// ---------------------------------------------------------------------------------------------------- feature configs

function featureRows(left: Group, right: Group): DiffRow[] {
  const target = (content: Group) =>
    isGroup(content.target) ? targetWords({ normalise: "none", ...content.target }) : null;
  return [
    row("About", "Dataset", textOf(left.dataset) || null, textOf(right.dataset) || null),
    row("About", "Target", target(left), target(right)),
    row("About", "Customer's id", idWords(left), idWords(right)),
    ...matched("Query tower", left.query_features, right.query_features, featureName, saidFeature),
    ...matched("Query crosses", left.query_crosses, right.query_crosses, crossName, crossWords),
    ...matched("Candidate tower", left.candidate_features, right.candidate_features, featureName, saidFeature),
    ...matched("Candidate crosses", left.candidate_crosses, right.candidate_crosses, crossName, crossWords),
  ];
}

function idWords({ query_id }: Group): string {
  return query_id === "none" ? "none: serves unknown customers" : "primary id";
}

function saidFeature(feature: Group): string {
  const column = textOf(feature.column);
  const renamed = featureName(feature) === column ? "" : ` of ${column}`;
  return `${featureKind(feature)}${renamed}: ${featureWords(feature)}`;
}

/** Items of two lists by their name, in the order of the left one; what only the right one has follows. */
function matched(
  section: string,
  left: Value | undefined,
  right: Value | undefined,
  name: (item: Group) => string,
  say: (item: Group) => string,
): DiffRow[] {
  const [before, after] = [byName(groups(left), name), byName(groups(right), name)];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const said = (item: Group | undefined) => (item === undefined ? null : say(item));
  return names.map((each) => row(section, each, said(before.get(each)), said(after.get(each))));
}

function byName(items: readonly Group[], name: (item: Group) => string): Map<string, Group> {
  return new Map(items.map((item) => [name(item), item]));
}

// ------------------------------------------------------------------------------------------------------ model configs

function modelRows(left: Side, right: Side): DiffRow[] {
  const layers = STACKS.flatMap((stack) => {
    const [a, b] = [stackOf(left, stack), stackOf(right, stack)];
    const section = capitalised(STACK_WORDS[stack]);
    const rows = aligned(a ?? [], b ?? []).map(([one, other], i) =>
      row(section, `Layer ${i + 1}`, one && layerWords(one), other && layerWords(other)),
    );
    return [...rows, row(section, "Output layer", outputWords(left, stack), outputWords(right, stack))];
  });
  const general = ["model_type", "output_embedding_dim", "share_tower_weights"].map((path) =>
    row("About", capitalised(words(path)), fieldWords(left, path), fieldWords(right, path)),
  );
  const fields = FIELD_GROUPS.flatMap(({ title, fields }) =>
    fields.map(({ path, label }) => row(title, label, fieldWords(left, path), fieldWords(right, path))),
  );
  return [...general, ...layers, ...fields].filter(({ left, right }) => left !== NOT_HERE || right !== NOT_HERE);
}

const NOT_HERE = "not applicable";

function stackOf({ content, notApplicable = {} }: Side, stack: (typeof STACKS)[number]): Group[] | null {
  return stack === "rating_head_layers" && !hasHead(content, notApplicable) ? null : layersOf(content, stack);
}

function hasHead(content: Group, notApplicable: Group): boolean {
  const type = content.model_type ?? limitsOf("ModelConfig", "model_type").default;
  return isApplicable("rating_head_layers", notApplicable) && type !== "retrieval";
}

function outputWords({ content, notApplicable = {} }: Side, stack: (typeof STACKS)[number]): string {
  if (stack === "rating_head_layers") return hasHead(content, notApplicable) ? "dense 1, linear" : NOT_HERE;
  return `dense ${content.output_embedding_dim ?? limitsOf("ModelConfig", "output_embedding_dim").default}, linear`;
}

/** What counts: as written, else what it is by default. */
function fieldWords({ content, notApplicable = {} }: Side, path: string): string {
  if (!isApplicable(path, notApplicable)) return NOT_HERE;
  if (path === "learning_rate") {
    const { rate, own, optimizer } = rateOf(content);
    return own ? String(rate) : `${rate} (of ${optimizer})`;
  }
  const [part, field] = schemaOf(path);
  if (path === "early_stopping.metric" && !valueAt(content, path)) return "by the type of model";
  return valueWords(valueAt(content, path) ?? limitsOf(part, field).default ?? null);
}

// ----------------------------------------------------------------------------------------------------------- datasets

function datasetRows(left: Group, right: Group): DiffRow[] {
  const tableName = (table: Group) => textOf(table.alias) || textOf(table.table).split(".").at(-1) || "";
  const plainRows = ["location", "primary", "timezone", "catalogue", "max_bytes_billed"].map((name) => {
    const usual = limitsOf("Dataset", name).default ?? null;
    return row("About", capitalised(words(name)), valueWords(left[name] ?? usual), valueWords(right[name] ?? usual));
  });
  return [
    ...plainRows,
    ...keyed("Roles", group(left.roles), group(right.roles)),
    ...matched("Tables", left.tables, right.tables, tableName, tableWords),
    ...matched("Joins", left.joins, right.joins, joinName, valueWords),
    ...matched("History", left.history, right.history, ({ name }) => textOf(name), withoutName),
    ...filterRows(group(left.filters), group(right.filters)),
  ];
}

function keyed(section: string, left: Group, right: Group): DiffRow[] {
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  const said = (value: Value | undefined) => (value === undefined || value === null ? null : valueWords(value));
  return names.map((name) => row(section, capitalised(words(name)), said(left[name]), said(right[name])));
}

function tableWords(table: Group): string {
  const columns = list(table.columns).map((each) => (isGroup(each) ? textOf(each.name) || textOf(each.column) : each));
  return [textOf(table.table), columns.length > 0 ? `columns ${columns.join(", ")}` : "all columns"].join("; ");
}

function joinName(join: Group): string {
  return [textOf(join.left), textOf(join.right)].filter(Boolean).join(" with ");
}

function withoutName({ name: _, ...rest }: Group): string {
  return valueWords(rest);
}

function filterRows(left: Group, right: Group): DiffRow[] {
  const { rows: before = [], ...others } = left;
  const { rows: after = [], ...otherAfter } = right;
  const name = (filter: Group) => `${textOf(filter.column)}, ${textOf(filter.kind)}`;
  return [...matched("Filters", before, after, name, filterWords), ...keyed("Filters", others, otherAfter)];
}

function filterWords({ column: _, kind: __, ...rest }: Group): string {
  return valueWords(rest);
}

// ------------------------------------------------------------------------------------------------------------- values

/** Any value as people read it. */
export function valueWords(value: Value): string {
  if (value === null) return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(valueWords).join(", ");
  if (isGroup(value)) {
    // in an order of ours: the database promises none, and an order is no difference
    const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
    const said = entries.map(([name, inner]) => `${words(name)} ${valueWords(inner)}`);
    return said.length === 0 ? "none" : said.join("; ");
  }
  return String(value);
}

/** `3 of 24 rows differ`. */
export function diffWords(kind: ConfigKind, rows: readonly DiffRow[]): string {
  const number = rows.filter(differs).length;
  if (number === 0) return `Both ${KIND_WORDS[kind].many} hold the same.`;
  return `${number} of ${rows.length} rows ${number === 1 ? "differs" : "differ"}.`;
}

/** What two configs are called beside each other: names that are the same tell nothing. */
export function sideNames(left: Config, right: Config): { left: string; right: string } {
  return left.name === right.name ? { left: left.id, right: right.id } : { left: left.name, right: right.name };
}

/** Of two configs, for a heading. */
export function bothNames(one: Config, other: Config): string {
  const { left, right } = sideNames(one, other);
  return `${left} and ${right}`;
}
