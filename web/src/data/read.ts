/** Firestore documents as the page's plain objects. The shapes are those of the run document (design section 4). */
import {
  type EpochRecord,
  type Estimate,
  type Evaluation,
  type Headline,
  type Input,
  type Lift,
  type Measure,
  type Measures,
  type Mirror,
  type Problem,
  type Progress,
  type Request,
  RUN_STATES,
  type Run,
  type RunError,
  type Shape,
  type SourceFile,
  STAGE_STATES,
  type Stage,
  type Verdict,
} from "../model/run";
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
    attempt: numberOrNull(data.attempt) ?? 1,
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
    cancelRequestedAt: timeOrNull(fields(data.cancel).requested_at),
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
    mirror: isFields(data.mlflow) ? toMirror(data.mlflow) : null,
  };
}

export function toRequest(id: string, data: Fields): Request {
  return {
    id,
    name: text(data.name),
    featureConfig: text(data.feature_config),
    modelConfig: text(data.model_config),
    createdAt: timeOrNull(data.created_at),
  };
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

function toProblem(data: Fields): Problem {
  return {
    code: text(data.code),
    path: text(data.path),
    problem: text(data.problem),
    remedy: text(data.remedy),
    severity: oneOf(["error", "warning"] as const, data.severity, "error"),
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
  };
}

function toProgress(data: Fields): Progress {
  return { epochsDone: numberOrNull(data.epochs_done) ?? 0, epochs: numberOrNull(data.epochs) ?? 0 };
}

function toMirror(data: Fields): Mirror {
  return { state: text(data.state), url: textOrNull(data.url), reason: textOrNull(data.reason) };
}

function toEpoch(data: Fields): EpochRecord {
  return {
    epoch: numberOrNull(data.epoch) ?? 0,
    epochs: numberOrNull(data.epochs),
    train: mapOf(data.train, numberOrNull),
    evaluated: mapOf(data.eval, numberOrNull),
    learningRate: numberOrNull(data.learning_rate),
    seconds: numberOrNull(data.epoch_seconds),
  };
}
