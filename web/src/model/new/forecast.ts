/** What the service expects of an experiment before it is started (S2.11, S5.7 to S5.9), as the form shows it. */

import { count } from "../common/format";
import { duration, shortMonth } from "../common/time";
import { group, isGroup, list, numberOf, textOf } from "../common/values";
import type { Group, Value } from "../run/run";

const SPLITS = ["train", "eval", "test"] as const;
type SplitName = (typeof SPLITS)[number];
export const SPLIT_NAMES: Record<SplitName, string> = { train: "Train", eval: "Validation", test: "Test" };

interface SplitCount {
  split: SplitName;
  rows: number | null;
  customers: number | null;
  products: number | null;
  days: number | null;
}

export interface Bounds {
  kind: string;
  /** The last day. Days are texts: `2025-09-30`. */
  ref: string | null;
  testStart: string | null;
  valStart: string | null;
  trainStart: string | null;
}

export interface Part {
  name: string;
  value: number;
}

export interface CostForecast {
  seconds: number | null;
  secondsRange: [number, number] | null;
  usd: number | null;
  usdRange: [number, number] | null;
  stages: Part[];
  parts: Part[];
  /** Of the prices. */
  asOf: string | null;
  region: string | null;
}

interface Budget {
  /** Of one experiment; null: the endpoint sets none. */
  capUsd: number | null;
  monthlyUsd: number | null;
  spentUsd: number | null;
  remainingUsd: number | null;
}

export interface Forecast {
  counts: SplitCount[];
  /** Products that can be recommended. */
  catalogue: number | null;
  /** Rows older than the train split begins. */
  dropped: number;
  bounds: Bounds | null;
  samplePercent: number | null;
  epochs: number | null;
  batchSize: number | null;
  learningRate: number | null;
  hardware: { tier: string; reason: string; processing: string; workers: number } | null;
  cost: CostForecast | null;
  parameters: ParameterForecast | null;
  protocol: { name: string; keys: Record<string, string> } | null;
  budget: Budget | null;
  /** Why it would wait for a place (S10.18); null while there is one. */
  waits: string | null;
}

interface ParameterForecast {
  total: number;
  embeddings: number | null;
  /** By tower and head. */
  parts: Part[];
}

export function forecastOf(fields: Group): Forecast {
  const [counts, split, parameters] = [group(fields.counts), group(fields.split), group(fields.parameters)];
  const [rows, customers, products, days] = ["rows", "customers", "products", "days"].map((of) => group(counts[of]));
  return {
    counts: SPLITS.map((name) => ({
      split: name,
      rows: numberOf(rows?.[name]),
      customers: numberOf(customers?.[name]),
      products: numberOf(products?.[name]),
      days: numberOf(days?.[name]),
    })),
    catalogue: numberOf(rows?.catalogue),
    dropped: numberOf(counts.dropped) ?? 0,
    bounds: isGroup(fields.split) ? boundsOf(split) : null,
    samplePercent: numberOf(fields.sample_percent) ?? numberOf(parameters.sample_percent),
    epochs: numberOf(parameters.epochs),
    batchSize: numberOf(parameters.batch_size),
    learningRate: numberOf(parameters.learning_rate),
    hardware: isGroup(fields.hardware) ? hardwareOf(fields.hardware) : null,
    cost: isGroup(fields.estimate) ? costOf(fields.estimate) : null,
    parameters: isGroup(fields.parameter_count) ? parametersOf(fields.parameter_count) : null,
    protocol: isGroup(fields.protocol) ? protocolOf(fields.protocol) : null,
    budget: isGroup(fields.budget) ? budgetOf(fields.budget) : null,
    waits: textOf(fields.waits) || null,
  };
}

function boundsOf(split: Group): Bounds {
  const day = (name: string) => textOf(split[name]) || null;
  return {
    kind: textOf(split.kind),
    ref: day("ref"),
    testStart: day("test_start"),
    valStart: day("val_start"),
    trainStart: day("train_start"),
  };
}

function hardwareOf(hardware: Group): Forecast["hardware"] {
  const { tier, reason, processing, workers } = hardware;
  return {
    tier: textOf(tier),
    reason: textOf(reason),
    processing: textOf(processing),
    workers: numberOf(workers) ?? 0,
  };
}

const STAGE_ORDER = ["Compile", "Examples", "Statistics", "Schema", "Transform", "Train", "Collect"];

