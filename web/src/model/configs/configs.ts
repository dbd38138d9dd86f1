/** Datasets, feature configs and model configs as the page shows them: what they have in common (domain S1.36, S3.19, S4.16). */
import { capitalised, count } from "../common/format";
import type { ConfigKind } from "../common/routes";
import { fieldsOf, limitsOf } from "../common/schema";
import { group, groups, isGroup, list, textOf } from "../common/values";
import type { Group, Problem, Time, Value } from "../run/run";
import { freeName } from "./free_name";

/** A stored document; `content` is all of it but who wrote it and when. */
export interface Config {
  kind: ConfigKind;
  id: string;
  name: string;
  description: string;
  owner: string;
  createdAt: Time | null;
  updatedAt: Time | null;
  content: Group;
}

/** What the service says about a stored document (`reports/{collection}__{id}`). */
export interface ConfigReport {
  id: string;
  /** Whether it is about the document as it is now; false while the service computes. */
  ready: boolean;
  valid: boolean;
  version: number | null;
  problems: Problem[];
  /** The document's `updated_at` that it is about. */
  sourceUpdatedAt: Time | null;
  computedAt: Time | null;
  /** Why the service would not delete the document, when it was asked to. */
  deletion: { refused: string; experiments: string[] } | null;
  /** What else there is to say, by kind; snake case as it is stored. */
  fields: Group;
}

/** One of the contents that a document had. */
export interface Version {
  version: number;
  savedAt: Time | null;
  content: Group;
}

/** The newest first, which is as the config is now. One that the service heard of late has a higher number than what
 * was saved after it. */
export function newestFirst(versions: readonly Version[]): Version[] {
  const savedAt = (version: Version) => version.savedAt ?? 0;
  return versions.toSorted((one, other) => savedAt(other) - savedAt(one) || other.version - one.version);
}

interface Words {
  one: string;
  many: string;
  /** Of files that the command line reads. */
  file: string;
  /** Of its schema. */
  part: string;
}

export const KIND_WORDS: Record<ConfigKind, Words> = {
  datasets: { one: "dataset", many: "datasets", file: "dataset", part: "Dataset" },
  feature_configs: { one: "feature config", many: "feature configs", file: "feature_config", part: "FeatureConfig" },
  model_configs: { one: "model config", many: "model configs", file: "model_config", part: "ModelConfig" },
};

export function kindTitle(kind: ConfigKind): string {
  return capitalised(KIND_WORDS[kind].many);
}

const LONGEST_ID = 63;

/** An id that nobody has, from a name: `Customer, place and season` becomes `customer-place-and-season`. */
export function proposedId(name: string, kind: ConfigKind, taken: ReadonlySet<string>): string {
  const letters = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll("ß", "ss")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, LONGEST_ID - 4)
    .replace(/-+$/, "");
  const base = letters.length < 3 ? KIND_WORDS[kind].one.replaceAll(" ", "-") : letters;
  return freeName(base, (id) => taken.has(id), "-");
}

/** Why a document cannot have this id; null when it can. `new` is an address of the page. */
export function idMistake(id: string, taken: ReadonlySet<string>): string | null {
  const pattern = limitsOf("FeatureConfig", "dataset").pattern;
  if (pattern !== null && !pattern.test(id)) {
    return "Use 3 to 63 lower-case letters, digits and hyphens, with a letter first.";
  }
  if (id === "new") return "`new` is an address of this page. Choose another id.";
  return taken.has(id) ? `\`${id}\` is taken. Choose another id.` : null;
}

/** A name for a copy, told apart from those there are. */
export function copyName(name: string, taken: readonly string[]): string {
  const longest = limitsOf("FeatureConfig", "name").longest ?? 80;
  let copy = `${name} (copy)`;
  for (let n = 2; taken.includes(copy); n += 1) copy = `${name} (copy ${n})`;
  return [...copy].length > longest ? [...copy].slice(-longest).join("") : copy;
}

export interface ConfigState {
  key: "valid" | "warnings" | "invalid" | "checking";
  text: string;
  icon: "done" | "warning" | "failed" | "live";
}

