/**
 * The form of a clone (S5.12): an experiment's request as texts in fields, what is wrong with them, how they differ
 * from the parent's, and the request that they make. Ranges and defaults are those of shared/documents.py (S5.1).
 */
import { capitalised, count, words } from "./format";
import type { Group, Origin, Time, Value } from "./run";
import { exact } from "./time";

/** A stored feature or model config, as something to pick. */
export interface Choice {
  id: string;
  name: string;
  updatedAt: Time | null;
}

export interface Choices {
  feature_config: Choice[];
  model_config: Choice[];
}

/** When the configs that the parent ran with had last been changed. */
export interface Frozen {
  feature_config: Time | null;
  model_config: Time | null;
}

/** In the order of the form. */
const FIELDS = [
  "name",
  "description",
  "tags",
  "feature_config",
  "model_config",
  "split",
  "test_days",
  "val_days",
  "train_days",
  "holdout_days",
  "sample_percent",
  "epochs",
  "batch_size",
  "learning_rate",
  "seed",
  "hardware",
  "max_minutes",
  "max_cost_usd",
] as const;
export type FieldName = (typeof FIELDS)[number];
export type Draft = Record<FieldName, string>;
export type Mistakes = Partial<Record<FieldName, string>>;

export interface Difference {
  label: string;
  before: string;
  after: string;
}

interface Range {
  kind: "whole" | "number";
  low: number;
  high: number;
  /** What may stand there instead of a number, and what it means. */
  or: Record<string, string>;
  /** What an absent value means, as the field shows it. */
  absent: string;
}

const whole = (low: number, high: number, absent: string, or = {}): Range => ({ kind: "whole", low, high, or, absent });
const number = (low: number, high: number, absent: string, or = {}): Range => ({
  ...{ kind: "number", low, high, or, absent },
});

const AS_MODEL = "as the model config says";
const RANGES = {
  test_days: whole(1, 90, "14"),
  val_days: whole(1, 90, "14"),
  train_days: whole(7, 3_650, "", { "": "all the days before" }),
  holdout_days: whole(1, 90, "7"),
  sample_percent: whole(1, 100, "auto", { auto: "chosen by the number of rows" }),
  epochs: whole(1, 500, "20"),
  batch_size: whole(64, 65_536, "", { "": AS_MODEL, auto: "chosen by the number of rows" }),
  learning_rate: number(1e-6, 1, "", { "": AS_MODEL }),
  max_minutes: whole(10, 1_440, "120"),
  max_cost_usd: number(0.1, 1_000, "10"),
  seed: whole(0, 2 ** 31 - 1, "17"),
} satisfies Partial<Record<FieldName, Range>>;
export type NumberName = keyof typeof RANGES;

const SPLIT_DAYS = {
  strict_time: ["test_days", "val_days", "train_days"],
  time_holdout: ["holdout_days"],
} as const;

export const OPTIONS = {
  split: {
    default: "chosen by the service",
    strict_time: "by time: train, validation days, test days",
    time_holdout: "the last days are the test",
    random: "at random",
  },
  hardware: {
    auto: "recommended by the service",
    ...{ small: "small, 4 vCPU", medium: "medium, 8 vCPU", large: "large, 16 vCPU" },
    ...{ gpu_t4: "one T4", gpu_l4: "one L4" },
  },
} as const;

const LABELS: Partial<Record<FieldName, string>> = {
  val_days: "Validation days",
  sample_percent: "Sample, percent",
  max_minutes: "Most minutes",
  max_cost_usd: "Most cost, USD",
};
const LONGEST = { name: 80, description: 2_000 };
const MOST_TAGS = 20;
const TAG = /^[a-z0-9][a-z0-9_-]{0,31}$/;
const NUMBER = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const WRITTEN_ANEW = ["schema_version", "owner", "created_at", "updated_at", "starred", "notes", "parent", "origin"];

