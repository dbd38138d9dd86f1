/** What a query may ask about a run (domain S7.1, shared/insights/lists/query_fields.py). */

import { headlineOf } from "../common/headlines";
import { METRICS } from "../common/registry";
import known from "../copies/query_fields.json";
import { type Entry, type EntryLift, isEnded, type Leaf } from "../list/entry";
import type { Time } from "../run/run";

type Found = readonly string[] | Leaf | null;
type Kind = "text" | "number" | "duration" | "date" | "flag" | "parameter";

export interface Field {
  kind: Kind;
  /** Texts of which one must fit, a number, a time, or a truth; null and [] for what is missing. */
  read: (entry: Entry) => Found;
  choices: readonly string[];
}

/** Of the metric that the run's type of model leads with. */
export function headlineLift(entry: Entry): EntryLift | null {
  const metric = headlineOf(entry.modelType);
  return metric === null ? null : (entry.lifts[metric] ?? null);
}

export function startedAt(entry: Entry): Time {
  return entry.endedAt - 1000 * entry.durationSeconds;
}

function texts(...found: (string | null | undefined)[]): string[] {
  return found.filter((text): text is string => typeof text === "string" && text !== "");
}

const READ: Readonly<Record<string, (entry: Entry) => Found>> = {
  number: (entry) => entry.number,
  id: (entry) => texts(entry.experiment),
  name: (entry) => texts(entry.name),
  description: (entry) => texts(entry.description),
  state: (entry) => texts(entry.state),
  model_type: (entry) => texts(entry.modelType),
  dataset: (entry) => texts(entry.dataset, entry.names.dataset),
  feature_config: (entry) => texts(entry.featureConfig, entry.names.feature_config),
  model_config: (entry) => texts(entry.modelConfig, entry.names.model_config),
  protocol: (entry) => [...Object.values(entry.protocols), ...texts(entry.protocolName)],
  tag: (entry) => entry.tags,
  owner: (entry) => texts(entry.owner),
  starred: (entry) => entry.starred,
  split: (entry) => texts(entry.split),
  sample: (entry) => entry.samplePercent,
  seed: (entry) => entry.seed,
  tier: (entry) => texts(entry.tier),
  parent: (entry) => texts(entry.parent),
  created: (entry) => entry.createdAt,
  started: startedAt,
  ended: (entry) => (isEnded(entry) ? entry.endedAt : null),
  duration: (entry) => entry.durationSeconds,
  cost: (entry) => entry.costUsd,
  customers: (entry) => entry.customers,
  products: (entry) => entry.products,
  rows: (entry) => entry.rows,
  epochs_run: (entry) => entry.epochsRun,
  best_epoch: (entry) => entry.bestEpoch,
  lift: (entry) => headlineLift(entry)?.value ?? null,
  verdict: (entry) => texts(headlineLift(entry)?.verdict),
  error: (entry) => texts(entry.error, entry.errorTitle),
  ...Object.fromEntries(METRICS.map(({ name }) => [name, (entry: Entry) => entry.metrics[name]?.value ?? null])),
};

interface Known {
  kind: string;
  choices: readonly string[];
}

const FIELDS: ReadonlyMap<string, Known> = new Map(Object.entries<Known>(known.fields));
/** All there are, in the order in which they are told of. */
export const FIELD_NAMES: readonly string[] = [...FIELDS.keys()];
export const PARAMETERS: readonly string[] = known.parameters;
const LEAF = /^(query|candidate|rating|ranking)\.[a-z_][a-z0-9_×[\]]*$/;

/** A field by its name, however it is written; null when there is none. */
export function fieldOf(name: string): Field | null {
  const lowered = name.toLowerCase();
  const field = FIELDS.get(lowered);
  const read = field === undefined ? undefined : READ[lowered];
  if (field !== undefined && read !== undefined) return { kind: field.kind as Kind, read, choices: field.choices };
  if (!PARAMETERS.includes(lowered) && !LEAF.test(lowered)) return null;
  return { kind: "parameter", read: (entry) => leaf(entry, lowered), choices: [] };
}

function leaf(entry: Entry, lowered: string): Found {
  const exact = entry.parameters[lowered];
  if (exact !== undefined) return exact;
  return Object.entries(entry.parameters).find(([name]) => name.toLowerCase() === lowered)?.[1] ?? null;
}

const CLOSE = 0.6;

/** What to say of a name that is none. */
export function near(name: string): string {
  const all = [...FIELD_NAMES, ...PARAMETERS];
  const lowered = name.toLowerCase();
  const close = all
    .map((each) => [likeness(lowered, each), each] as const)
    .filter(([alike]) => alike >= CLOSE)
    .sort(([a], [b]) => b - a)
    .map(([, each]) => each);
  const found = (close.length > 0 ? close : all.filter((each) => each.includes(lowered))).slice(0, 3);
  if (found.length > 0) return `Did you mean ${found.join(" or ")}?`;
  return "Fields are number, name, state, model_type, dataset, tag, ended, cost, lift, every metric and parameter.";
}

/** From 0 to 1: twice the characters that are common in order, by the whole length (as Python's difflib counts). */
function likeness(a: string, b: string): number {
  return a.length + b.length === 0 ? 1 : (2 * common(a, b)) / (a.length + b.length);
}

function common(a: string, b: string): number {
  let [length, atA, atB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < b.length; j++) {
      let k = 0;
      while (i + k < a.length && j + k < b.length && a[i + k] === b[j + k]) k += 1;
      if (k > length) [length, atA, atB] = [k, i, j];
    }
  }
  if (length === 0) return 0;
  const before = common(a.slice(0, atA), b.slice(0, atB));
  return before + length + common(a.slice(atA + length), b.slice(atB + length));
}
