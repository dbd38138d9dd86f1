/** Statistics of a run's examples (S7.3), in the words and figures of the command line (quicktest/statistics_words.py). */
import { count, MISSING } from "../common/format";

/** Bin i holds `counts[i]` values above `lows[i]` and up to `highs[i]`; an end that is not finite is null. */
export interface Bins {
  lows: (number | null)[];
  highs: (number | null)[];
  counts: (number | null)[];
}

export interface Numbers {
  zeros: number | null;
  min: number | null;
  median: number | null;
  max: number | null;
  mean: number | null;
  std: number | null;
  nan: number | null;
  histogram: Bins;
  quantiles: Bins;
}

export interface TopValue {
  value: string;
  count: number | null;
  share: number | null;
}

export interface Texts {
  unique: number | null;
  averageLength: number | null;
  top: TopValue[];
}

/** Of one feature in one split. */
export interface Figures {
  missing: number | null;
  present: number | null;
  values: number | null;
  length: { min: number | null; mean: number | null; max: number | null } | null;
  numbers: Numbers | null;
  texts: Texts | null;
}

export interface Feature {
  name: string;
  type: string;
  list: boolean;
  splits: Record<string, Figures>;
}

export interface Statistics {
  splits: { name: string; rows: number | null }[];
  features: Feature[];
  /** Features that would have been too much. */
  leftOut: number;
}

/** The kinds that features are filtered by. */
export const KINDS = ["number", "text", "time", "list"] as const;
export type Kind = (typeof KINDS)[number];

export const NO_FIGURES: Figures = {
  missing: null,
  present: null,
  values: null,
  length: null,
  numbers: null,
  texts: null,
};

const QUANTILES = [0.05, 0.25, 0.75, 0.95];
const NUMBERS = [
  ["min", "least"],
  ["median", "median"],
  ["max", "most"],
  ["mean", "mean"],
  ["std", "standard deviation"],
] as const;
const LENGTHS = [
  ["min", "shortest list"],
  ["mean", "mean length"],
  ["max", "longest list"],
] as const;

/** `list of text`, `integer`. */
export function typeWords(feature: Feature): string {
  return `${feature.list ? "list of " : ""}${feature.type}`;
}

/** Examples hold times as seconds since 1970 (S1.12): `times` are the features that are moments. */
export function kindOf(feature: Feature, times: ReadonlySet<string>): Kind {
  if (times.has(feature.name)) return "time";
  if (feature.list) return "list";
  return Object.values(feature.splits).some((figures) => figures.numbers !== null) ? "number" : "text";
}

/** `1,234`, `0.1235`, `2026-01-31 12:00`. */
export function figure(value: number | null | undefined, isTime = false): string {
  if (value === null || value === undefined) return MISSING;
  if (isTime && Math.abs(value) < 2e11) return value > -6e10 ? moment(value) : MISSING;
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return minus(value.toLocaleString("en"));
  const size = Math.abs(value);
  if (size < 100 || size >= 1e9) return minus(fourDigits(value));
  return minus(value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 }));
}

/** `12%`, `0.3%`, `0%`; what is there is never `0%`. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return MISSING;
  const hundredths = 100 * share;
  if (hundredths > 0 && hundredths < 0.1) return "<0.1%";
  return hundredths > 0 && hundredths < 9.95 ? `${hundredths.toFixed(1)}%` : `${hundredths.toFixed(0)}%`;
}

/** A feature in a split in a few words: `33.48 (2.41 to 3,382.68)`, `146 different`. */
export function summary(figures: Figures, isTime: boolean): string {
  const { numbers, texts } = figures;
  if (numbers !== null) {
    const [least, middle, most] = [numbers.min, numbers.median, numbers.max].map((value) => figure(value, isTime));
    if (isTime) return `${least?.slice(0, 10)} to ${most?.slice(0, 10)}`;
    return least === most ? `${middle}` : `${middle} (${least} to ${most})`;
  }
  return texts === null ? MISSING : `${count(texts.unique)} different`;
}

interface FiguresRow {
  heading: string;
  /** One for each split. */
  cells: string[];
}

/** All figures of a feature, splits side by side; rows that no split has are left out. */
export function rowsOf(feature: Feature, splits: readonly string[], isTime: boolean): FiguresRow[] {
  const all = splits.map((name) => feature.splits[name] ?? NO_FIGURES);
  const row = (heading: string, cell: (figures: Figures) => string): FiguresRow => ({
    heading,
    cells: all.map(cell),
  });
  const rows = [
    row("missing", ({ missing }) => percent(missing)),
    row("examples with it", ({ present }) => figure(present)),
  ];
  if (feature.list) {
    rows.push(row("values", ({ values }) => figure(values)));
    for (const [key, heading] of LENGTHS) rows.push(row(heading, ({ length }) => figure(length?.[key])));
  }
  if (all.some(({ numbers }) => numbers !== null)) {
    rows.push(row("zeros", ({ numbers }) => percent(numbers?.zeros)));
    for (const [key, heading] of NUMBERS)
      rows.push(row(heading, ({ numbers }) => figure(numbers?.[key], isTime && key !== "std")));
    for (const share of QUANTILES) {
      const cells = all.map(({ numbers }) => quantile(numbers?.quantiles ?? null, share));
      if (cells.some((cell) => cell !== null))
        rows.push({
          heading: `${Math.round(100 * share)}% are at most`,
          cells: cells.map((cell) => figure(cell, isTime)),
        });
    }
    if (all.some(({ numbers }) => numbers?.nan)) rows.push(row("not a number", ({ numbers }) => figure(numbers?.nan)));
  }
  if (all.some(({ texts }) => texts !== null)) {
    rows.push(row("different values", ({ texts }) => figure(texts?.unique)));
    rows.push(row("mean characters", ({ texts }) => figure(texts?.averageLength)));
  }
  return rows;
}

