/** What the schema of train says of a feature (S7.5), and what of a split contradicts it (S7.6). */
import { count, MISSING } from "../common/format";
import { figure, percent } from "./statistics";

export interface Domain {
  /** The first values, of `count`. */
  values: string[] | null;
  count: number | null;
  min: number | null;
  max: number | null;
  digits: boolean;
}

export interface Source {
  table: string | null;
  column: string | null;
  type: string | null;
  expression: string | null;
}

interface Output {
  tower: string;
  feature: string;
  output: string;
  width: number | null;
}

export interface SchemaRow {
  name: string;
  type: string;
  required: boolean;
  minFraction: number | null;
  shape: number[] | null;
  valency: { min: number | null; max: number | null } | null;
  domain: Domain | null;
  source: Source | null;
  outputs: Output[];
}

export interface Anomaly {
  feature: string;
  split: string;
  kind: string;
  words: string;
}

export interface Schema {
  features: SchemaRow[];
  anomalies: Anomaly[];
  leftOut: number;
}

const TIMES = new Set(["TIMESTAMP", "DATETIME", "DATE"]); // examples hold their seconds since 1970 (S1.12)

/** The features that are moments, by the types of their source columns. */
export function timesOf(schema: Schema | null): ReadonlySet<string> {
  const rows = schema?.features ?? [];
  return new Set(rows.filter(({ source }) => TIMES.has(source?.type ?? "")).map(({ name }) => name));
}

/** `in every row`, `no; in at least 40% of rows`. */
export function requiredWords({ required, minFraction }: SchemaRow): string {
  if (required) return "in every row";
  return minFraction ? `no; in at least ${percent(minFraction)} of rows` : "no";
}

/** `[1]`, `1 value`, `0 to any number of values`. */
export function shapeWords({ shape, valency }: SchemaRow): string {
  if (shape !== null) return `[${shape.join(", ")}]`;
  if (valency === null) return "any number of values";
  const { min, max } = valency;
  if (min === max && min !== null) return min === 1 ? "1 value" : `${count(min)} values`;
  return `${min === null ? MISSING : count(min)} to ${max === null ? "any number" : count(max)} of values`;
}

export function domainWords(domain: Domain | null): string {
  if (domain === null) return "any value";
  if (domain.values !== null) {
    const more = (domain.count ?? domain.values.length) - domain.values.length;
    return domain.values.join(", ") + (more > 0 ? ` and ${count(more)} more` : "");
  }
  if (domain.min === null && domain.max === null) return domain.digits ? "texts that are whole numbers" : "any number";
  return `${figure(domain.min)} to ${figure(domain.max)}`;
}

/** `sales.orders.price (FLOAT64)`; empty when nobody knows. */
export function sourceWords(source: Source | null): string {
  const place = [source?.table, source?.column].filter(Boolean).join(".");
  return place !== "" && source?.type ? `${place} (${source.type})` : place;
}

/** What Transform makes of it: `q_price (query tower, price, width 1)`. */
export function outputWords({ output, tower, feature, width }: Output): string {
  return `${output} (${tower} tower, ${feature}, width ${width ?? MISSING})`;
}

/** What the schema says of a feature, heading and words. */
export function schemaLines(row: SchemaRow): { heading: string; words: string }[] {
  const from = sourceWords(row.source);
  return [
    { heading: "type", words: row.type },
    { heading: "required", words: requiredWords(row) },
    { heading: "values in a row", words: shapeWords(row) },
    { heading: "domain", words: domainWords(row.domain) },
    ...(from === "" ? [] : [{ heading: "from", words: from }]),
    ...(row.source?.expression ? [{ heading: "expression", words: row.source.expression }] : []),
    ...row.outputs.map((output) => ({ heading: "used as", words: outputWords(output) })),
  ];
}