export function labelOf(field: FieldName): string {
  return LABELS[field] ?? capitalised(words(field));
}

/** `1 to 500`, `64 to 65,536, auto, or empty: as the model config says`. */
export function hintOf(field: NumberName): string {
  const { low, high, or } = RANGES[field];
  const small = low > 0 && low < 0.01;
  const others = Object.entries<string>(or).map(([word, meaning]) => `${word || "empty"}: ${meaning}`);
  return [`${small ? low.toString() : numeral(low)} to ${numeral(high)}`, ...others].join("; ");
}

/** A request as texts; what it leaves to its default is written out where the default is fixed. */
export function draftOf(request: Group): Draft {
  const split = isGroup(request.split) ? request.split : {};
  const numbers = Object.entries<Range>(RANGES).map(([field, range]) => {
    const value = field.endsWith("_days") ? split[field] : request[field];
    return [field, value == null ? range.absent : textOf(value)];
  });
  return {
    ...(Object.fromEntries(numbers) as Record<NumberName, string>),
    name: textOf(request.name),
    description: textOf(request.description),
    tags: Array.isArray(request.tags) ? request.tags.map(textOf).join(", ") : "",
    feature_config: textOf(request.feature_config),
    model_config: textOf(request.model_config),
    split: textOf(split.kind) || "default",
    hardware: textOf(request.hardware) || "auto",
  };
}

/** The fields that mean something: only those days that the chosen split has. */
export function fieldsOf(draft: Draft): FieldName[] {
  const days: FieldName[] = daysOf(draft);
  return FIELDS.filter((field) => !field.endsWith("_days") || days.includes(field));
}

/** What is wrong with each field, in a sentence; nothing for what may be sent. */
export function mistakesOf(draft: Draft, choices: Choices): Mistakes {
  const found = fieldsOf(draft).map((field) => [field, mistakeOf(field, draft[field], choices)] as const);
  return Object.fromEntries(found.filter(([, mistake]) => mistake !== null)) as Mistakes;
}

function mistakeOf(field: FieldName, text: string, choices: Choices): string | null {
  if (isNumber(field)) return numberMistake(text.trim(), RANGES[field]);
  if (field === "name" || field === "description") return lengthMistake(text, LONGEST[field]);
  if (field === "tags") return tagsMistake(tagsOf(text));
  if (field !== "feature_config" && field !== "model_config") return null;
  const stored = choices[field].some((choice) => choice.id === text);
  return stored ? null : `There is no ${words(field)} ${text} any more. Pick another one.`;
}

function numberMistake(text: string, range: Range): string | null {
  if (text in range.or) return null;
  const { low, high, kind } = range;
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high && (kind === "number" || Number.isInteger(value))) return null;
  const others = Object.keys(range.or).map((word) => (word === "" ? "leave it empty" : `write ${word}`));
  const asked = `Write a ${kind === "whole" ? "whole " : ""}number from ${numeral(low)} to ${numeral(high)}`;
  return `${[asked, ...others].join(", or ")}.`;
}

function lengthMistake(text: string, longest: number): string | null {
  const length = [...text].length;
  return length <= longest ? null : `It has ${count(length)} characters. Shorten it to ${count(longest)}.`;
}

function tagsMistake(tags: string[]): string | null {
  if (tags.length > MOST_TAGS) return `There are ${tags.length} tags. Keep at most ${MOST_TAGS}.`;
  const wrong = tags.find((tag) => !TAG.test(tag));
  if (wrong === undefined) return null;
  return `"${wrong}" is no tag. Use up to 32 of a-z, 0-9, - and _, beginning with a letter or digit.`;
}

