/** The frozen configs of a run as people read them: every field that was set, in words, nothing left out. */
import { count, words } from "../common/format";
import type { ConfigKind } from "../common/routes";
import { group, isGroup } from "../common/values";
import { type Line, lines } from "./parameters";
import type { Group, Shape, Value } from "./run";

interface SnapshotPart {
  title: string;
  lines: Line[];
}

export interface SnapshotSection {
  title: string;
  /** The stored config that it was frozen from; it may be another by now. */
  config: { kind: ConfigKind; id: string; name: string } | null;
  parts: SnapshotPart[];
}

const OWN = ["schema_version", "owner", "created_at", "updated_at", "name", "description", "notes", "tags", "starred"];
const LISTS: Record<string, string> = {
  tables: "Tables",
  joins: "Joins",
  history: "Derived history",
  query_features: "Query tower, inputs",
  candidate_features: "Candidate tower, inputs",
  query_crosses: "Query tower, crosses",
  candidate_crosses: "Candidate tower, crosses",
  query_layers: "Query tower, layers",
  candidate_layers: "Candidate tower, layers",
  rating_head_layers: "Rating head, layers",
};
const SILENT_ZEROS = new Set(["l1", "l2"]);

/** `configs`: as the snapshot holds them. */
export function snapshotSections(configs: Group, shape: Shape | null): SnapshotSection[] {
  const [request, features] = [group(configs.experiment), group(configs.feature_config)];
  const [dataset, model] = [group(configs.dataset), group(configs.model_config)];
  const filters = (shape?.filters ?? []).map((text) => ({ label: "", text }));
  return [
    {
      title: "Dataset",
      config: configOf("datasets", features.dataset, dataset),
      parts: [...partsOf(dataset, ["filters"]), ...(filters.length > 0 ? [{ title: "Filters", lines: filters }] : [])],
    },
    {
      title: "Features",
      config: configOf("feature_configs", request.feature_config, features),
      parts: partsOf(features, ["dataset"]),
    },
    { title: "Model", config: configOf("model_configs", request.model_config, model), parts: partsOf(model, []) },
    { title: "Request", config: null, parts: partsOf(request, ["feature_config", "model_config"]) },
  ].filter(({ parts }) => parts.length > 0);
}

function configOf(kind: ConfigKind, id: Value | undefined, config: Group): SnapshotSection["config"] {
  return typeof id === "string" ? { kind, id, name: typeof config.name === "string" ? config.name : id } : null;
}

/** Single fields first, then a part for each list of things. */
function partsOf(config: Group, told: readonly string[]): SnapshotPart[] {
  const own = Object.entries(config).filter(
    ([key, value]) => !OWN.includes(key) && !told.includes(key) && isSet(value),
  );
  const single = Object.fromEntries(own.filter(([key]) => LISTS[key] === undefined));
  const settings = lines(single);
  const parts = Object.entries(LISTS).flatMap(([key, title]) => {
    const items = config[key];
    if (!Array.isArray(items) || items.length === 0) return [];
    return [{ title, lines: items.map((item, i) => itemLine(item, i)) }];
  });
  return [...(settings.length > 0 ? [{ title: "Settings", lines: settings }] : []), ...parts];
}

/** `customer_id`: `category, vocabulary (embedding dim 32, max size 500,000)`. */
function itemLine(item: Value, place: number): Line {
  if (!isGroup(item)) return { label: String(place + 1), text: wordsOf(item) };
  const { name, column, alias, table, ...rest } = item;
  const known = [name, alias, column, table].find((each): each is string => typeof each === "string" && each !== "");
  const source = known === column || known === table ? null : (column ?? table ?? null);
  const text = flat({ ...(source === null ? {} : { of: source }), ...rest });
  return { label: known ?? String(place + 1), text: text || "as it is" };
}

/** A group in one line; what is not set is left out, and a flag is its name. */
function flat(group: Group): string {
  return Object.entries(group)
    .filter(([key, value]) => isSet(value) && value !== false && !(value === 0 && SILENT_ZEROS.has(key)))
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([key, value]) => {
      if (value === true) return words(key);
      if (key === "kind" || key === "type") return wordsOf(value);
      if (isGroup(value)) return `${words(key)} (${flat(value)})`;
      return `${words(key)} ${wordsOf(value)}`;
    })
    .join(", ");
}

function rank(key: string): number {
  return key === "kind" || key === "type" ? 0 : 1;
}

function wordsOf(value: Value): string {
  if (Array.isArray(value)) return value.map(wordsOf).join(", ");
  if (isGroup(value)) return `(${flat(value)})`;
  if (typeof value === "number") return Number.isInteger(value) ? count(value) : String(value);
  return typeof value === "boolean" ? (value ? "yes" : "no") : (value ?? "none");
}

function isSet(value: Value): boolean {
  if (value === null || value === "") return false;
  if (Array.isArray(value)) return value.length > 0;
  return !isGroup(value) || Object.values(value).some(isSet);
}
