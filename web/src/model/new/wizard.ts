/**
 * The form of a new experiment (S5.1): a request as texts in fields, what is wrong with them at first sight, and the
 * request that they make. Ranges and defaults are those of the documents' schema; whatever needs the warehouse or
 * several documents is said by the service.
 */
import { capitalised, words } from "../common/format";
import { contentOf, type Limits, limitsOf, mistakeOf, rangeWords } from "../common/schema";
import { group } from "../common/values";
import { tagsOf } from "../run/notes";
import type { Group, Value } from "../run/run";
import { tagsMistake } from "../run/tags";

/** What is trained, in the order of the form. `model_type` is no field of a request: it says which models are offered. */
const WHAT = [
  ...(["model_type", "feature_config", "model_config"] as const),
  ...(["split", "test_days", "val_days", "train_days", "holdout_days"] as const),
] as const;

/** How it is trained. */
const HOW = [
  ...(["sample_percent", "epochs", "batch_size", "learning_rate", "exclude_purchased", "seed", "split_seed"] as const),
  ...(["hardware", "data_processing", "max_workers", "reuse_cache", "region"] as const),
  ...(["max_minutes", "max_cost_usd", "max_attempts", "name", "description", "tags", "notes"] as const),
] as const;

/** In the order of the form. */
export const FIELDS = [...WHAT, ...HOW];
export type FieldName = (typeof FIELDS)[number];
/** Flags are `true` or `false`. */
export type Form = Record<FieldName, string>;
export type Mistakes = Partial<Record<FieldName, string>>;
export type Step = 1 | 2;

/** `default`: the service chooses (S2.13). */
export const SPLIT_KINDS = ["default", "strict_time", "time_holdout", "random"] as const;
export type SplitKind = (typeof SPLIT_KINDS)[number];

const SPLIT_PARTS: Partial<Record<FieldName, string>> = {
  ...{ test_days: "StrictTimeSplit", val_days: "StrictTimeSplit", train_days: "StrictTimeSplit" },
  holdout_days: "TimeHoldoutSplit",
};
const DAYS: Record<string, FieldName[]> = {
  strict_time: ["test_days", "val_days", "train_days"],
  time_holdout: ["holdout_days"],
};

const LABELS: Partial<Record<FieldName, string>> = {
  val_days: "Validation days",
  sample_percent: "Sample, percent of the customers",
  exclude_purchased: "Leave out what a customer has bought",
  split_seed: "Seed of split and sample",
  reuse_cache: "Reuse earlier examples and transforms where nothing changed",
  max_workers: "Most workers",
  max_minutes: "Most minutes",
  max_cost_usd: "Most cost, USD",
  max_attempts: "Most attempts",
};

/** What an empty field means, where it may be empty. */
const EMPTY: Partial<Record<FieldName, string>> = {
  train_days: "empty: all the days before",
  batch_size: "empty: as the model config says; auto: by the number of rows",
  learning_rate: "empty: as the model config says",
  region: "empty: the first of the deployment",
};

/** Said by the service of each new document; a form never copies them. */
const WORDS_ONLY = ["name", "description", "notes", "tags"] as const;

function limitsOfField(field: Exclude<FieldName, "model_type" | "split">): Limits {
  return limitsOf(SPLIT_PARTS[field] ?? "Experiment", field);
}

export function labelOf(field: FieldName): string {
  return LABELS[field] ?? capitalised(words(field));
}

/** `1 to 500`; `64 to 65,536 or auto; empty: as the model config says`. */
export function hintOf(field: Exclude<FieldName, "model_type" | "split">): string {
  return [rangeWords(limitsOfField(field)), EMPTY[field] ?? ""].filter(Boolean).join("; ");
}

export function stepOf(field: FieldName): Step {
  return (WHAT as readonly FieldName[]).includes(field) ? 1 : 2;
}

/** A request as texts; what it leaves out is written as its default. */
export function formOf(request: Group): Form {
  const split = group(request.split);
  const texts = FIELDS.map((field) => {
    if (field === "model_type") return [field, ""];
    if (field === "split") return [field, textOf(split.kind) || "default"];
    const written = field in SPLIT_PARTS ? split[field] : request[field];
    return [field, textOf(written === undefined || written === null ? limitsOfField(field).default : written)];
  });
  return Object.fromEntries(texts) as Form;
}

