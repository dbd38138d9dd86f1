/** An entry as the index holds it: what runs that have ended are listed by. */
import type { Time } from "../run/run";
import { type Entry, type EntryLift, type Figure, type Leaf, stateOf } from "./entry";

/** The entry of a stored text; fields of later versions are ignored. Null for a damaged one. */
export function toEntry(text: unknown): Entry | null {
  if (typeof text !== "string") return null;
  try {
    return fromStored(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof Damaged) return null;
    throw error;
  }
}

class Damaged extends Error {}

type Stored = Readonly<Record<string, unknown>>;

function fromStored(stored: unknown): Entry {
  if (!isStored(stored)) throw new Damaged();
  return {
    experiment: texted(stored.experiment),
    number: whole(stored.number),
    modelEndpoint: shared(texted(stored.model_endpoint)),
    name: texted(stored.name),
    state: stateOf(texted(stored.state)),
    modelType: texted(stored.model_type),
    owner: shared(texted(stored.owner)),
    createdAt: timed(stored.created_at),
    endedAt: timed(stored.ended_at),
    durationSeconds: numbered(stored.duration_seconds),
    description: textOr(stored.description),
    tags: stored.tags === undefined ? NO_TAGS : tagged(stored.tags),
    starred: stored.starred === undefined ? false : flagged(stored.starred),
    parent: textOrNull(stored.parent),
    origin: textOrNull(stored.origin),
    dataset: shared(textOr(stored.dataset)),
    featureConfig: shared(textOr(stored.feature_config)),
    modelConfig: shared(textOr(stored.model_config)),
    names: texts(stored.names),
    digests: texts(stored.digests),
    repeat: textOr(stored.repeat),
    split: textOr(stored.split),
    samplePercent: stored.sample_percent === undefined ? 100 : whole(stored.sample_percent),
    seed: stored.seed === undefined ? 0 : whole(stored.seed),
    tier: textOr(stored.tier),
    protocols: texts(stored.protocols),
    protocolName: shared(textOr(stored.protocol_name)),
    complexity: texts(stored.complexity),
    error: textOrNull(stored.error),
    errorTitle: textOrNull(stored.error_title),
    costUsd: numberOrNull(stored.cost_usd),
    parameterCount: wholeOrNull(stored.parameter_count),
    customers: wholeOrNull(stored.customers),
    products: wholeOrNull(stored.products),
    rows: wholeOrNull(stored.rows),
    epochsRun: wholeOrNull(stored.epochs_run),
    bestEpoch: wholeOrNull(stored.best_epoch),
    parameters: leaves(stored.parameters),
    metrics: mapped(stored.metrics, figure),
    lifts: mapped(stored.lifts, lift),
    baselines: mapped(stored.baselines, (figures) => mapped(figures, figure)),
  };
}

const NO_TAGS: readonly string[] = [];
const NOTHING: Readonly<Record<string, never>> = {};
const RFC_3339 = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** Names and words are those of all other entries, too, and held once: a page holds 10,000 entries. */
const held = new Map<string, string>();

function shared(text: string): string {
  const known = held.get(text);
  if (known !== undefined) return known;
  held.set(text, text);
  return text;
}

function isStored(value: unknown): value is Stored {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function texted(value: unknown): string {
  if (typeof value !== "string") throw new Damaged();
  return value;
}

function textOr(value: unknown): string {
  return value === undefined ? "" : texted(value);
}

function textOrNull(value: unknown): string | null {
  return value === undefined ? null : texted(value);
}

function numbered(value: unknown): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new Damaged();
  return value;
}

function numberOrNull(value: unknown): number | null {
  return value === undefined || value === null ? null : numbered(value);
}

function whole(value: unknown): number {
  if (!Number.isInteger(value)) throw new Damaged();
  return value as number;
}

function wholeOrNull(value: unknown): number | null {
  return value === undefined ? null : whole(value);
}

function flagged(value: unknown): boolean {
  if (typeof value !== "boolean") throw new Damaged();
  return value;
}

function timed(value: unknown): Time {
  const text = texted(value);
  const millis = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(millis)) throw new Damaged();
  return millis;
}

function tagged(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw new Damaged();
  return value.map((tag) => shared(texted(tag)));
}

/** A map as it was read, its texts held once. */
function texts(value: unknown): Readonly<Record<string, string>> {
  return mapped(value, (text) => shared(texted(text)));
}

function leaves(value: unknown): Readonly<Record<string, Leaf>> {
  return mapped(value, (leaf) => {
    if (typeof leaf === "string") return shared(leaf);
    return typeof leaf === "boolean" ? leaf : numbered(leaf);
  });
}

function mapped<T>(value: unknown, read: (item: unknown) => T): Readonly<Record<string, T>> {
  if (value === undefined) return NOTHING;
  if (!isStored(value)) throw new Damaged();
  const found: Record<string, T> = {};
  for (const key in value) {
    if (key !== "__proto__") found[key] = read(value[key]); // no name of ours, and an assignment with a meaning
  }
  return found;
}

function figure(stored: unknown): Figure {
  const [value, low, high] = Array.isArray(stored) ? stored : [stored];
  return { value: numberOrNull(value), low: numberOrNull(low), high: numberOrNull(high) };
}

function lift(stored: unknown): EntryLift {
  if (!Array.isArray(stored)) throw new Damaged();
  const [baseline, value, low, high, verdict] = stored;
  return {
    baseline: shared(texted(baseline)),
    value: numbered(value),
    low: numberOrNull(low),
    high: numberOrNull(high),
    verdict: shared(texted(verdict)),
  };
}
