/** What the page knows about an experiment: plain objects, free of Firestore. Times are milliseconds since 1970. */

export type Time = number;

export const RUN_STATES = [
  "requested",
  "preparing",
  "compiling",
  "submitting",
  "running",
  "collecting",
  "completed",
  "failed",
  "cancelling",
  "cancelled",
  "unknown", // a state that this page is too old to know
] as const;
export type RunState = (typeof RUN_STATES)[number];

export const STAGE_STATES = [
  "pending",
  "running",
  "done",
  "reused",
  "failed",
  "skipped",
  "cancelling",
  "cancelled",
] as const;
export type StageState = (typeof STAGE_STATES)[number];

export interface Stage {
  name: string;
  state: StageState;
  startedAt: Time | null;
  endedAt: Time | null;
  note: string | null;
}

/** A measured value with its interval; where one is missing, `reason` says why (S6.12). */
export interface Measure {
  value: number | null;
  low: number | null;
  high: number | null;
  n: number | null;
  reason: string | null;
}
export type Measures = Record<string, Measure>;

export type Verdict = "better" | "worse" | "cannot tell";

/** Model minus its best baseline (S6.17). */
export interface Lift {
  baseline: string;
  value: number | null;
  low: number | null;
  high: number | null;
  verdict: Verdict | null;
}

export interface Headline {
  metric: string;
  population: string;
  measure: Measure;
  lift: Lift | null;
}

export interface Problem {
  code: string;
  path: string;
  problem: string;
  remedy: string;
  severity: "error" | "warning";
}

export interface RunError {
  code: string;
  title: string;
  explanation: string;
  suggestion: string;
  severity: string;
  component: string | null;
  raw: string | null;
  /** Where the message points: a generated file and its line, and what it is about (S8.2). */
  file: string | null;
  line: number | null;
  subject: string | null;
}

/** An attempt that failed for a reason that may pass, and was followed by another (S8.3). */
export interface Attempt {
  attempt: number;
  startedAt: Time | null;
  endedAt: Time | null;
  error: RunError | null;
  region: string | null;
  spentUsd: number | null;
}

/** A wish to stop, and where the run was when it first saw it. */
export interface Cancel {
  requestedAt: Time;
  phase: string | null;
  stage: string | null;
  spentUsd: number | null;
}

export const FINALIZERS = ["cloud", "mirror", "objects", "details"] as const;
export type Finalizer = (typeof FINALIZERS)[number];

/** A deletion under way, and what is still to be done, in this order. */
export interface Deletion {
  requestedAt: Time | null;
  left: Finalizer[];
}

/** What is left of a deleted experiment. */
export interface Tombstone {
  id: string;
  number: number | null;
  name: string;
  deletedAt: Time | null;
  deletedBy: string;
  bytes: number | null;
}

export type Origin = "rerun" | "clone";

/** Losses of both splits, and on `evaluated` the metrics that training is watched by, all by their stored names. */
export interface EpochRecord {
  epoch: number;
  epochs: number | null;
  train: Record<string, number | null>;
  evaluated: Record<string, number | null>;
  learningRate: number | null;
  seconds: number | null;
}

export interface Progress {
  epochsDone: number;
  epochs: number;
}

/** What a run was expected to take before it began (S5.8, S5.9); ranges are of the middle 80% of runs. */
export interface Estimate {
  seconds: number | null;
  usd: number | null;
  secondsRange: [number, number] | null;
  usdRange: [number, number] | null;
}

/** What the towers read and are made of, frozen with the run: widths are never computed here (S3.13). */
export interface Shape {
  towers: { name: string; inputs: Input[]; layers: string }[];
  head: string | null;
  parameters: number | null;
  target: Group | null;
  filters: string[];
}

/** One feature or cross of a tower: its width and its share of the tower's input (S3.14). */
export interface Input {
  feature: string;
  width: number;
  share: number;
}

export interface Mirror {
  state: string;
  url: string | null;
  reason: string | null;
}

/** Nested values as they were stored: numbers, texts, lists and groups of them. */
export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };
export type Group = { [key: string]: Value };

