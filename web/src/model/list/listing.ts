/** Which experiments a list shows, and in which order (domain S7.1). */

import { headlineOf } from "../common/headlines";
import { TEXTS } from "../common/order";
import { HEADLINES, kindOf } from "../common/registry";
import { fieldOf } from "../query/fields";
import { type Node, parse, type Query, shown, type Test } from "../query/query";
import { QueryError, quoted } from "../query/text";
import type { Time } from "../run/run";
import { type Entry, isEnded } from "./entry";

// --------------------------------------------------------------------------------------------------- the search

export type Asked = { query: Query; error: null } | { query: null; error: QueryError };

const NUMBER = /^\s*exp\s*#?\s*(\d{1,9})\s*$/i;
const ID = /^\s*(exp-[0-9a-hjkmnp-tv-z]{26})\s*$/;

/** What was typed as a query, or what is wrong with it. `exp 62` and a whole id are looked up, too (S5.4). */
export function asked(text: string): Asked {
  const number = NUMBER.exec(text)?.[1];
  const id = ID.exec(text)?.[1];
  const meant = number !== undefined ? `number = ${number}` : id !== undefined ? `id = ${id}` : text;
  try {
    return { query: parse(meant), error: null };
  } catch (error) {
    if (error instanceof QueryError) return { query: null, error };
    throw error;
  }
}

// -------------------------------------------------------------------------------------------------------- filters

/** The conditions that a query must fulfil all, as its menus see them. */
function conditions(node: Node | null): readonly Node[] {
  if (node === null) return [];
  return node.kind === "all" ? node.parts : [node];
}

/** What a query demands of a field, as text; null: nothing that a menu could show. */
export function conditionOf(node: Node | null, field: string): string | null {
  const mine = conditions(node).filter((part) => isAbout(part, field));
  return mine.length === 0 ? null : mine.map((part) => shown(part)).join(" ");
}

/** The query with another condition for a field; null: none. */
export function withCondition(node: Node | null, field: string, condition: string | null): string {
  const others = conditions(node).filter((part) => !isAbout(part, field));
  const kept = others.map((part) => shown(part, others.length > 1 || condition !== null));
  return [...kept, condition ?? ""].filter(Boolean).join(" ");
}

function isAbout(part: Node, field: string): part is Test {
  return part.kind === "test" && part.field === field;
}

export interface Option {
  /** A condition of the query language. */
  condition: string;
  label: string;
  /** How many experiments fulfil it; null: nobody counts. */
  count: number | null;
}

export interface Filter {
  field: string;
  label: string;
  options: readonly Option[];
}

const MOST_OPTIONS = 200;
const SINCE: readonly [string, string][] = [
  ["created = today", "Today"],
  ["created = yesterday", "Yesterday"],
  ["created >= -7d", "Last 7 days"],
  ["created >= -30d", "Last 30 days"],
  ["created >= -365d", "Last year"],
];

/** The menus of a list, with what occurs in it. Days are those of UTC, as everywhere in queries. */
export function filtersOf(entries: readonly Entry[], stateText: (entry: Entry) => string): Filter[] {
  return [
    menu("state", "State", entries, (entry) => [[entry.state, stateText(entry)]]),
    menu("model_type", "Model type", entries, (entry) => [[entry.modelType, entry.modelType]]),
    menu("dataset", "Dataset", entries, (entry) => [[entry.dataset, entry.names.dataset]]),
    menu("feature_config", "Feature config", entries, (entry) => [[entry.featureConfig, entry.names.feature_config]]),
    menu("model_config", "Model config", entries, (entry) => [[entry.modelConfig, entry.names.model_config]]),
    menu("protocol", "Protocol", entries, protocolsOf),
    menu("tag", "Tag", entries, (entry) => entry.tags.map((tag) => [tag, tag])),
    menu("owner", "Owner", entries, (entry) => [[entry.owner, entry.owner]]),
    {
      field: "starred",
      label: "Star",
      options: [
        { condition: "starred = true", label: "Starred", count: entries.filter((each) => each.starred).length },
      ],
    },
    {
      field: "created",
      label: "Asked for",
      options: SINCE.map(([condition, label]) => ({ condition, label, count: null })),
    },
  ];
}

function protocolsOf(entry: Entry): [string, string][] {
  return Object.entries(entry.protocols).map(([family, key]) => [
    key,
    entry.protocolName === "" ? key : `${entry.protocolName} (${family})`,
  ]);
}

type Values = readonly (readonly [value: string, label: string | undefined])[];

/** The most frequent ones, in the order of their labels. */
function menu(field: string, label: string, entries: readonly Entry[], valuesOf: (entry: Entry) => Values): Filter {
  const found = new Map<string, { label: string; count: number }>();
  for (const entry of entries) {
    for (const [value, name] of valuesOf(entry)) {
      if (value === "") continue;
      const known = found.get(value);
      if (known === undefined) found.set(value, { label: name || value, count: 1 });
      else known.count += 1;
    }
  }
  const options = [...found]
    .sort(([, a], [, b]) => b.count - a.count)
    .slice(0, MOST_OPTIONS)
    .map(([value, { label: name, count }]) => ({ condition: `${field} = ${quoted(value)}`, label: name, count }))
    .sort((a, b) => TEXTS.compare(a.label, b.label));
  return { field, label, options };
}

// -------------------------------------------------------------------------------------------------------- sorting

