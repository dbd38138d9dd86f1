/** What to run next (S7.15): a change to a run, why, what may come of it, and what it costs. */

import type { Row } from "../common/export";
import { words } from "../common/format";
import { formatOf } from "../common/registry";
import type { Group, Value } from "../run/run";

export interface Suggestion {
  /** Says which one it is in an address; another suggestion has another key, whenever it is computed. */
  key: string;
  /** Counts over all of a protocol, from 1; as the command line counts. */
  number: number;
  samplePercent: number;
  label: string;
  base: string;
  baseNumber: number | null;
  difference: Change[];
  reason: string;
  expected: Expected | null;
  costUsd: number | null;
  minutes: number | null;
  /** As a client writes it. */
  experiment: Group;
  /** A config that is not stored yet. */
  modelConfig: { id: string; content: Group } | null;
}

interface Change {
  name: string;
  from: Value;
  to: Value;
}

/** Between what the nearest runs reached. */
interface Expected {
  metric: string;
  low: number;
  high: number;
  n: number;
}

export interface SuggestionGroup {
  samplePercent: number;
  finished: number;
  /** Where the suggestions come from, or why there are none. */
  sentence: string;
  items: Suggestion[];
}

export interface Suggestions {
  groups: SuggestionGroup[];
  /** null: the endpoint has no budget. */
  budgetLeftUsd: number | null;
}

/** What to write to start it, but for who writes it and when. */
export function requestOfSuggestion(suggestion: Suggestion): Group {
  return suggestion.experiment;
}

const SEPARATOR = "~"; // stands in no id

/** `default__f88727ded1582bc0~suggestions~1k3f9ab`: the last part is made of what would be run. */
export function suggestionKey(insights: string, part: string, documents: Value): string {
  return [insights, part, fingerprint(JSON.stringify(documents))].join(SEPARATOR);
}

/** Where a key leads; null for a text that is none. */
export function placeOfKey(key: string): { insights: string; part: string } | null {
  const [insights, part, print, ...rest] = key.split(SEPARATOR);
  return insights && part && print && rest.length === 0 ? { insights, part } : null;
}

/** FNV-1a: 32 bits tell six suggestions apart. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash.toString(36);
}

/** Equal for a suggestion and for what was started of it: the same configs and sample, made of the same experiment. */
export function sameAs(request: Group): string {
  return JSON.stringify([request.parent, request.feature_config, request.model_config, request.sample_percent]);
}

const WORDS: Record<string, string> = {
  learning_rate: "rate",
  feature_config: "features",
  model_config: "model",
  structure: "layers",
  output_embedding_dim: "output",
  batch_size: "batch",
  logq_correction: "logQ",
  normalise_embeddings: "normalised",
  sample_percent: "sample %",
};

/** `rate 0.001 → 0.003`. */
export function changeWords({ name, from, to }: Change): string {
  const after = `${WORDS[name] ?? words(name)} `;
  return from === null ? after + valueWords(to) : `${after}${valueWords(from)} → ${valueWords(to)}`;
}

function valueWords(value: Value): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  return typeof value === "number" ? String(Number(value.toPrecision(6))) : String(value);
}

/** `recall@10 0.503 to 0.565 (the 5 nearest runs)`. */
export function expectedWords(expected: Expected | null): string {
  if (expected === null) return "unknown: too little is near";
  const number = formatOf(expected.metric);
  const range = `${number(expected.low)} to ${number(expected.high)}`;
  return `${words(expected.metric)} ${range} (the ${expected.n} nearest runs)`;
}

/** As a flat table. */
export function suggestionRows({ groups }: Suggestions): Row[] {
  return groups
    .flatMap(({ items }) => items)
    .map((item) => ({
      ...{ number: item.number, sample_percent: item.samplePercent, label: item.label, base: item.base },
      ...{ change: item.difference.map(changeWords).join(", "), reason: item.reason },
      ...{ expected_metric: item.expected?.metric ?? null, expected_low: item.expected?.low ?? null },
      ...{ expected_high: item.expected?.high ?? null, cost_usd: item.costUsd, minutes: item.minutes },
    }));
}

/** Why a suggestion may not be started now; null when it may. */
export function startProblem(
  suggestion: Suggestion,
  { mayEdit, started, budgetLeftUsd }: { mayEdit: boolean; started: boolean; budgetLeftUsd: number | null },
): string | null {
  if (!mayEdit) return "Viewers start no experiments: ask an administrator for the role editor.";
  if (started) return "Started already. New suggestions are computed when a run ends.";
  if (budgetLeftUsd !== null && suggestion.costUsd !== null && suggestion.costUsd > budgetLeftUsd)
    return `It costs more than the ${budgetLeftUsd.toFixed(2)} USD that are left of this month's budget.`;
  return null;
}
