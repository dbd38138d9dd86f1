/** A model config as a form edits it (domain S4): which fields it asks for, in which order, and what follows from what. */

import { limitsOf } from "../common/schema";
import { group, numberOf, textOf, withField } from "../common/values";
import choices from "../copies/choices.json";
import type { Group, Problem } from "../run/run";

export interface FieldText {
  /** Of the document, or of a part of it: `lr_schedule.kind`. */
  path: string;
  label: string;
  hint: string;
}

interface FieldGroup {
  title: string;
  fields: readonly FieldText[];
}

/** The parts of the schema that hold a path's last name. */
const PARTS: Record<string, string> = {
  lr_schedule: "LearningRateSchedule",
  scann: "Scann",
  early_stopping: "EarlyStopping",
};

/** The fields beside the layers, in the order in which a person decides them. */
export const FIELD_GROUPS: readonly FieldGroup[] = [
  {
    title: "Optimizer",
    fields: [
      { path: "optimizer", label: "Optimizer", hint: "It brings its own learning rate." },
      { path: "learning_rate", label: "Learning rate", hint: "" },
      { path: "weight_decay", label: "Weight decay", hint: "" },
      { path: "momentum", label: "Momentum", hint: "" },
      { path: "lr_schedule.kind", label: "Schedule", hint: "`cosine` falls to 1% of the rate at the last epoch." },
      { path: "lr_schedule.warmup_fraction", label: "Warmup", hint: "The share of training in which the rate rises." },
      { path: "clipnorm", label: "Clip gradients at", hint: "The norm of each variable's gradient." },
      { path: "batch_size", label: "Batch size", hint: "`auto` follows the rows of the train split." },
    ],
  },
  {
    title: "Retrieval loss",
    fields: [
      { path: "temperature", label: "Temperature", hint: "Scores are divided by it." },
      {
        path: "logq_correction",
        label: "Correct for popularity (logQ)",
        hint: "Without it the model learns what is bought more than usual, not what is bought.",
      },
      {
        path: "remove_accidental_hits",
        label: "Remove accidental hits",
        hint: "Products of a batch that equal the positive are not counted as negatives.",
      },
      { path: "hard_negatives", label: "Hard negatives", hint: "Only so many of the highest-scoring negatives count." },
      { path: "label_smoothing", label: "Label smoothing", hint: "" },
      { path: "normalise_embeddings", label: "Normalise embeddings", hint: "Both outputs get length 1." },
    ],
  },
  {
    title: "Ranking loss",
    fields: [
      { path: "ranking_loss", label: "Loss", hint: "Of the transformed target." },
      { path: "huber_delta", label: "Huber delta", hint: "From where errors count linearly." },
      {
        path: "positive_class_weight",
        label: "Weight of positives",
        hint: "`balanced`: as many times as there are negatives for each positive.",
      },
    ],
  },
  {
    title: "Both tasks",
    fields: [
      { path: "retrieval_weight", label: "Weight of retrieval", hint: "Equal weights mean equal say." },
      { path: "ranking_weight", label: "Weight of ranking", hint: "" },
    ],
  },
  {
    title: "Served list",
    fields: [
      { path: "top_k", label: "Length of the list", hint: "Metrics never depend on it." },
      { path: "retrieval_algorithm", label: "Search", hint: "`scann` is approximate, for large catalogues." },
      { path: "scann.num_leaves", label: "Leaves", hint: "Empty: the root of the number of products." },
      { path: "scann.num_leaves_to_search", label: "Leaves to search", hint: "Empty: a tenth of the leaves." },
      {
        path: "scann.num_reordering_candidates",
        label: "Candidates to reorder",
        hint: "Empty: ten times the length of the list.",
      },
      { path: "scann.dimensions_per_block", label: "Dimensions of a block", hint: "" },
    ],
  },
  {
    title: "Early stopping",
    fields: [
      { path: "early_stopping.enabled", label: "Stop when it no longer improves", hint: "Measured on the eval split." },
      { path: "early_stopping.metric", label: "Metric", hint: "Never a loss." },
      { path: "early_stopping.every_epochs", label: "Every so many epochs", hint: "" },
      { path: "early_stopping.patience", label: "Patience", hint: "Measurements without an improvement." },
      { path: "early_stopping.min_delta", label: "Smallest improvement", hint: "" },
      { path: "early_stopping.restore_best", label: "Keep the best epoch's weights", hint: "" },
    ],
  },
];

