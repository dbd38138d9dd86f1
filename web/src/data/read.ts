/** Firestore documents as the page's plain objects. The shapes are those of the run document (design section 4). */

import { DEFAULT_ENDPOINT } from "../model/common/endpoints";
import type { Frozen } from "../model/new/clone";
import {
  type Attempt,
  type Cancel,
  type Deletion,
  type EpochRecord,
  type Estimate,
  type Evaluation,
  FINALIZERS,
  type Headline,
  type Input,
  type Lift,
  type Measure,
  type Measures,
  type Mirror,
  type Origin,
  type Progress,
  type Request,
  RUN_STATES,
  type Run,
  type RunError,
  type Shape,
  type SourceFile,
  STAGE_STATES,
  type Stage,
  type Tombstone,
  type Verdict,
} from "../model/run/run";
import {
  type Fields,
  fields,
  groupOrNull,
  isFields,
  listOf,
  mapOf,
  numberOrNull,
  oneOf,
  plain,
  text,
  textOrNull,
  timeOrNull,
  toProblem,
} from "./fields";

const SPLITS = ["train", "eval", "test", "catalogue"];
const ALL = "all"; // the population of all test customers

export function toRun(id: string, data: Fields): Run {
  const names = fields(data.names);
  const headline = isFields(data.headline) ? toHeadline(data.headline) : null;
  const headlines = listOf(data.headlines, toHeadline);
  return {
    id,
    number: numberOrNull(data.number),
    state: oneOf(RUN_STATES, data.state, "unknown"),
    owner: text(data.owner),
    modelEndpoint: text(data.model_endpoint),
    modelType: textOrNull(data.model_type),
    protocols: mapOf(fields(data.grouping).protocols, text),
    parent: textOrNull(data.parent),
    origin: toOrigin(data.origin),
    attempt: numberOrNull(data.attempt) ?? 1,
    attempts: listOf(data.attempts, toAttempt),
    attemptLimit: numberOrNull(fields(data.limits).attempts),
    retryAt: timeOrNull(data.retry_at),
    createdAt: timeOrNull(data.created_at),
    startedAt: timeOrNull(data.started_at),
    endedAt: timeOrNull(data.ended_at),
    durationSeconds: numberOrNull(data.duration_seconds),
    names: {
      experiment: text(names.experiment),
      dataset: text(names.dataset),
      featureConfig: text(names.feature_config),
      modelConfig: text(names.model_config),
    },
    reason: textOrNull(data.reason),
    percent: numberOrNull(data.percent) ?? 0,
    stages: listOf(data.stages, toStage),
    cancel: isFields(data.cancel) ? toCancel(data.cancel) : null,
    deletion: isFields(data.deletion) ? toDeletion(data.deletion) : null,
    parameters: groupOrNull(data.parameters),
    counts: groupOrNull(data.counts),
    hardware: groupOrNull(data.hardware),
    estimate: isFields(data.estimate) ? toEstimate(data.estimate) : null,
    cost: groupOrNull(data.cost),
    remaining: isFields(data.remaining)
      ? { seconds: numberOrNull(data.remaining.seconds), atMost: data.remaining.at_most === true }
      : null,
    progress: isFields(data.progress) ? toProgress(data.progress) : null,
    problems: listOf(data.problems, toProblem),
    error: isFields(data.error) ? toError(data.error) : null,
    headline,
    headlines: headlines.length > 0 || headline === null ? headlines : [headline],
    metrics: isFields(data.metrics) ? toMeasures(data.metrics) : null,
    baselines: mapOf(data.baselines, toMeasures),
    modelUri: textOrNull(data.model_uri),
    specUri: textOrNull(fields(data.spec).uri),
    mirror: isFields(data.mlflow) ? toMirror(data.mlflow) : null,
    insights: mapOf(data.insights, text),
    logs: mapOf(data.logs, text),
  };
}

export function toRequest(id: string, data: Fields): Request {
  return {
    id,
    name: text(data.name),
    owner: text(data.owner),
    modelEndpoint: text(data.model_endpoint) || DEFAULT_ENDPOINT,
    parent: textOrNull(data.parent),
    origin: toOrigin(data.origin),
    featureConfig: text(data.feature_config),
    modelConfig: text(data.model_config),
    createdAt: timeOrNull(data.created_at),
    document: mapOf(data, plain),
  };
}

export function toTombstone(id: string, data: Fields): Tombstone {
  return {
    id,
    number: numberOrNull(data.number),
    name: text(data.name),
    deletedAt: timeOrNull(data.deleted_at),
    deletedBy: text(data.deleted_by),
    bytes: numberOrNull(data.bytes),
  };
}

/** When the configs that a run was started with were last changed before it; times in a snapshot are texts. */
export function toFrozen(data: Fields): Frozen {
  const configs = fields(data.configs);
  const changed = (name: string) => {
    const millis = Date.parse(text(fields(configs[name]).updated_at));
    return Number.isNaN(millis) ? null : millis;
  };
  return { feature_config: changed("feature_config"), model_config: changed("model_config") };
}

export function toHistory(data: Fields): EpochRecord[] {
  return listOf(data.epochs, toEpoch);
}

export function toEvaluation(data: Fields): Evaluation {
  return {
    metrics: mapOf(data.metrics, toMeasures),
    baselines: mapOf(data.baselines, (baseline) => mapOf(fields(baseline).metrics, toMeasures)),
    ceiling: mapOf(data.ceiling, numberOrNull),
    lift: mapOf(data.lift, (lift) => toLift(fields(lift), text(fields(lift).baseline))),
    segments: mapOf(data.segments, (segments) => mapOf(segments, toMeasures)),
    training: groupOrNull(data.training),
    warnings: listOf(data.warnings, (warning) => ({ code: text(warning.code), message: text(warning.message) })),
  };
}

