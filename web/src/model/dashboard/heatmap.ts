/**
 * Any two parameters against any metric, in one fidelity group (S7.11). What functions have drawn beforehand is read;
 * other pairs and metrics are computed here from the index, as shared/insights/charts/{leaves,heatmap}.py do.
 */
import type { Row } from "../common/export";
import { kindOf } from "../common/registry";
import { quoted } from "../query/text";
import type { Time } from "../run/run";
import type { Figure } from "./insights";

type Parameter = string | number | boolean;

/** What an index keeps of an ended run, as far as charts are made of it. */
export interface Measured {
  experiment: string;
  number: number | null;
  state: string;
  modelType: string;
  samplePercent: number;
  endedAt: Time | null;
  protocols: Readonly<Record<string, string>>;
  parameters: Readonly<Record<string, Parameter>>;
  metrics: Readonly<Record<string, Figure>>;
}

export interface HeatAxis {
  name: string;
  labels: string[];
}

export interface HeatCell {
  x: number;
  y: number;
  n: number;
  mean: number | null;
  /** The experiment with the cell's best value. */
  best: string;
  value: number | null;
}

export interface Heatmap {
  metric: string;
  n: number;
  x: HeatAxis;
  y: HeatAxis;
  /** A cell without runs is not there. */
  cells: HeatCell[];
}

/** What was drawn beforehand. */
export interface Heatmaps {
  maps: Heatmap[];
  /** Every parameter that varies, by importance. */
  axes: string[];
}

/** Finished runs of one fidelity group, by end: nothing else stands on one axis (S2.16). */
export function groupRuns<T extends Measured>(
  runs: readonly T[],
  protocol: string,
  samplePercent: number,
  modelType: string | null,
): T[] {
  const mine = runs.filter(
    (run) =>
      run.state === "completed" &&
      run.samplePercent === samplePercent &&
      Object.values(run.protocols).includes(protocol) &&
      (modelType === null || run.modelType === modelType),
  );
  return mine.sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0) || (a.number ?? 0) - (b.number ?? 0));
}

/** null where one of the two does not vary. */
export function heatmapOf(runs: readonly Measured[], metric: string, xName: string, yName: string): Heatmap | null {
  const known = runs.filter((run) => run.metrics[metric]?.value != null);
  const [x, y] = [leafOf(xName, column(known, xName)), leafOf(yName, column(known, yName))];
  if (x === null || y === null) return null;
  const sign = kindOf(metric).lowerIsBetter ? -1 : 1;
  const cells = new Map<number, { sum: number; n: number; best: string; value: number }>();
  known.forEach((run, i) => {
    const value = run.metrics[metric]?.value ?? 0;
    const place = (y.codes[i] ?? 0) * x.labels.length + (x.codes[i] ?? 0);
    const cell = cells.get(place) ?? { sum: 0, n: 0, best: run.experiment, value };
    const better = sign * value > sign * cell.value;
    const best = better ? { best: run.experiment, value } : { best: cell.best, value: cell.value };
    cells.set(place, { sum: cell.sum + value, n: cell.n + 1, ...best });
  });
  return {
    metric,
    n: known.length,
    x: { name: xName, labels: x.labels },
    y: { name: yName, labels: y.labels },
    cells: [...cells]
      .sort(([a], [b]) => a - b)
      .map(([place, { sum, n, best, value }]) => ({
        ...{ x: place % x.labels.length, y: Math.floor(place / x.labels.length) },
        ...{ n, mean: sum / n, best, value },
      })),
  };
}

/** The map with its axes changed for each other, when it was asked for that way. */
function turned(map: Heatmap): Heatmap {
  return { ...map, x: map.y, y: map.x, cells: map.cells.map((cell) => ({ ...cell, x: cell.y, y: cell.x })) };
}

/** The map of two parameters among those drawn beforehand; null when it is not among them. */
export function drawnMap({ maps }: Heatmaps, x: string, y: string): Heatmap | null {
  const map = maps.find((each) => each.x.name === x && each.y.name === y);
  const other = maps.find((each) => each.x.name === y && each.y.name === x);
  return map ?? (other === undefined ? null : turned(other));
}

const STEPS = 5;

/** The colour of a value: 0 to 4, more is better; one value alone is in the middle. */
export function heatStep(value: number, values: readonly number[], lowerIsBetter: boolean): number {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (low === high) return Math.floor(STEPS / 2);
  const share = (value - low) / (high - low);
  return Math.min(STEPS - 1, Math.floor((lowerIsBetter ? 1 - share : share) * STEPS));
}

/** What each colour stands for: from and to, the worst first. */
export function heatLegend(values: readonly number[], lowerIsBetter: boolean): [number, number][] {
  if (values.length === 0) return [];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const edge = (i: number) => (lowerIsBetter ? high - ((high - low) * i) / STEPS : low + ((high - low) * i) / STEPS);
  return Array.from({ length: STEPS }, (_, i) => [edge(i), edge(i + 1)]);
}

export function heatmapExport(map: Heatmap): Row[] {
  return map.cells.map((cell) => ({
    ...{ metric: map.metric, x_parameter: map.x.name, x: map.x.labels[cell.x] ?? "" },
    ...{ y_parameter: map.y.name, y: map.y.labels[cell.y] ?? "" },
    ...{ n: cell.n, mean: cell.mean, best: cell.best, value: cell.value },
  }));
}

