/** What functions have computed of an endpoint's ended runs (S7): the heads that say what there is, and of when it is. */
import type { Time, Verdict } from "../run/run";

/** Every read model says when it was made, of how many runs, and whether newer results are on their way. */
export interface Freshness {
  /** null: it is being made for the first time. */
  computedAt: Time | null;
  runs: number | null;
  stale: boolean;
}

export interface Figure {
  value: number | null;
  low: number | null;
  high: number | null;
}

/** Above 0 the model is better, whatever the direction of the metric (S6.17). */
export interface LiftFigure extends Figure {
  baseline: string;
  verdict: Verdict | null;
}

export interface NamedFigure extends Figure {
  name: string;
}

/** The best run of a fidelity group. */
export interface Best extends Figure {
  experiment: string;
  number: number | null;
  name: string;
  lift: LiftFigure | null;
}

/** Runs of one protocol and one sample size: only they are ranked (S2.17). */
export interface Sample {
  samplePercent: number;
  runs: number;
  finished: number;
  failed: number;
  best: Best | null;
  baseline: NamedFigure | null;
}

/** One protocol of an endpoint. */
export interface GroupHead extends Freshness {
  id: string;
  protocol: string;
  family: string;
  name: string;
  metric: string;
  samples: Sample[];
  parts: string[];
}

/** `{endpoint}` or `{endpoint}__{protocol}`: the document of a read model. */
export function insightsId(endpoint: string, protocol?: string): string {
  return protocol === undefined ? endpoint : `${endpoint}__${protocol}`;
}

/** Both families of a multitask run measure the same rows, so their protocols need a word of their own. */
export function protocolName(head: { name: string; protocol: string; family: string }): string {
  const rows = head.name || head.protocol;
  return head.family === "rating" ? `${rows}, ratings` : rows;
}

/** `all customers`, `quick: 10% of the customers`. */
export function sampleWords(percent: number): string {
  return percent === 100 ? "all customers" : `quick: ${percent}% of the customers`;
}
