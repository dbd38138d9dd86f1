/** Suggestions (S7.15): reading them, and writing what starts one. */
import { collection, type Firestore, query, type Unsubscribe, where } from "firebase/firestore";
import {
  placeOfKey,
  requestOfSuggestion,
  type Suggestion,
  type SuggestionGroup,
  type Suggestions,
  sameAs,
  suggestionKey,
} from "../model/dashboard/suggestions";
import { createExperiment, writeOnce } from "./commands";
import { type Fields, fields, groupOrNull, isFields, listOf, mapOf, numberOrNull, plain, text } from "./fields";
import { readPart, watchPart } from "./insights";
import { type OnError, type OnValue, watchQuery } from "./watch";

const PART = "suggestions";
const MOST_BASES = 30; // that one query may name

/** Of a protocol; null while none have been computed. */
export function watchSuggestions(
  db: Firestore,
  insights: string,
  onValue: OnValue<Suggestions | null>,
  onError: OnError,
): Unsubscribe {
  return watchPart(db, insights, PART, (json) => toSuggestions(insights, json), onValue, onError);
}

/** What a key leads to; null when other suggestions have taken its place. */
export async function readSuggestion(db: Firestore, key: string): Promise<Suggestion | null> {
  const place = placeOfKey(key);
  if (place === null) return null;
  const { groups } = toSuggestions(place.insights, await readPart(db, place.insights, place.part));
  return groups.flatMap(({ items }) => items).find((item) => item.key === key) ?? null;
}

/** What was made of these experiments so far, each as `sameAs` says it. */
export function watchStarted(
  db: Firestore,
  bases: readonly string[],
  onValue: OnValue<ReadonlySet<string>>,
  onError: OnError,
): Unsubscribe {
  const children = query(collection(db, "experiments"), where("parent", "in", bases.slice(0, MOST_BASES)));
  return watchQuery(
    children,
    (_, data) => sameAs(mapOf(data, plain)),
    (found, fresh) => onValue(new Set(found), fresh),
    onError,
  );
}

/** Writes the model config that it needs, unless somebody has, then the experiment, whose id the page chose before. */
export async function startSuggestion(db: Firestore, suggestion: Suggestion, id: string, uid: string): Promise<void> {
  const { modelConfig } = suggestion;
  if (modelConfig !== null) await writeOnce(db, "model_configs", modelConfig.id, modelConfig.content, uid);
  await createExperiment(db, id, requestOfSuggestion(suggestion), uid);
}

function toSuggestions(insights: string, json: unknown): Suggestions {
  const data = fields(json);
  let number = 0;
  const toGroup = (group: Fields): SuggestionGroup => {
    const samplePercent = numberOrNull(group.sample_percent) ?? 100;
    return {
      samplePercent,
      finished: numberOrNull(group.finished) ?? 0,
      sentence: text(group.sentence),
      items: listOf(group.items, (item) => {
        number += 1;
        return toSuggestion(insights, samplePercent, number, item);
      }),
    };
  };
  return { groups: listOf(data.groups, toGroup), budgetLeftUsd: numberOrNull(data.budget_left_usd) };
}

function toSuggestion(insights: string, samplePercent: number, number: number, data: Fields): Suggestion {
  const documents = fields(data.documents);
  const expected = isFields(data.expected) ? data.expected : null;
  return {
    key: suggestionKey(insights, PART, plain(documents)),
    number,
    samplePercent,
    label: text(data.label),
    base: text(data.base),
    baseNumber: numberOrNull(data.base_number),
    difference: listOf(data.difference, (each) => ({
      name: text(each.name),
      from: plain(each.from),
      to: plain(each.to),
    })),
    reason: text(data.reason),
    expected: expected && {
      metric: text(expected.metric),
      low: numberOrNull(expected.low) ?? 0,
      high: numberOrNull(expected.high) ?? 0,
      n: numberOrNull(expected.n) ?? 0,
    },
    costUsd: numberOrNull(data.cost_usd),
    minutes: numberOrNull(data.minutes),
    experiment: groupOrNull(documents.experiment) ?? {},
    modelConfig: toModelConfig(documents.model_config),
  };
}

function toModelConfig(value: unknown): Suggestion["modelConfig"] {
  const { id, ...content } = groupOrNull(value) ?? {};
  return typeof id === "string" ? { id, content } : null;
}