/** The generated modules, then the query of each split. */
export function toSourceFiles(data: Fields): SourceFile[] {
  const queries = fields(data.sql);
  return [
    { name: "transform.py", text: text(data.transform) },
    { name: "trainer.py", text: text(data.trainer) },
    ...SPLITS.map((split) => ({ name: `${split}.sql`, text: text(queries[split]) })),
  ].filter((file) => file.text !== "");
}

/** The part of a snapshot that says what the towers are; null for a run of an earlier version. */
export function toShape(data: Fields): Shape | null {
  if (!isFields(data.shape)) return null;
  const { features, structure, parameters, target, filters } = data.shape;
  const layers = fields(structure);
  return {
    towers: ["query", "candidate"].map((name) => ({
      name,
      inputs: listOf(fields(features)[name], toInput),
      layers: text(layers[name]),
    })),
    head: textOrNull(layers.head),
    parameters: numberOrNull(fields(parameters).total),
    target: groupOrNull(target),
    filters: Array.isArray(filters) ? filters.map(text) : [],
  };
}

function toInput(data: Fields): Input {
  return { feature: text(data.feature), width: numberOrNull(data.width) ?? 0, share: numberOrNull(data.share) ?? 0 };
}

function toEstimate(data: Fields): Estimate {
  return {
    seconds: numberOrNull(data.total_seconds),
    usd: numberOrNull(data.total_usd),
    secondsRange: toRange(data.range_seconds),
    usdRange: toRange(data.range_usd),
  };
}

function toRange(value: unknown): [number, number] | null {
  const [low, high] = Array.isArray(value) ? value.map(numberOrNull) : [];
  return low == null || high == null ? null : [low, high];
}

export function toSnapshotFile(data: Fields): SourceFile {
  return { name: "snapshot.json", text: JSON.stringify(plain(data), null, 2) };
}

function toStage(data: Fields): Stage {
  return {
    name: text(data.name),
    state: oneOf(STAGE_STATES, data.state, "pending"),
    startedAt: timeOrNull(data.started_at),
    endedAt: timeOrNull(data.ended_at),
    note: textOrNull(data.note),
  };
}

function toMeasure(value: unknown): Measure {
  const data = fields(value);
  return {
    value: numberOrNull(data.value),
    low: numberOrNull(data.low),
    high: numberOrNull(data.high),
    n: numberOrNull(data.n),
    reason: textOrNull(data.reason),
  };
}

function toMeasures(value: unknown): Measures {
  return mapOf(value, toMeasure);
}

function toHeadline(data: Fields): Headline {
  const lift = isFields(data.lift) ? toLift(data.lift, text(fields(data.baseline).name)) : null;
  return { metric: text(data.metric), population: text(data.population) || ALL, measure: toMeasure(data), lift };
}

function toLift(data: Fields, baseline: string): Lift {
  const verdict = text(data.verdict).replaceAll("_", " ");
  return {
    baseline,
    value: numberOrNull(data.value),
    low: numberOrNull(data.low),
    high: numberOrNull(data.high),
    verdict: (["better", "worse", "cannot tell"] as const).find((known): known is Verdict => known === verdict) ?? null,
  };
}

function toError(data: Fields): RunError {
  return {
    code: text(data.code),
    title: text(data.title),
    explanation: text(data.explanation),
    suggestion: text(data.suggestion),
    severity: text(data.severity),
    component: textOrNull(data.component),
    raw: textOrNull(data.raw),
    file: textOrNull(data.file),
    line: numberOrNull(data.line),
    subject: textOrNull(data.subject),
  };
}

function toOrigin(value: unknown): Origin | null {
  return (["rerun", "clone"] as const).find((known) => known === value) ?? null;
}

function toAttempt(data: Fields): Attempt {
  return {
    attempt: numberOrNull(data.attempt) ?? 1,
    startedAt: timeOrNull(data.started_at),
    endedAt: timeOrNull(data.ended_at),
    error: isFields(data.error) ? toError(data.error) : null,
    region: textOrNull(data.region),
    spentUsd: numberOrNull(data.spent_usd),
  };
}

function toCancel(data: Fields): Cancel | null {
  const requestedAt = timeOrNull(data.requested_at);
  if (requestedAt === null) return null;
  return {
    requestedAt,
    phase: textOrNull(data.phase),
    stage: textOrNull(data.stage),
    spentUsd: numberOrNull(data.spent_usd),
  };
}

function toDeletion(data: Fields): Deletion {
  const left = Array.isArray(data.finalizers) ? data.finalizers : [];
  return {
    requestedAt: timeOrNull(data.requested_at),
    left: FINALIZERS.filter((finalizer) => left.includes(finalizer)),
  };
}

function toProgress(data: Fields): Progress {
  return { epochsDone: numberOrNull(data.epochs_done) ?? 0, epochs: numberOrNull(data.epochs) ?? 0 };
}

function toMirror(data: Fields): Mirror {
  return { state: text(data.state), url: textOrNull(data.url), reason: textOrNull(data.reason) };
}

export function toEpoch(data: Fields): EpochRecord {
  return {
    epoch: numberOrNull(data.epoch) ?? 0,
    epochs: numberOrNull(data.epochs),
    train: mapOf(data.train, numberOrNull),
    evaluated: mapOf(data.eval, numberOrNull),
    learningRate: numberOrNull(data.learning_rate),
    seconds: numberOrNull(data.epoch_seconds),
  };
}
