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
}

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
  attempt: number;
  createdAt: Time | null;
  startedAt: Time | null;
  endedAt: Time | null;
  durationSeconds: number | null;
  names: { experiment: string; dataset: string; featureConfig: string; modelConfig: string };
  reason: string | null;
  percent: number;
  stages: Stage[];
  cancelRequestedAt: Time | null;
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
  mirror: Mirror | null;
}

/** The parts of results.json (S6.19) that the page shows; metrics are by population, then by name. */
export interface Evaluation {
  metrics: Record<string, Measures>;
  baselines: Record<string, Record<string, Measures>>;
  ceiling: Record<string, number | null>;
  lift: Record<string, Lift>;
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
  featureConfig: string;
  modelConfig: string;
  createdAt: Time | null;
}

export const TERMINAL: ReadonlySet<RunState> = new Set(["completed", "failed", "cancelled"]);

export function isLive(run: Run): boolean {
  return !TERMINAL.has(run.state);
}

/** The run that a request will become, so that both are shown by the same view. */
export function runOfRequest(request: Request): Run {
  return {
    id: request.id,
    number: null,
    state: "requested",
    attempt: 1,
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
    cancelRequestedAt: null,
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
    mirror: null,
  };
}