/** Where the schema says what a path may hold. */
export function schemaOf(path: string): [part: string, field: string] {
  const [first = "", second] = path.split(".");
  return second === undefined ? ["ModelConfig", first] : [PARTS[first] ?? first, second];
}

export function valueAt(content: Group, path: string) {
  const [first = "", second] = path.split(".");
  return second === undefined ? content[first] : group(content[first])[second];
}

/** With a path changed; a part that has nothing left goes with it. */
export function withValue(content: Group, path: string, value: Group[string] | undefined): Group {
  const [first = "", second] = path.split(".");
  if (second === undefined) return withField(content, first, value);
  const part = withField(group(content[first]), second, value);
  return withField(content, first, Object.keys(part).length === 0 ? undefined : part);
}

/** Fields that do nothing here, by what the service says of the model's type and of other choices. */
export function isApplicable(path: string, notApplicable: Group): boolean {
  return notApplicable[path.split(".")[0] ?? ""] === undefined;
}

/** What is stored: fields that do nothing would be refused as unknown (S0.2), and are kept in the form alone. */
export function storable(content: Group, notApplicable: Group): Group {
  return Object.fromEntries(Object.entries(content).filter(([name]) => notApplicable[name] === undefined));
}

const OWN = "model_config.";

/**
 * Problems worth telling: a field that the form leaves out when it saves is none. With a feature config beside it, the
 * service says in which of the two a problem is.
 */
export function relevant(problems: readonly Problem[], notApplicable: Group): Problem[] {
  return problems
    .map((problem) => (problem.path.startsWith(OWN) ? { ...problem, path: problem.path.slice(OWN.length) } : problem))
    .filter(({ code, path }) => code !== "E_UNKNOWN_FIELD" || isApplicable(path, notApplicable));
}

const RATES: Record<string, number> = choices.learning_rates;

/** The rate that an optimizer brings (S4.7); it is the config's until somebody writes another. */
export function rateOf(content: Group): { rate: number | null; own: boolean; optimizer: string; usual: number | null } {
  const optimizer = textOf(content.optimizer ?? limitsOf("ModelConfig", "optimizer").default);
  const usual = RATES[optimizer] ?? null;
  const written = content.learning_rate;
  const own = written !== undefined && written !== null;
  return { rate: own ? numberOf(written) : usual, own, optimizer, usual };
}

/** A new model config: all of it as it is by default (preset minimal, S4.6). */
export function blankModel(): Group {
  return { name: "", model_type: "retrieval" };
}

export interface PartCount {
  part: string;
  embeddings: number;
  trainable: number;
  nonTrainable: number;
  total: number;
}

/** Parameters of each part and of all (S4.14); empty while nobody has counted them. */
export function partCounts(parameters: Group): PartCount[] {
  const parts = group(parameters.parts);
  const named = ["query", "candidate", "head"].filter((part) => parts[part] !== undefined);
  const counted = named.map((part) => partCount(part, group(parts[part])));
  return numberOf(parameters.total) === null ? [] : [...counted, partCount("all", parameters)];
}

function partCount(part: string, counts: Group): PartCount {
  return {
    part,
    embeddings: numberOf(counts.embeddings) ?? 0,
    trainable: numberOf(counts.trainable) ?? 0,
    nonTrainable: numberOf(counts.non_trainable) ?? 0,
    total: numberOf(counts.total) ?? 0,
  };
}