/** The same with the fields that an address names: `?feature_config=base&epochs=5`. */
export function withSearch(form: Form, search: string): Form {
  const asked = new URLSearchParams(search);
  const known = FIELDS.flatMap((field) => (asked.has(field) ? [[field, asked.get(field) ?? ""]] : []));
  return { ...form, ...Object.fromEntries(known) };
}

/** The fields that mean something: only the days that the chosen split has, workers only where there are some. */
export function fieldsOf(form: Form): FieldName[] {
  const days = DAYS[form.split] ?? [];
  return FIELDS.filter((field) => {
    if (field in SPLIT_PARTS) return days.includes(field);
    return field !== "max_workers" || form.data_processing !== "in_process";
  });
}

/** What is wrong with each field by itself, in a sentence; nothing for what may be sent. */
export function mistakesOf(form: Form): Mistakes {
  const found = fieldsOf(form).flatMap((field) => {
    const mistake = fieldMistake(field, form[field]);
    return mistake === null ? [] : [[field, mistake] as const];
  });
  return Object.fromEntries(found);
}

function fieldMistake(field: FieldName, text: string): string | null {
  if (field === "model_type" || field === "split") return null;
  if (field === "tags") return tagsMistake(text);
  if (field === "feature_config" || field === "model_config") {
    return text === "" ? `Choose a ${words(field)}.` : null;
  }
  return mistakeOf(limitsOfField(field), text);
}

/** What a new experiment has besides the fields: where it is numbered, and what it was made from. */
interface Base {
  endpoint: string;
  /** null: from nothing. */
  parent: string | null;
}

/** The request, but for who writes it and when. What is as it is by default is left out. */
export function requestOf(form: Form, { endpoint, parent }: Base): Group {
  const { split, model_type: _, ...shown } = Object.fromEntries(fieldsOf(form).map((field) => [field, form[field]]));
  const days = DAYS[form.split] ?? [];
  const fields = Object.keys(shown).filter((field) => !days.includes(field as FieldName)) as FieldName[];
  return {
    ...(endpoint === limitsOf("Experiment", "model_endpoint").default ? {} : { model_endpoint: endpoint }),
    ...Object.fromEntries(fields.flatMap((field) => written(field, form[field]))),
    ...(split === "default" || split === undefined ? {} : { split: splitOf(form, days) }),
    ...(parent === null ? {} : { parent, origin: "clone" }),
  };
}

/** What the service is asked about: words change nothing of rows, time or cost. */
export function askedOf(request: Group): Group {
  return Object.fromEntries(
    Object.entries(request).filter(([key]) => !(WORDS_ONLY as readonly string[]).includes(key)),
  );
}

function splitOf(form: Form, days: readonly FieldName[]): Group {
  const entries = days.flatMap((field) => {
    const value = contentOf(limitsOfField(field as Exclude<FieldName, "model_type" | "split">), form[field]);
    return value === undefined ? [] : [[field, value]];
  });
  return { kind: form.split, ...Object.fromEntries(entries) };
}

/** A field of the request; none for what is left empty, or to its default. */
function written(field: FieldName, text: string): [string, Value][] {
  if (field === "model_type" || field === "split") return [];
  const limits = limitsOfField(field);
  const value = field === "tags" ? tagsOf(text) : limits.kind === "flag" ? text === "true" : contentOf(limits, text);
  if (value === undefined || value === limits.default) return [];
  return Array.isArray(value) && value.length === 0 ? [] : [[field, value]];
}

/** A field's text as what it means, so that `1e1` and `10` are the same. */
export function meaningOf(field: FieldName, text: string): string {
  if (field === "model_type" || field === "split") return text;
  const value = field === "tags" ? tagsOf(text).join(", ") : contentOf(limitsOfField(field), text);
  return value === undefined ? "" : String(value);
}

/** A form that was kept as JSON; null for anything else. */
export function parsedForm(json: string): Form | null {
  try {
    const data: unknown = JSON.parse(json);
    if (typeof data !== "object" || data === null) return null;
    const entries = FIELDS.map((field) => [field, (data as Record<string, unknown>)[field]]);
    return entries.every(([, text]) => typeof text === "string") ? (Object.fromEntries(entries) as Form) : null;
  } catch {
    return null; // somebody else's text: the form begins anew
  }
}

function textOf(value: Value | undefined): string {
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}
