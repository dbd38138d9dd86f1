/** What lists know of an experiment (domain S7.1): a copy of shared/insights/lists/entries.py. */
import { RUN_STATES, type RunState, TERMINAL, type Time } from "../run/run";

/** Numbers that one document of the index holds. */
export const BLOCK = 250;

export type Leaf = string | number | boolean;

/** A metric on the headline population, with its 95% interval where there is one and it is kept. */
export interface Figure {
  value: number | null;
  low: number | null;
  high: number | null;
}

/** Against the best baseline of the metric; above 0 the model is better (S6.17). */
export interface EntryLift {
  baseline: string;
  value: number;
  low: number | null;
  high: number | null;
  /** `better`, `worse`, `cannot_tell`. */
  verdict: string;
}

/** One experiment. Keys inside maps are as they are stored: `names.feature_config`, `metrics.recall_at_10`. */
export interface Entry {
  experiment: string;
  /** 0: it has none yet. */
  number: number;
  modelEndpoint: string;
  name: string;
  state: RunState;
  modelType: string;
  owner: string;
  createdAt: Time;
  /** Of a run that lives: when it was last changed. */
  endedAt: Time;
  durationSeconds: number;
  /** Its beginning, for searching. */
  description: string;
  tags: readonly string[];
  starred: boolean;
  parent: string | null;
  origin: string | null;
  dataset: string;
  featureConfig: string;
  modelConfig: string;
  /** Of the three configs. */
  names: Readonly<Record<string, string>>;
  /** Of their contents. */
  digests: Readonly<Record<string, string>>;
  /** Equal for runs that differ in seeds only. */
  repeat: string;
  split: string;
  samplePercent: number;
  seed: number;
  tier: string;
  /** Key by family of metrics. */
  protocols: Readonly<Record<string, string>>;
  /** `strict 14 days to 9 Dec 2025, 812 customers, 3,684 products` (S2.16). */
  protocolName: string;
  complexity: Readonly<Record<string, string>>;
  /** Code. */
  error: string | null;
  errorTitle: string | null;
  costUsd: number | null;
  parameterCount: number | null;
  /** Of the train split, as the next two. */
  customers: number | null;
  products: number | null;
  rows: number | null;
  epochsRun: number | null;
  bestEpoch: number | null;
  parameters: Readonly<Record<string, Leaf>>;
  /** This and the next two are empty unless the run completed. */
  metrics: Readonly<Record<string, Figure>>;
  lifts: Readonly<Record<string, EntryLift>>;
  /** The headline metric of each family: {baseline: {metric: figure}}. */
  baselines: Readonly<Record<string, Readonly<Record<string, Figure>>>>;
}

export function isEnded(entry: Entry): boolean {
  return TERMINAL.has(entry.state);
}

/** Newest first, as histories are. */
export function byNewest(a: Entry, b: Entry): number {
  return b.createdAt - a.createdAt || b.number - a.number || (a.experiment < b.experiment ? 1 : -1);
}

export function stateOf(text: string): RunState {
  return RUN_STATES.find((state) => state === text) ?? "unknown";
}