function costOf(estimate: Group): CostForecast {
  const prices = group(estimate.prices);
  const place = ({ name }: Part) => (STAGE_ORDER.includes(name) ? STAGE_ORDER.indexOf(name) : STAGE_ORDER.length);
  return {
    seconds: numberOf(estimate.total_seconds),
    secondsRange: rangeOf(estimate.range_seconds),
    usd: numberOf(estimate.total_usd),
    usdRange: rangeOf(estimate.range_usd),
    stages: partsOf(estimate.seconds).sort((a, b) => place(a) - place(b)),
    parts: partsOf(estimate.usd)
      .filter(({ value }) => value > 0)
      .sort((a, b) => b.value - a.value),
    asOf: textOf(prices.as_of) || null,
    region: textOf(prices.region) || null,
  };
}

function parametersOf(counted: Group): ParameterForecast {
  const parts = isGroup(counted.parts) ? counted.parts : counted;
  return {
    total: numberOf(counted.total) ?? 0,
    embeddings: numberOf(counted.embeddings),
    parts: ["query", "candidate", "head"].flatMap((name) => {
      const part = parts[name];
      const value = isGroup(part) ? numberOf(part.total) : numberOf(part);
      return value === null ? [] : [{ name, value }];
    }),
  };
}

function protocolOf(protocol: Group): Forecast["protocol"] {
  const keys = Object.entries(group(protocol.keys)).map(([family, key]) => [family, textOf(key)]);
  return { name: textOf(protocol.name), keys: Object.fromEntries(keys) };
}

function budgetOf(budget: Group): Budget {
  return {
    capUsd: numberOf(budget.cap_usd),
    monthlyUsd: numberOf(budget.monthly_budget_usd),
    spentUsd: numberOf(budget.spent_usd),
    remainingUsd: numberOf(budget.remaining_usd),
  };
}

function partsOf(value: Value | undefined): Part[] {
  return Object.entries(group(value)).flatMap(([name, each]) => {
    const found = numberOf(each);
    return found === null ? [] : [{ name, value: found }];
  });
}

function rangeOf(value: Value | undefined): [number, number] | null {
  const [low, high] = list(value).map(numberOf);
  return low == null || high == null ? null : [low, high];
}

/** An expected time: `40 s`, `7 min`, `1 h 05 min`; no estimate is good to the second (S9.7). */
export function aboutTime(seconds: number): string {
  const step = seconds < 120 ? 10 : seconds < 3_600 ? 60 : 300;
  const rounded = Math.round(seconds / step) * step;
  if (rounded < 120) return `${rounded} s`;
  return rounded < 3_600 ? `${rounded / 60} min` : duration(rounded);
}

/** `4 to 13 min`: both in the unit of the larger, where both have it. */
export function aboutRange([low, high]: [number, number]): string {
  const [from, to] = [aboutTime(low), aboutTime(high)];
  const [, unit] = to.split(" ");
  return from.split(" ").length === 2 && from.endsWith(` ${unit}`)
    ? `${from.split(" ")[0]} to ${to}`
    : `${from} to ${to}`;
}

// ----------------------------------------------------------------------------------------------------------- timeline

export interface Segment {
  splits: readonly SplitName[];
  /** First and last day, both inside. */
  from: string;
  to: string;
  days: number;
}

const DAY_MS = 86_400_000;

/** The days of each split, oldest first; empty for a split that days do not decide. `first`: the day of the oldest row. */
export function segmentsOf(bounds: Bounds, first: string | null): Segment[] {
  const { kind, ref, testStart, valStart } = bounds;
  if (kind === "random" || ref === null || testStart === null) return [];
  const begins = bounds.trainStart ?? first;
  const beforeTest = valStart ?? testStart;
  const learned = kind === "time_holdout" ? (["train", "eval"] as const) : (["train"] as const);
  return [
    ...(begins === null ? [] : segment(learned, begins, dayBefore(beforeTest))),
    ...(valStart === null ? [] : segment(["eval"], valStart, dayBefore(testStart))),
    ...segment(["test"], testStart, ref),
  ];
}

function segment(splits: readonly SplitName[], from: string, to: string): Segment[] {
  const days = Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
  return Number.isFinite(days) && days > 0 ? [{ splits, from, to, days }] : [];
}

function dayBefore(day: string): string {
  return new Date(Date.parse(day) - DAY_MS).toISOString().slice(0, 10);
}

const SHORT_DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });

/** `30 Sep 2025`. */
export function dayWords(day: string): string {
  const time = Date.parse(day);
  return Number.isNaN(time) ? day : shortMonth(DAY.format(time));
}

/** `30 Sep`. */
export function shortDay(day: string): string {
  const time = Date.parse(day);
  return Number.isNaN(time) ? day : shortMonth(SHORT_DAY.format(time));
}

/** `1 day`, `312 days`. */
export function daysWords(days: number): string {
  return days === 1 ? "1 day" : `${count(days)} days`;
}
