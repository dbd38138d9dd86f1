/**
 * What lists know of an experiment (domain S7.1): a copy of shared/insights/lists/entries.py and entry_of.py. Of runs
 * that have ended it is read out of the index; of those that live it is made of the run and its request.
 */
import { HEADLINES_OF } from "../common/headlines";
import { type Group, RUN_STATES, type RunState, TERMINAL, type Time, type Value } from "../run/run";

/** Numbers that one document of the index holds. */
export const BLOCK = 250;

export type Leaf = string | number | boolean;

/** A metric on the headline population, with its 95% interval where there is one and it is kept. */
export interface Figure {
  value: number | null;
  low: number | null;
  high: number | null;
}

/** Against the best baseline of the metric; above 0 the model is better (S6.17). */
export interface EntryLift {
  baseline: string;
  value: number;
  low: number | null;
  high: number | null;
  /** `better`, `worse`, `cannot_tell`. */
  verdict: string;
}

/** One experiment. Keys inside maps are as they are stored: `names.feature_config`, `metrics.recall_at_10`. */
export interface Entry {
  experiment: string;
  /** 0: it has none yet. */
  number: number;
  modelEndpoint: string;
  name: string;
  state: RunState;
  modelType: string;
  owner: string;
  createdAt: Time;
  /** Of a run that lives: when it was last changed. */
  endedAt: Time;
  durationSeconds: number;
  /** Its beginning, for searching. */
  description: string;
  tags: readonly string[];
  starred: boolean;
  parent: string | null;
  origin: string | null;
  dataset: string;
  featureConfig: string;
  modelConfig: string;
  /** Of the three configs. */
  names: Readonly<Record<string, string>>;
  /** Of their contents. */
  digests: Readonly<Record<string, string>>;
  /** Equal for runs that differ in seeds only. */
  repeat: string;
  split: string;
  samplePercent: number;
  seed: number;
  tier: string;
  /** Key by family of metrics. */
  protocols: Readonly<Record<string, string>>;
  /** `strict 14 days to 9 Dec 2025, 812 customers, 3,684 products` (S2.16). */
  protocolName: string;
  complexity: Readonly<Record<string, string>>;
  /** Code. */
  error: string | null;
  errorTitle: string | null;
  costUsd: number | null;
  parameterCount: number | null;
  /** Of the train split, as the next two. */
  customers: number | null;
  products: number | null;
  rows: number | null;
  epochsRun: number | null;
  bestEpoch: number | null;
  parameters: Readonly<Record<string, Leaf>>;
  /** This and the next two are empty unless the run completed. */
  metrics: Readonly<Record<string, Figure>>;
  lifts: Readonly<Record<string, EntryLift>>;
  /** The headline metric of each family: {baseline: {metric: figure}}. */
  baselines: Readonly<Record<string, Readonly<Record<string, Figure>>>>;
}

/** The index document that holds a run's entry. */
export function blockOf(endpoint: string, number: number): string {
  return `${endpoint}__${Math.floor(number / BLOCK)}`;
}

export function isEnded(entry: Entry): boolean {
  return TERMINAL.has(entry.state);
}

/** Newest first, as histories are. */
export function byNewest(a: Entry, b: Entry): number {
  return b.createdAt - a.createdAt || b.number - a.number || (a.experiment < b.experiment ? 1 : -1);
}

// ------------------------------------------------------------------------------------------------ as it is stored

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

