/** Live reads of how a run was trained: what is one number an epoch, and distributions of weights and gradients. */
import { collection, documentId, type Firestore, query, type Unsubscribe, where } from "firebase/firestore";
import type { Time } from "../model/run/run";
import type { TrainingRecord } from "../model/training/training";
import type { Entries, WeightEpoch, WeightHistory } from "../model/training/weights";
import { joined } from "../model/training/weights";
import { type Fields, fields, listOf, mapOf, numberOrNull, text, textOrNull } from "./fields";
import { toEpoch } from "./read";
import { type OnError, type OnValue, watchDocument, watchQuery } from "./watch";

/** One record for each finished epoch; null before the first. */
export function watchTraining(
  db: Firestore,
  id: string,
  onValue: OnValue<TrainingRecord[] | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, `runs/${id}/details`, "history", toTraining, onValue, onError);
}

/** Weights and gradients by group. A document holds a few epochs, so that a new epoch sends only the last one again. */
export function watchWeights(
  db: Firestore,
  id: string,
  onValue: OnValue<WeightHistory>,
  onError: OnError,
): Unsubscribe {
  const details = collection(db, `runs/${id}/details`);
  const blocks = query(details, where(documentId(), ">=", "weights-"), where(documentId(), "<", "weights."));
  return watchQuery(
    blocks,
    (_, data) => toWeights(data),
    (found, fresh) => onValue(joined(found), fresh),
    onError,
  );
}

function toTraining(data: Fields): TrainingRecord[] {
  return listOf(data.epochs, toTrainingRecord).sort((a, b) => a.epoch - b.epoch);
}

function toTrainingRecord(data: Fields): TrainingRecord {
  const gradients = fields(fields(data.gradients).total);
  return {
    ...toEpoch(data),
    best: data.best === true,
    examples: numberOrNull(data.examples),
    examplesPerSecond: numberOrNull(data.examples_per_second),
    stepMsP50: numberOrNull(data.step_ms_p50),
    stepMsP95: numberOrNull(data.step_ms_p95),
    inputWaitShare: numberOrNull(data.input_wait_share),
    deviceMemoryBytes: numberOrNull(data.device_memory_peak_bytes),
    weightNorm: numberOrNull(fields(fields(data.weights).total).l2_norm),
    gradientNorm: numberOrNull(gradients.norm_mean),
    clippedShare: numberOrNull(gradients.clipped_share),
    time: toTime(data.time),
    problem: textOrNull(data.problem),
  };
}

/** Times of the trainer's records are texts. */
function toTime(value: unknown): Time | null {
  const millis = Date.parse(text(value));
  return Number.isNaN(millis) ? null : millis;
}

function toWeights(data: Fields): WeightHistory {
  const edges = fields(data.edges);
  return {
    edges: { weights: toNumbers(edges.weights), gradients: toNumbers(edges.gradients) },
    epochs: listOf(data.epochs, toWeightEpoch),
  };
}

function toWeightEpoch(data: Fields): WeightEpoch {
  return {
    epoch: numberOrNull(data.epoch) ?? 0,
    weights: mapOf(data.weights, (group) => ({
      ...toEntries(fields(group)),
      norm: numberOrNull(fields(group).l2_norm),
    })),
    gradients: mapOf(data.gradients, (group) => ({
      ...toEntries(fields(group)),
      normMean: numberOrNull(fields(group).norm_mean),
      normMax: numberOrNull(fields(group).norm_max),
      clippedShare: numberOrNull(fields(group).clipped_share),
    })),
  };
}

function toEntries(data: Fields): Entries {
  return {
    mean: numberOrNull(data.mean),
    std: numberOrNull(data.std),
    min: numberOrNull(data.min),
    max: numberOrNull(data.max),
    histogram: toNumbers(data.histogram),
    outside: numberOrNull(data.outside) ?? 0,
  };
}

function toNumbers(value: unknown): number[] {
  return Array.isArray(value) ? value.map((item) => numberOrNull(item) ?? 0) : [];
}