/** By `date`, `headline`, `cost`, `duration`, or any field with numbers; `reversed`: what is last otherwise is first. */
export interface Sort {
  by: string;
  reversed: boolean;
}

export const NEWEST: Sort = { by: "date", reversed: false };

/** What is offered; each begins with the newest, the best, the largest. */
export const SORTS: readonly { sort: Sort; label: string }[] = [
  { sort: NEWEST, label: "Newest first" },
  { sort: { by: "date", reversed: true }, label: "Oldest first" },
  { sort: { by: "headline", reversed: false }, label: "Best result first" },
  { sort: { by: "cost", reversed: false }, label: "Most expensive first" },
  { sort: { by: "cost", reversed: true }, label: "Cheapest first" },
  { sort: { by: "duration", reversed: false }, label: "Longest first" },
  { sort: { by: "duration", reversed: true }, label: "Shortest first" },
];

/** As an address holds it: `cost`, or `-cost` reversed; the order of a history for what is none. */
export function parseSort(text: string | null): Sort {
  const [, minus, by = ""] = /^(-?)(.*)$/.exec(text ?? "") ?? [];
  return by !== "" && orderOf(by) !== null ? { by, reversed: minus === "-" } : NEWEST;
}

export function sortText({ by, reversed }: Sort): string {
  const text = `${reversed ? "-" : ""}${by}`;
  return text === "date" ? "" : text;
}

export function sortLabel(sort: Sort): string {
  const known = SORTS.find((each) => sortText(each.sort) === sortText(sort));
  return known?.label ?? `By ${sort.by.replaceAll("_", " ")}${sort.reversed ? ", reversed" : ""}`;
}

/** Numbers of which the smallest comes first; null comes last, either way. */
type Order = (entry: Entry) => readonly [group: number, value: number] | null;

function orderOf(by: string): Order | null {
  if (by === "date") return ({ createdAt }) => [0, -createdAt];
  if (by === "headline") return headlineOrder;
  const field = fieldOf(by);
  if (field === null || !["number", "duration", "date", "parameter"].includes(field.kind)) return null;
  const sign = kindOf(by).lowerIsBetter ? 1 : -1;
  return (entry) => {
    const value = field.read(entry);
    return typeof value === "number" ? [0, sign * value] : null;
  };
}

/** Recall and error are no one scale: those of one headline metric stand together, each with the best first. */
function headlineOrder(entry: Entry): readonly [number, number] | null {
  const metric = headlineOf(entry.modelType);
  const value = metric === null ? null : (entry.metrics[metric]?.value ?? null);
  if (metric === null || value === null) return null;
  return [HEADLINES.indexOf(metric), kindOf(metric).lowerIsBetter ? value : -value];
}

/** Entries that are newest first, in another order. */
export function sorted(entries: readonly Entry[], { by, reversed }: Sort): readonly Entry[] {
  const order = by === "date" && !reversed ? null : orderOf(by);
  if (order === null) return entries;
  const sign = reversed ? -1 : 1;
  return entries
    .map((entry) => [order(entry), entry] as const)
    .sort(([a], [b]) => {
      if (a === null || b === null) return Number(a === null) - Number(b === null);
      return a[0] - b[0] || sign * (a[1] - b[1]);
    })
    .map(([, entry]) => entry);
}

/** Of how many fidelity groups (S2.17) the results are that a sorting by results puts beside each other. */
export function fidelityGroups(entries: readonly Entry[]): number {
  const groups = new Set<string>();
  for (const entry of entries) {
    const metric = headlineOf(entry.modelType);
    const key = metric === null ? undefined : entry.protocols[kindOf(metric).family];
    if (key !== undefined && metric !== null && metric in entry.metrics) groups.add(`${key} ${entry.samplePercent}`);
  }
  return groups.size;
}

// -------------------------------------------------------------------------------------------------------- finding

type Find = (entries: readonly Entry[], query: Query, now: Time) => readonly Entry[];

const MINUTE_MS = 60_000;

/**
 * A filter that asks of each entry once: of 10,000 entries a few change with every tick of a live run, and the others
 * are the objects that they were. Dates count back from the full minute.
 */
export function finder(): Find {
  let known = new WeakMap<Entry, boolean>();
  let before: { query: Query; minute: number } | null = null;
  return (entries, query, now) => {
    if (query.node === null) return entries;
    const minute = Math.floor(now / MINUTE_MS);
    if (before?.query !== query || before.minute !== minute) known = new WeakMap();
    before = { query, minute };
    return entries.filter((entry) => {
      const asked = known.get(entry);
      if (asked !== undefined) return asked;
      const found = query.finds(entry, now);
      known.set(entry, found);
      return found;
    });
  };
}

/** `2 live, 1 waiting, 14 finished`: the summary of a list. */
export function listSummary(entries: readonly Entry[], isDeleting: (id: string) => boolean): string {
  const numbers = { live: 0, waiting: 0, finished: 0, deleting: 0 };
  for (const entry of entries) {
    if (isDeleting(entry.experiment)) numbers.deleting += 1;
    else if (isEnded(entry)) numbers.finished += 1;
    else if (entry.state === "requested") numbers.waiting += 1;
    else numbers.live += 1;
  }
  return Object.entries(numbers)
    .filter(([, number]) => number > 0)
    .map(([what, number]) => `${number.toLocaleString("en")} ${what}`)
    .join(", ");
}