/** The value that a share of all values does not exceed; null unless a bin of equal counts ends there. */
export function quantile(bins: Bins | null, share: number): number | null {
  const highs = bins?.highs ?? [];
  const place = share * highs.length;
  const whole = Math.abs(place - Math.round(place)) < 1e-9;
  return highs.length > 0 && place >= 1 && whole ? (highs[Math.round(place) - 1] ?? null) : null;
}

// ------------------------------------------------------------------------------------------------------------ pictures

/** Left, width and height as shares of the picture. */
interface Box {
  left: number;
  width: number;
  height: number;
}

export interface Picture {
  split: string;
  boxes: Box[];
}

interface Pictures {
  /** The ends of the axis that all splits share. */
  low: number;
  high: number;
  pictures: Picture[];
}

const NARROWEST = 1 / 60;

/** A histogram for each split, on one axis; null when no split has one. */
export function picturesOf(
  feature: Feature,
  splits: readonly string[],
  kind: "histogram" | "quantiles",
): Pictures | null {
  const found = splits.flatMap((split) => {
    const bins = feature.splits[split]?.numbers?.[kind];
    return bins === undefined ? [] : [{ split, bins }];
  });
  const ends = found.flatMap(({ bins }) => [...bins.lows, ...bins.highs]).filter((end): end is number => end !== null);
  if (ends.length === 0) return null;
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  return { low, high, pictures: found.map(({ split, bins }) => ({ split, boxes: boxesOf(bins, low, high) })) };
}

/** Boxes whose area is the count: of quantiles, the wide ones are low. A value of its own is a narrow box. */
function boxesOf(bins: Bins, low: number, high: number): Box[] {
  const boxes = merged(scaled(bins, low, high)).map(([left, right, counted]) => ({
    left: Math.min(left, 1 - NARROWEST),
    share: Math.max(right - left, NARROWEST),
    counted,
  }));
  const tallest = Math.max(0, ...boxes.map(({ share, counted }) => counted / share));
  return boxes.map(({ left, share, counted }) => ({
    left,
    width: Math.min(share, 1 - left),
    height: counted / share / tallest,
  }));
}

type Span = [left: number, right: number, counted: number];

/** Bins that have ends and values, from 0 to 1. */
function scaled({ lows, highs, counts }: Bins, low: number, high: number): Span[] {
  const width = high - low;
  return lows.flatMap((from, i): Span[] => {
    const [to, counted] = [highs[i] ?? null, counts[i] ?? 0];
    if (from === null || to === null || counted <= 0) return [];
    return [width > 0 ? [(from - low) / width, (to - low) / width, counted] : [0, 1, counted]];
  });
}

/** Neighbours that are too narrow to be told apart are one. */
function merged(spans: Span[]): Span[] {
  const found: Span[] = [];
  for (const [left, right, counted] of spans) {
    const last = found.at(-1);
    if (last !== undefined && right - last[0] < 2 * NARROWEST) {
      last[1] = right;
      last[2] += counted;
    } else {
      found.push([left, right, counted]);
    }
  }
  return found;
}

// -------------------------------------------------------------------------------------------------------------- export

/** A row for each feature and split: what a spreadsheet is given. */
export function exportRows(statistics: Statistics): Record<string, string | number | null>[] {
  return statistics.features.flatMap((feature) =>
    statistics.splits.map(({ name: split }) => {
      const { missing, present, values, length, numbers, texts } = feature.splits[split] ?? NO_FIGURES;
      return {
        ...{ feature: feature.name, type: typeWords(feature), split, missing, present, values },
        ...{ zeros: numbers?.zeros ?? null, min: numbers?.min ?? null, median: numbers?.median ?? null },
        ...{ max: numbers?.max ?? null, mean: numbers?.mean ?? null, std: numbers?.std ?? null },
        ...{ different: texts?.unique ?? null, mean_characters: texts?.averageLength ?? null },
        ...{ shortest_list: length?.min ?? null, mean_length: length?.mean ?? null, longest_list: length?.max ?? null },
      };
    }),
  );
}

// --------------------------------------------------------------------------------------------------------------- words

function moment(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");
}

/** Python's `.4g`: `0.1235`, `1.235e+09`. */
function fourDigits(value: number): string {
  if (value === 0) return "0";
  const [digits = "", power = "0"] = value.toExponential(3).split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 4) return Number(value.toPrecision(4)).toString();
  return `${Number(digits)}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

function minus(text: string): string {
  return text.replaceAll("-", "−");
}