export interface Run {
  id: string;
  number: number | null;
  state: RunState;
  owner: string;
  modelEndpoint: string;
  modelType: string | null;
  /** Keys of what it is measured by, for each family of metrics (S2.15). */
  protocols: Record<string, string>;
  /** The experiment that this one repeats or varies (S5.12). */
  parent: string | null;
  origin: Origin | null;
  attempt: number;
  /** The earlier ones, oldest first. */
  attempts: Attempt[];
  attemptLimit: number | null;
  /** A run that failed for a reason that may pass rests until then. */
  retryAt: Time | null;
  createdAt: Time | null;
  startedAt: Time | null;
  endedAt: Time | null;
  durationSeconds: number | null;
  names: { experiment: string; dataset: string; featureConfig: string; modelConfig: string };
  reason: string | null;
  percent: number;
  stages: Stage[];
  cancel: Cancel | null;
  deletion: Deletion | null;
  parameters: Group | null;
  counts: Group | null;
  hardware: Group | null;
  estimate: Estimate | null;
  cost: Group | null;
  /** Seconds left; null when it takes longer than usual. */
  remaining: { seconds: number | null; atMost: boolean } | null;
  progress: Progress | null;
  problems: Problem[];
  error: RunError | null;
  headline: Headline | null;
  /** A card for each family of metrics: two of a multitask run, whose first is `headline`. */
  headlines: Headline[];
  metrics: Measures | null;
  baselines: Record<string, Measures>;
  modelUri: string | null;
  /** The compiled pipeline. */
  specUri: string | null;
  mirror: Mirror | null;
  /** What of `statistics` and `schema` is there: `done`, or `failed: ` and why; nothing before their stage ends. */
  insights: Record<string, string>;
  /** Whose log is kept, by `a1-train`: `done`, `empty`, or `failed: ` and why. */
  logs: Record<string, string>;
}

/** The parts of results.json (S6.19) that the page shows; metrics are by population, then by name. */
export interface Evaluation {
  metrics: Record<string, Measures>;
  baselines: Record<string, Record<string, Measures>>;
  ceiling: Record<string, number | null>;
  lift: Record<string, Lift>;
  /** Metrics of the headline population, by kind (activity, popularity) and segment (S6.14). */
  segments: Record<string, Record<string, Measures>>;
  training: Group | null;
  warnings: { code: string; message: string }[];
}

export interface SourceFile {
  name: string;
  text: string;
}

/** An experiment document that no function has picked up yet. */
export interface Request {
  id: string;
  name: string;
  owner: string;
  modelEndpoint: string;
  parent: string | null;
  origin: Origin | null;
  featureConfig: string;
  modelConfig: string;
  createdAt: Time | null;
  /** As it was written: what a rerun or a clone copies. */
  document: Group;
}

export const TERMINAL: ReadonlySet<RunState> = new Set(["completed", "failed", "cancelled"]);

export const LIVE_STATES = RUN_STATES.filter((state) => !TERMINAL.has(state) && state !== "unknown");

export function isLive(run: Run): boolean {
  return !TERMINAL.has(run.state);
}

/** The run that a request will become, so that both are shown by the same view. */
export function runOfRequest(request: Request): Run {
  return {
    id: request.id,
    number: null,
    state: "requested",
    owner: request.owner,
    modelEndpoint: request.modelEndpoint,
    modelType: null,
    protocols: {},
    parent: request.parent,
    origin: request.origin,
    attempt: 1,
    attempts: [],
    attemptLimit: null,
    retryAt: null,
    createdAt: request.createdAt,
    startedAt: null,
    endedAt: null,
    durationSeconds: null,
    names: {
      experiment: request.name,
      dataset: "",
      featureConfig: request.featureConfig,
      modelConfig: request.modelConfig,
    },
    reason: "not picked up yet",
    percent: 0,
    stages: [],
    cancel: null,
    deletion: null,
    parameters: null,
    counts: null,
    hardware: null,
    estimate: null,
    cost: null,
    remaining: null,
    progress: null,
    problems: [],
    error: null,
    headline: null,
    headlines: [],
    metrics: null,
    baselines: {},
    modelUri: null,
    specUri: null,
    mirror: null,
    insights: {},
    logs: {},
  };
}