// --------------------------------------------------------------------------------------------------------------- query

interface Where {
  protocol: string;
  samplePercent: number;
  modelType: string | null;
}

/** The list's query for the runs of a cell (S7.1); null for a parameter whose name cannot stand in one. */
export function cellQuery(map: Heatmap, cell: { x: number; y: number }, where: Where): string | null {
  const tests = [test(map.x, cell.x), test(map.y, cell.y)];
  if (tests.includes(null)) return null;
  const type = where.modelType === null ? [] : [`model_type = ${where.modelType}`];
  const group = [`protocol = ${where.protocol}`, `sample = ${where.samplePercent}`, "state = completed", ...type];
  return [...group, ...tests].join(" ");
}

const NAME = /^[a-z_][\w.×[\]-]*$/i;

function test({ name, labels }: HeatAxis, place: number): string | null {
  const label = labels[place];
  if (label === undefined || !NAME.test(name)) return null;
  if (label === OTHERS)
    return `NOT ${name} in (${labels
      .filter((each) => each !== OTHERS)
      .map(quoted)
      .join(", ")})`;
  const [low, high] = label.split(" to ");
  if (high === undefined) return `${name} = ${valueTest(name, label)}`;
  const span = `${name} >= ${low} ${name} <= ${high}`;
  return isFeature(name) && low === "0" ? `(${name} <= ${high} OR ${name} = none)` : span;
}

/** A feature that a run is without has the width 0 in charts, and is missing in the list. */
function valueTest(name: string, label: string): string {
  if (label === ABSENT || (label === "0" && isFeature(name))) return "none";
  return quoted(label);
}

// ---------------------------------------------------------------------------------------------------------------- leaf

const MOST_VALUES = 12;
const FEW_VALUES = 5;
const OTHERS = "others";
const ABSENT = "none";

interface Leaf {
  labels: string[];
  codes: number[];
}

function column(runs: readonly Measured[], name: string): (Parameter | undefined)[] {
  return runs.map((run) => run.parameters[name]);
}

/** One parameter as labels in natural order; null when it does not vary. */
function leafOf(name: string, values: readonly (Parameter | undefined)[]): Leaf | null {
  const absent = isFeature(name) ? 0 : ABSENT;
  const present = values.map((value) => value ?? absent);
  const distinct = new Set(present);
  if (distinct.size < 2) return null;
  const numbers = present.filter((value) => typeof value === "number");
  return distinct.size > 2 && numbers.length === present.length ? ofNumbers(numbers) : ofCategories(present);
}

/** Whether it is the width of one feature of a tower, or of the whole tower. */
function isFeature(name: string): boolean {
  return /^(query|candidate)\.(?!layers$)/.test(name);
}

function ofNumbers(numbers: readonly number[]): Leaf {
  const sorted = numbers.toSorted((a, b) => a - b);
  const distinct = [...new Set(sorted)];
  if (distinct.length <= Math.max(MOST_VALUES, FEW_VALUES)) {
    return { labels: distinct.map(valueText), codes: numbers.map((value) => distinct.indexOf(value)) };
  }
  const largest = sorted.at(-1) ?? 0;
  const inner = Array.from({ length: MOST_VALUES - 1 }, (_, i) => quantile(sorted, (i + 1) / MOST_VALUES));
  const edges = [...new Set(inner.filter((edge) => edge < largest))];
  const codes = numbers.map((value) => edges.filter((edge) => edge < value).length);
  const spans = Array.from({ length: edges.length + 1 }, (_, code) => numbers.filter((_, i) => codes[i] === code));
  return { labels: spans.map(span), codes };
}

/** The smallest value with at least this share of all at or below it. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length - 1e-9) - 1)] ?? 0;
}

function span(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? valueText(low) : `${valueText(low)} to ${valueText(high)}`;
}

function ofCategories(values: readonly Parameter[]): Leaf {
  const texts = values.map(valueText);
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const numeric = new Map(values.flatMap((value) => (typeof value === "number" ? [[valueText(value), value]] : [])));
  const byCount = [...counts.keys()].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || compared(a, b));
  const kept = byCount.length > MOST_VALUES ? byCount.slice(0, MOST_VALUES - 1) : byCount;
  const labels = kept.toSorted(
    (a, b) =>
      Number(!numeric.has(a)) - Number(!numeric.has(b)) ||
      (numeric.get(a) ?? 0) - (numeric.get(b) ?? 0) ||
      compared(a, b),
  );
  if (labels.length < counts.size) labels.push(OTHERS);
  return { labels, codes: texts.map((text) => (labels.includes(text) ? labels.indexOf(text) : labels.length - 1)) };
}

function compared(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** As the service's labels show it: `0.001`, `1024`, `1e-05`, `true` (Python's `.6g`). */
export function valueText(value: Parameter): string {
  if (typeof value !== "number") return String(value);
  const [digits = "", exponent = "0"] = value.toExponential(5).split("e");
  const power = Number(exponent);
  if (value !== 0 && (power < -4 || power >= 6)) {
    const mantissa = digits.replace(/\.?0+$/, "");
    return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  return String(Number(value.toPrecision(6)));
}