function stateOf(text: string): RunState {
  return RUN_STATES.find((state) => state === text) ?? "unknown";
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

// ------------------------------------------------------------------------------------------------ out of its run

const LONGEST_DESCRIPTION = 300;
const MOST_TAGS = 20;
const LONGEST_TAG = 32;
const KINDS: Record<string, string> = { strict_time: "strict", time_holdout: "holdout" };
const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const DAY = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

/**
 * The entry of a run, as its document says it (times are texts), and of its request, null when that is gone. As in the
 * index: labels are the request's, all else is the run's, and what does not fit is left out.
 */
export function entryOfRun(run: Group, request: Group | null): Entry {
  const asked = request ?? {};
  const grouping = part(run.grouping);
  const parameters = part(run.parameters);
  const counts = part(run.counts);
  const progress = part(run.progress);
  const names = part(run.names);
  return {
    experiment: cut(run.experiment, 63),
    number: wholeOf(run.number) ?? 0,
    modelEndpoint: cut(run.model_endpoint, 63),
    name: cut(asked.name ?? names.experiment, 80),
    state: stateOf(cut(run.state, 20)),
    modelType: cut(run.model_type, 20),
    owner: cut(run.owner, 320),
    createdAt: timeOf(run.created_at) ?? 0,
    endedAt: timeOf(run.ended_at) ?? timeOf(run.updated_at) ?? 0,
    durationSeconds: numberOf(run.duration_seconds) ?? 0,
    ...labelsOf(asked),
    parent: cut(run.parent, 63) || null,
    origin: cut(run.origin, 20) || null,
    dataset: cut(grouping.dataset, 63),
    featureConfig: cut(grouping.feature_config ?? asked.feature_config, 63),
    modelConfig: cut(grouping.model_config ?? asked.model_config, 63),
    names: textsOf(names, 80, ["dataset", "feature_config", "model_config"]),
    digests: textsOf(part(grouping.digests), 64),
    repeat: cut(grouping.repeat, 64),
    split: cut(part(parameters.split).kind, 20),
    samplePercent: wholeOf(parameters.sample_percent ?? asked.sample_percent) || 100,
    seed: wholeOf(parameters.seed ?? asked.seed) ?? 0,
    tier: cut(part(run.hardware).tier, 40),
    protocols: textsOf(part(grouping.protocols), 64),
    protocolName: protocolName(parameters, counts),
    complexity: textsOf(part(grouping.complexity), 20),
    error: cut(part(run.error).code, 60) || null,
    errorTitle: cut(part(run.error).title, 120) || null,
    costUsd: numberOf(part(run.cost).billed) ?? numberOf(part(run.cost).computed),
    parameterCount: wholeOf(part(grouping.parameters).parameters),
    customers: wholeOf(part(counts.customers).train),
    products: wholeOf(part(counts.products).train),
    rows: wholeOf(part(counts.rows).train),
    epochsRun: wholeOf(progress.epochs_done),
    bestEpoch: wholeOf(progress.best_epoch),
    parameters: leavesOf(part(grouping.parameters)),
    ...measuredOf(run),
  };
}

/** What people may edit of an experiment later, out of its request. */
export function labelsOf(request: Group): Pick<Entry, "description" | "tags" | "starred"> {
  const tags = Array.isArray(request.tags) ? request.tags : [];
  return {
    description: cut(request.description, LONGEST_DESCRIPTION),
    tags: tags.filter((tag): tag is string => typeof tag === "string" && tag.length <= LONGEST_TAG).slice(0, MOST_TAGS),
    starred: request.starred === true,
  };
}

/** The same entry under the labels that its request has now; the same object when nothing differs. */
export function relabelled(entry: Entry, request: Group): Entry {
  const labels = labelsOf(request);
  const name = typeof request.name === "string" ? cut(request.name, 80) : entry.name;
  const same =
    name === entry.name &&
    labels.starred === entry.starred &&
    labels.description === entry.description &&
    labels.tags.join() === entry.tags.join();
  return same ? entry : { ...entry, ...labels, name };
}

function measuredOf(run: Group): Pick<Entry, "metrics" | "lifts" | "baselines"> {
  if (run.state !== "completed") return { metrics: NOTHING, lifts: NOTHING, baselines: NOTHING };
  const headlines = HEADLINES_OF[cut(run.model_type, 20)] ?? [];
  const lifts = (Array.isArray(run.headlines) ? run.headlines : []).flatMap((item) => {
    const card = part(item);
    const found = part(card.lift);
    const value = numberOf(found.value);
    if (value === null || typeof card.metric !== "string") return [];
    const bounds = { low: numberOf(found.low), high: numberOf(found.high) };
    return [
      [card.metric, { baseline: cut(part(card.baseline).name, 60), value, ...bounds, verdict: cut(found.verdict, 20) }],
    ];
  });
  const ofHeadlines = (figures: Group) =>
    Object.fromEntries(headlines.flatMap((name) => (name in figures ? [[name, figureOf(part(figures[name]))]] : [])));
  return {
    metrics: Object.fromEntries(
      Object.entries(part(run.metrics)).map(([name, stored]) => {
        const found = figureOf(part(stored));
        return [name, headlines.includes(name) ? found : { ...found, low: null, high: null }];
      }),
    ),
    lifts: Object.fromEntries(lifts),
    baselines: Object.fromEntries(
      Object.entries(part(run.baselines)).map(([name, figures]) => [name, ofHeadlines(part(figures))]),
    ),
  };
}

function protocolName(parameters: Group, counts: Group): string {
  const split = part(parameters.split);
  if (Object.keys(split).length === 0) return "";
  const customers = wholeOf(part(counts.customers).test);
  const products = wholeOf(part(counts.rows).catalogue);
  return [
    days(split),
    customers === null ? "" : `${WHOLE.format(customers)} customers`,
    products === null ? "" : `${WHOLE.format(products)} products`,
    parameters.exclude_purchased === true ? "without purchased" : "",
  ]
    .filter(Boolean)
    .join(", ");
}

function days(split: Group): string {
  const [end, begin] = [timeOf(split.ref), timeOf(split.test_start)];
  const kind = cut(split.kind, 20);
  const until = end === null ? "" : ` to ${dayWords(end)}`;
  if (end === null || begin === null) return `${kind}${until}`;
  const length = Math.round((end - begin) / 86_400_000) + 1;
  return `${KINDS[kind] ?? kind} ${length} ${length === 1 ? "day" : "days"}${until}`;
}

/** `9 Dec 2025`. */
function dayWords(time: Time): string {
  const parts = Object.fromEntries(DAY.formatToParts(time).map(({ type, value }) => [type, value]));
  return `${parts.day} ${parts.month} ${parts.year}`;
}

function part(value: Value | undefined): Group {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function cut(value: Value | undefined, longest: number): string {
  return typeof value === "string" ? value.slice(0, longest) : "";
}

function numberOf(value: Value | undefined): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function wholeOf(value: Value | undefined): number | null {
  return Number.isInteger(value) ? (value as number) : null;
}

function timeOf(value: Value | undefined): Time | null {
  const millis = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(millis) ? null : millis;
}

function textsOf(group: Group, longest: number, names = Object.keys(group).sort()): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (typeof group[name] === "string" ? [[name, cut(group[name], longest)]] : [])),
  );
}

function leavesOf(group: Group): Record<string, Leaf> {
  return Object.fromEntries(
    Object.entries(group).filter((pair): pair is [string, Leaf] =>
      ["string", "number", "boolean"].includes(typeof pair[1]),
    ),
  );
}

function figureOf(stored: Group): Figure {
  return { value: numberOf(stored.value), low: numberOf(stored.low), high: numberOf(stored.high) };
}
