/** The parts of read models (shared/insights/charts) as plain objects; each reader takes what the JSON says. */
import type { ConfigUse, DatasetComparison, Tried } from "../model/dashboard/dashboard";
import type { Fidelity } from "../model/dashboard/fidelity";
import type { HeatAxis, Heatmap, Heatmaps } from "../model/dashboard/heatmap";
import type { TrainingMap } from "../model/dashboard/heatmap_training";
import type { Importance, Insight, ParameterRow, ParameterValue, ValueTold } from "../model/dashboard/importance";
import type { Board, BoardRow, Overlap, RunRow } from "../model/dashboard/leaderboard";
import type { Trend } from "../model/dashboard/trend";
import { type Fields, fields, isFields, listOf, numberOrNull, numbersOf, oneOf, text, textOrNull } from "./fields";
import { momentOrNull, toFigure, toLiftFigure, toNamedFigure } from "./insights";

const OVERLAPS = ["leader", "not distinguishable", "worse", "unknown"] as const satisfies readonly Overlap[];
const CONFIG_KINDS = ["dataset", "feature_config", "model_config"] as const;

export function toBoard(json: unknown): Board {
  const data = fields(json);
  return {
    metric: text(data.metric),
    samplePercent: numberOrNull(data.sample_percent) ?? 100,
    metrics: textsOf(data.metrics),
    rows: listOf(data.rows, toBoardRow),
    shared: numberOrNull(data.shared) ?? 0,
    leftOut: numberOrNull(data.left_out) ?? 0,
    finished: numberOrNull(data.finished) ?? 0,
  };
}

function toBoardRow(data: Fields): BoardRow {
  return data.kind === "baseline"
    ? { kind: "baseline", rank: null, name: text(data.name), ...toFigure(data) }
    : toRunRow(data);
}

function toRunRow(data: Fields): RunRow {
  const repeats = isFields(data.repeats) ? data.repeats : null;
  return {
    kind: "run",
    rank: numberOrNull(data.rank),
    overlap: oneOf(OVERLAPS, data.overlap, "unknown"),
    mark: text(data.mark),
    experiment: text(data.experiment),
    number: numberOrNull(data.number),
    name: text(data.name),
    ...toFigure(data),
    lift: toLiftFigure(data.lift),
    modelType: text(data.model_type),
    featureConfig: text(data.feature_config),
    modelConfig: text(data.model_config),
    owner: text(data.owner),
    endedAt: momentOrNull(data.ended_at),
    parameters: numberOrNull(data.parameters),
    seconds: numberOrNull(data.seconds),
    costUsd: numberOrNull(data.cost_usd),
    repeats: repeats && {
      n: numberOrNull(repeats.n) ?? 1,
      spread: numberOrNull(repeats.spread),
      experiments: textsOf(repeats.experiments),
    },
    metrics: numbersOf(data.metrics),
  };
}

export function toTrend(json: unknown): Trend {
  const data = fields(json);
  return {
    metric: text(data.metric),
    points: listOf(data.rows, (row) => ({
      endedAt: momentOrNull(row.ended_at) ?? 0,
      experiment: text(row.experiment),
      number: numberOrNull(row.number),
      ...toFigure(row),
      best: row.best === true,
    })),
    leftOut: numberOrNull(data.left_out) ?? 0,
    baseline: toNamedFigure(data.baseline),
  };
}

export function toHeatmaps(json: unknown): Heatmaps {
  const data = fields(json);
  return { maps: listOf(data.maps, toHeatmap), axes: textsOf(data.axes) };
}

function toHeatmap(data: Fields): Heatmap {
  return {
    metric: text(data.metric),
    n: numberOrNull(data.n) ?? 0,
    x: toAxis(data.x),
    y: toAxis(data.y),
    cells: listOf(data.cells, (cell) => ({
      x: numberOrNull(cell.x) ?? 0,
      y: numberOrNull(cell.y) ?? 0,
      n: numberOrNull(cell.n) ?? 0,
      mean: numberOrNull(cell.mean),
      best: text(cell.best),
      value: numberOrNull(cell.value),
    })),
  };
}

function toAxis(value: unknown): HeatAxis {
  const data = fields(value);
  return { name: text(data.name), labels: textsOf(data.labels) };
}

/** The rows of a page of it; a long insight goes on in `-2`, `-3`, … */
export function toInsight(json: unknown): Insight {
  const data = fields(json);
  return {
    metric: text(data.metric),
    n: numberOrNull(data.n) ?? 0,
    needed: numberOrNull(data.needed) ?? 0,
    sentence: text(data.sentence),
    rows: listOf(data.rows, toParameter),
    leftOut: numberOrNull(data.left_out) ?? 0,
  };
}

function toParameter(data: Fields): ParameterRow {
  const curve = isFields(data.curve) ? data.curve : null;
  return {
    name: text(data.name),
    log: data.log === true,
    importance: isFields(data.importance) ? toImportance(data.importance) : null,
    values: listOf(data.values, toValue),
    curve: curve && { x: numbersOf(curve.x).map(orZero), ratio: numbersOf(curve.ratio).map(orZero) },
  };
}

