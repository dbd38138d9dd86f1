/** What a dashboard looks at; datasets beside each other (S7.14), and what was built on them (S7.18). */
import { HEADLINES_OF } from "../common/headlines";
import { kindOf } from "../common/registry";
import type { Time } from "../run/run";
import type { Figure, GroupHead, LiftFigure, Sample } from "./insights";

export interface DatasetComparison {
  /** Why they are in this order. */
  sentence: string;
  rows: ComparedDataset[];
}

export interface ComparedDataset {
  dataset: string;
  name: string;
  family: string;
  metric: string;
  runs: number;
  finished: number;
  samplePercent: number | null;
  protocolName: string;
  best: (Figure & { experiment: string; number: number | null }) | null;
  lift: (LiftFigure & { relative: number | null }) | null;
  customers: number | null;
  products: number | null;
  density: number | null;
  quality: number | null;
}

/** Which feature config was tried with which model config, in one fidelity group (S7.11). */
export interface Tried {
  rows: TriedPair[];
  untested: number;
  /** Whether anybody looked which pairs fit together. */
  known: boolean;
}

interface TriedPair {
  featureConfig: string;
  modelConfig: string;
  /** `tested`, `failed`, `incompatible`. */
  state: string;
  runs: number;
  best: number | null;
  reason: string | null;
}

export interface ConfigUse {
  rows: UsedConfig[];
  links: UseLink[];
}

export interface UsedConfig {
  kind: "dataset" | "feature_config" | "model_config";
  id: string;
  name: string;
  /** `simple`, `medium`, `complex`; null: not known. */
  complexity: string | null;
  runs: number;
  finished: number;
  failed: number;
  lastEndedAt: Time | null;
}

interface UseLink {
  fromKind: string;
  from: string;
  to: string;
  runs: number;
}

/** What is looked at: all of it stands in the address. */
interface LookedAt {
  /** Empty: all types of model. */
  type: string;
  /** Protocols that measure this type of model. */
  groups: GroupHead[];
  group: GroupHead | null;
  sample: Sample | null;
  /** A protocol in the address that there is not. */
  gone: string | null;
}

/** What the address asks for, else the protocol with the most finished runs and its largest sample with one. */
export function lookedAt(search: URLSearchParams, groups: readonly GroupHead[], types: readonly string[]): LookedAt {
  const type = types.find((each) => each === search.get("type")) ?? "";
  const families = type === "" ? null : (HEADLINES_OF[type] ?? []).map((metric) => kindOf(metric).family);
  const offered = groups.filter(({ family }) => families === null || families.includes(family));
  const asked = search.get("protocol");
  const group = offered.find(({ protocol }) => protocol === asked) ?? offered[0] ?? null;
  const gone = asked !== null && !groups.some(({ protocol }) => protocol === asked) ? asked : null;
  const samples = group?.samples ?? [];
  const size = Number(search.get("sample"));
  const largest = samples.find(({ finished }) => finished > 0) ?? samples[0] ?? null;
  const sample = samples.find(({ samplePercent }) => samplePercent === size) ?? largest;
  return { type, groups: offered, group, sample, gone };
}
