/** The grid of feature configs and model configs of one group of results: what was tried, and what not (domain S7.11). */

import { group, groups, numberOf, textOf } from "../common/values";
import type { Group } from "../run/run";

interface CoverageConfig {
  id: string;
  name: string;
}

export interface Best {
  experiment: string;
  value: number;
  low: number | null;
  high: number | null;
}

/** `failed`: it was tried, and nothing of it ended with a result. */
type CoverageState = "tested" | "failed" | "untested" | "incompatible";

export interface CoverageCell {
  feature: CoverageConfig;
  model: CoverageConfig;
  state: CoverageState;
  runs: number;
  finished: number;
  best: Best | null;
  /** Why they cannot be used together. */
  reason: string | null;
}

export interface Coverage {
  features: CoverageConfig[];
  models: CoverageConfig[];
  /** By feature config, in the order of the models. */
  rows: CoverageCell[][];
  /** Whether it is known which configs fit each other; else an empty cell may be one that cannot be filled. */
  known: boolean;
  /** Pairs that could be tried and were not. */
  untested: number;
  /** Cells that did not fit into the read model. */
  leftOut: number;
}

/** From a part `coverage-…` of a group's read model. A pair that it does not name was not tried. */
export function toCoverage(part: Group): Coverage {
  const features = groups(part.features).map(toConfig);
  const models = groups(part.models).map(toConfig);
  const known = new Map(
    groups(part.rows).map((row) => [key(textOf(row.feature_config), textOf(row.model_config)), row]),
  );
  return {
    features,
    models,
    rows: features.map((feature) =>
      models.map((model) => toCell(feature, model, known.get(key(feature.id, model.id)) ?? {})),
    ),
    known: part.known === true,
    untested: numberOf(part.untested) ?? 0,
    leftOut: numberOf(part.left_out) ?? 0,
  };
}

function toConfig({ id, name }: Group): CoverageConfig {
  return { id: textOf(id), name: textOf(name) || textOf(id) };
}

function toCell(feature: CoverageConfig, model: CoverageConfig, row: Group): CoverageCell {
  const state = (["tested", "failed", "incompatible"] as const).find((each) => each === row.state) ?? "untested";
  const best = group(row.best);
  const value = numberOf(best.value);
  return {
    feature,
    model,
    state,
    runs: numberOf(row.runs) ?? 0,
    finished: numberOf(row.finished) ?? 0,
    best:
      value === null
        ? null
        : { experiment: textOf(best.experiment), value, low: numberOf(best.low), high: numberOf(best.high) },
    reason: textOf(row.reason) || null,
  };
}

function key(feature: string, model: string): string {
  return `${feature}\n${model}`;
}

/** How good a cell is among those there are, 0 (worst) to 4 (best), for its colour; null without a result. */
export function step(cell: CoverageCell, cells: readonly CoverageCell[], direction: "max" | "min"): number | null {
  const values = cells.flatMap(({ best }) => (best === null ? [] : [best.value]));
  if (cell.best === null) return null;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const share = high === low ? 1 : (cell.best.value - low) / (high - low);
  return Math.min(4, Math.floor((direction === "max" ? share : 1 - share) * 5));
}