/** Whether a document can be used, as far as it is known; `report` null: it was never looked at. */
export function stateOf(config: Pick<Config, "updatedAt">, report: ConfigReport | null): ConfigState {
  if (report === null || !isAbout(report, config)) return { key: "checking", text: "being checked", icon: "live" };
  const errors = report.problems.filter(({ severity }) => severity === "error").length;
  if (errors > 0 || !report.valid) {
    return { key: "invalid", text: errors === 1 ? "1 problem" : `${count(errors)} problems`, icon: "failed" };
  }
  const warnings = report.problems.length;
  if (warnings > 0) {
    return { key: "warnings", text: warnings === 1 ? "1 warning" : `${count(warnings)} warnings`, icon: "warning" };
  }
  return { key: "valid", text: "valid", icon: "done" };
}

/** Whether the report speaks of the document as it is now. */
function isAbout(report: ConfigReport, config: Pick<Config, "updatedAt">): boolean {
  return report.ready && (report.sourceUpdatedAt === null || report.sourceUpdatedAt === config.updatedAt);
}

type Complexity = "simple" | "medium" | "complex";

/** Where `medium` and `complex` begin (S7.18). */
const BANDS: Record<ConfigKind, readonly [number, number]> = {
  datasets: [5, 15],
  feature_configs: [10, 25],
  model_configs: [8, 15],
};

/**
 * How much there is to a config (S7.18): dataset `2 tables + 0.1 columns + 1.5 filters`, features `1 features + 2 crosses
 * + 0.01 width`, model `layers + 2 log10(parameters) + regularised layers`. Widths and parameters are the report's;
 * null while they are not known. Runs keep their own, with the parameters that they had (shared/insights/grouping.py).
 */
export function complexityOf(config: Pick<Config, "kind" | "content">, report: ConfigReport | null): Complexity | null {
  const score = SCORES[config.kind](config.content, report?.fields ?? {});
  if (score === null) return null;
  const [medium, complex] = BANDS[config.kind];
  if (score < medium) return "simple";
  return score < complex ? "medium" : "complex";
}

const SCORES: Record<ConfigKind, (content: Group, fields: Group) => number | null> = {
  datasets: (content) => {
    const tables = groups(content.tables);
    const columns = tables.reduce((sum, table) => sum + list(table.columns).length, 0);
    const filters = Object.values(group(content.filters)).filter(isFilled).length;
    return 2 * tables.length + 0.1 * columns + 1.5 * filters;
  },
  feature_configs: (content, { widths }) => {
    const { query, candidate } = group(widths);
    if (typeof query !== "number" || typeof candidate !== "number") return null;
    const features = list(content.query_features).length + list(content.candidate_features).length;
    const crosses = list(content.query_crosses).length + list(content.candidate_crosses).length;
    return features + 2 * crosses + 0.01 * (query + candidate);
  },
  model_configs: (content, { parameters }) => {
    const { total } = group(parameters);
    if (typeof total !== "number") return null;
    const layers = ["query_layers", "candidate_layers"].flatMap((name) =>
      groups(content[name] ?? limitsOf("ModelConfig", name).default),
    );
    const regularised = layers.filter((layer) => layer.type === "dropout" || Number(layer.l2 ?? 0) !== 0);
    return layers.length + 2 * Math.log10(Math.max(1, total)) + regularised.length;
  },
};

function isFilled(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== null && (typeof value !== "object" || Object.values(value).some(isFilled));
}

/** With a name to be looked at by: without one, the service could say nothing of the rest. */
export function named(content: Group): Group {
  return textOf(content.name).trim() === "" ? { ...content, name: "(no name yet)" } : content;
}

/** Firestore keeps no order of keys: files get the schema's, and in features what they are first. */
function inOrder(kind: ConfigKind, content: Group): Group {
  const rank = new Map([...fieldsOf(KIND_WORDS[kind].part), ...INSIDE].map((name, i) => [name, i]));
  const sorted = (value: Value): Value => {
    if (Array.isArray(value)) return value.map(sorted);
    if (!isGroup(value)) return value;
    const place = ([name]: [string, Value]) => rank.get(name) ?? rank.size;
    const entries = Object.entries(value).toSorted((a, b) => place(a) - place(b));
    return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
  };
  return group(sorted(content));
}

const INSIDE = [
  "type",
  "kind",
  "column",
  "is_primary_id",
  "features",
  "units",
  "table",
  "alias",
  "role",
  "left",
  "right",
];

/** A document as the command line takes it (`quicktest apply -f FILE`). */
export function asFile(kind: ConfigKind, id: string, content: Group): Group {
  return { kind: KIND_WORDS[kind].file, id, ...inOrder(kind, content) };
}