/** The request of a clone, but for who writes it and when. What the form does not show is as in the parent's. */
export function requestOf(draft: Draft, parent: Group, parentId: string): Group {
  const { split, ...rest } = copied(parent, parentId, "clone");
  const numbers = (Object.keys(RANGES) as NumberName[]).filter((field) => !field.endsWith("_days"));
  for (const field of numbers) delete rest[field];
  return {
    ...rest,
    ...Object.fromEntries(numbers.flatMap((field) => written(field, draft[field]))),
    ...{ name: draft.name.trim(), description: draft.description.trim(), tags: tagsOf(draft.tags) },
    ...{ feature_config: draft.feature_config, model_config: draft.model_config, hardware: draft.hardware },
    ...(draft.split === "default" ? {} : { split: splitOf(draft) }),
  };
}

/** The request of a rerun: the parent's, which the service freezes as it froze the parent. */
export function rerunOf(parent: Group, parentId: string): Group {
  return copied(parent, parentId, "rerun");
}

function copied(parent: Group, parentId: string, origin: Origin): Group {
  const kept = Object.entries(parent).filter(([key]) => !WRITTEN_ANEW.includes(key));
  return { ...Object.fromEntries(kept), parent: parentId, origin };
}

/** What a clone changes, in the order of the form; also configs of the same name whose content is another by now. */
export function differencesOf(before: Draft, after: Draft, choices: Choices, frozen: Frozen | null): Difference[] {
  const shown = new Set([...fieldsOf(before), ...fieldsOf(after)]);
  const changed = FIELDS.filter((field) => shown.has(field) && !same(field, before, after)).map((field) => ({
    label: labelOf(field),
    before: spoken(field, before, choices),
    after: spoken(field, after, choices),
  }));
  const stale = (["feature_config", "model_config"] as const).flatMap((field) => {
    const choice = choices[field].find(({ id }) => id === after[field]);
    const [then, now] = [frozen?.[field] ?? null, choice?.updatedAt ?? null];
    if (choice === undefined || after[field] !== before[field] || then === null || now === null || now <= then)
      return [];
    return [{ label: labelOf(field), before: `${choice.name} of ${exact(then)}`, after: `changed on ${exact(now)}` }];
  });
  return [...changed, ...stale];
}

function same(field: FieldName, before: Draft, after: Draft): boolean {
  const [applies, applied] = [fieldsOf(after).includes(field), fieldsOf(before).includes(field)];
  if (applies !== applied) return false;
  return normal(field, before[field]) === normal(field, after[field]);
}

function normal(field: FieldName, text: string): string {
  if (field === "tags") return tagsOf(text).join(", ");
  const trimmed = text.trim();
  return isNumber(field) && NUMBER.test(trimmed) ? String(Number(trimmed)) : trimmed;
}

function spoken(field: FieldName, draft: Draft, choices: Choices): string {
  if (!fieldsOf(draft).includes(field)) return "none";
  const text = normal(field, draft[field]);
  if (field === "feature_config" || field === "model_config") {
    return choices[field].find(({ id }) => id === text)?.name ?? text;
  }
  if (field === "split" || field === "hardware") return (OPTIONS[field] as Record<string, string>)[text] ?? text;
  if (isNumber(field)) return (RANGES[field].or as Record<string, string>)[text] ?? text;
  return text || "none";
}

function splitOf(draft: Draft): Group {
  return { kind: draft.split, ...Object.fromEntries(daysOf(draft).flatMap((field) => written(field, draft[field]))) };
}

function daysOf(draft: Draft): NumberName[] {
  return [...((SPLIT_DAYS as Record<string, readonly NumberName[]>)[draft.split] ?? [])];
}

/** A field of the request; none for what is left empty. */
function written(field: NumberName, text: string): [string, Value][] {
  const trimmed = text.trim();
  if (trimmed === "") return [];
  return [[field, NUMBER.test(trimmed) ? Number(trimmed) : trimmed]];
}

function tagsOf(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter(Boolean))];
}

function isNumber(field: FieldName): field is NumberName {
  return field in RANGES;
}

function isGroup(value: Value | undefined): value is Group {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: Value | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function numeral(value: number): string {
  return value < 1 ? String(value) : count(value);
}