function toImportance(data: Fields): Importance {
  return {
    value: numberOrNull(data.value) ?? 0,
    low: numberOrNull(data.low) ?? 0,
    high: numberOrNull(data.high) ?? 0,
    share: numberOrNull(data.share) ?? 0,
    rank: numberOrNull(data.rank) ?? 0,
  };
}

function toValue(data: Fields): ParameterValue {
  const told = numberOrNull(data.ratio) === null ? null : toTold(data);
  return { value: text(data.value), n: numberOrNull(data.n) ?? 0, mean: numberOrNull(data.mean), told };
}

function toTold(data: Fields): ValueTold {
  return {
    nWithout: numberOrNull(data.n_without) ?? 0,
    effect: numberOrNull(data.effect),
    effectLow: numberOrNull(data.effect_low),
    effectHigh: numberOrNull(data.effect_high),
    ratio: numberOrNull(data.ratio) ?? 1,
    ratioLow: numberOrNull(data.ratio_low) ?? 0,
    ratioHigh: numberOrNull(data.ratio_high) ?? Number.POSITIVE_INFINITY,
    evidence: data.evidence === true,
    together: listOf(data.together, (other) => ({
      parameter: text(other.parameter),
      value: text(other.value),
      share: numberOrNull(other.share) ?? 0,
    })),
  };
}

export function toTrainingMap(json: unknown): TrainingMap {
  const data = fields(json);
  return {
    metric: text(data.metric),
    rows: listOf(data.rows, (row) => ({
      experiment: text(row.experiment),
      number: numberOrNull(row.number),
      name: text(row.name),
      group: text(row.group),
      bestEpoch: numberOrNull(row.best_epoch) ?? 0,
      epochs: numbersOf(row.epochs).map(orZero),
      values: numbersOf(row.values),
      final: toFigure(row.final),
    })),
    missing: textsOf(data.missing),
  };
}

export function toFidelity(json: unknown): Fidelity {
  const data = fields(json);
  const sizes = (each: Fields) => ({ small: numberOrNull(each.small) ?? 0, large: numberOrNull(each.large) ?? 0 });
  return {
    samples: listOf(data.samples, (each) => ({
      ...sizes(each),
      n: numberOrNull(each.n) ?? 0,
      needed: numberOrNull(each.needed) ?? 0,
      tau: numberOrNull(each.tau),
      low: numberOrNull(each.low),
      high: numberOrNull(each.high),
      trusted: each.trusted === true,
      sentence: text(each.sentence),
    })),
    pairs: listOf(data.rows, (each) => ({
      ...sizes(each),
      smallValue: numberOrNull(each.small_value) ?? 0,
      largeValue: numberOrNull(each.large_value) ?? 0,
      smallExperiment: text(each.small_experiment),
      largeExperiment: text(each.large_experiment),
    })),
    promote: listOf(data.promote, (each) => ({ ...sizes(each), experiments: textsOf(each.experiments) })),
  };
}

/** How much of the grid of features and models was tried. */
export function toTried(json: unknown): Tried {
  const data = fields(json);
  const rows = listOf(data.rows, (row) => ({
    featureConfig: text(row.feature_config),
    modelConfig: text(row.model_config),
    state: text(row.state),
    runs: numberOrNull(row.runs) ?? 0,
    best: numberOrNull(fields(row.best).value),
    reason: textOrNull(row.reason),
  }));
  return { rows, untested: numberOrNull(data.untested) ?? 0, known: data.known === true };
}

export function toDatasetComparison(json: unknown): DatasetComparison {
  const data = fields(json);
  return {
    sentence: text(data.sentence),
    rows: listOf(data.rows, (row) => {
      const best = isFields(row.best) ? row.best : null;
      const lift = toLiftFigure(row.lift);
      return {
        dataset: text(row.dataset),
        name: text(row.name),
        family: text(row.family),
        metric: text(row.metric),
        runs: numberOrNull(row.runs) ?? 0,
        finished: numberOrNull(row.finished) ?? 0,
        samplePercent: numberOrNull(row.sample_percent),
        protocolName: text(row.protocol_name),
        best: best && { ...toFigure(best), experiment: text(best.experiment), number: numberOrNull(best.number) },
        lift: lift && { ...lift, relative: numberOrNull(fields(row.lift).relative) },
        customers: numberOrNull(row.customers),
        products: numberOrNull(row.products),
        density: numberOrNull(row.density),
        quality: numberOrNull(row.quality),
      };
    }),
  };
}

export function toConfigUse(json: unknown): ConfigUse {
  const data = fields(json);
  return {
    rows: listOf(data.rows, (row) => ({
      kind: oneOf(CONFIG_KINDS, row.kind, "dataset"),
      id: text(row.id),
      name: text(row.name),
      complexity: textOrNull(row.complexity),
      runs: numberOrNull(row.runs) ?? 0,
      finished: numberOrNull(row.finished) ?? 0,
      failed: numberOrNull(row.failed) ?? 0,
      lastEndedAt: momentOrNull(row.last_ended_at),
    })),
    links: listOf(data.links, (link) => ({
      fromKind: text(link.from_kind),
      from: text(link.from),
      to: text(link.to),
      runs: numberOrNull(link.runs) ?? 0,
    })),
  };
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(text) : [];
}

function orZero(value: number | null): number {
  return value ?? 0;
}
