/** Runs and baselines of one fidelity group, best first (S7.9): ranks, marks and words. */

import type { Row } from "../common/export";
import { count, MISSING, signed, words } from "../common/format";
import { formatOf, kindOf } from "../common/registry";
import type { Time } from "../run/run";
import type { Figure, LiftFigure } from "./insights";

export type Overlap = "leader" | "not distinguishable" | "worse" | "unknown";

export interface RunRow extends Figure {
  kind: "run";
  rank: number | null;
  overlap: Overlap;
  mark: string;
  experiment: string;
  number: number | null;
  name: string;
  lift: LiftFigure | null;
  modelType: string;
  featureConfig: string;
  modelConfig: string;
  owner: string;
  endedAt: Time | null;
  parameters: number | null;
  seconds: number | null;
  costUsd: number | null;
  /** Runs that differ in nothing but their seeds, folded into this row. */
  repeats: { n: number; spread: number | null; experiments: string[] } | null;
  /** By the board's `metrics`. */
  metrics: (number | null)[];
}

interface BaselineRow extends Figure {
  kind: "baseline";
  rank: null;
  name: string;
}

export type BoardRow = RunRow | BaselineRow;

export interface Board {
  metric: string;
  samplePercent: number;
  metrics: string[];
  rows: BoardRow[];
  /** Runs of rank 1. */
  shared: number;
  leftOut: number;
  finished: number;
}

/** The rows of a table: of the board's own metric all of them; of another one the runs that have it, with other ranks. */
export function boardRows(board: Board, metric: string, modelType: string | null): BoardRow[] {
  const rows = metric === board.metric ? board.rows : byMetric(board, metric);
  return rows.filter((row) => row.kind === "baseline" || modelType === null || row.modelType === modelType);
}

function byMetric(board: Board, metric: string): RunRow[] {
  const column = board.metrics.indexOf(metric);
  const sign = kindOf(metric).lowerIsBetter ? 1 : -1;
  const known = board.rows.flatMap((row) => {
    const value = row.kind === "run" ? row.metrics[column] : null;
    return row.kind === "run" && value != null ? [{ row, value }] : [];
  });
  known.sort((a, b) => sign * (a.value - b.value));
  return known.map(({ row, value }) => ({
    ...row,
    value,
    low: null,
    high: null,
    rank: 1 + known.findIndex((other) => other.value === value),
    overlap: "unknown" as const,
    mark: "",
    lift: null,
  }));
}

/** Whether it belongs to the first: those are shaded as one group. */
export function isFirst(row: BoardRow): boolean {
  return row.kind === "run" && (row.overlap === "leader" || row.overlap === "not distinguishable");
}

interface Mark {
  tone: "good" | "warn" | "bad" | "faint";
  text: string;
}

/** `best`, `below baseline`, `unproven`, `not compared`, `3 runs ±0.012`; a run that is not better is never best (S6.17). */
export function marksOf(row: BoardRow, board: Board): Mark[] {
  if (row.kind === "baseline") return [{ tone: "faint", text: "baseline" }];
  const found: Mark[] = [];
  if (row.mark === "best") found.push({ tone: "good", text: "★ best" });
  else if (row.mark === "below baseline") {
    const unproven = row.lift?.verdict === "cannot tell";
    found.push(unproven ? { tone: "warn", text: "unproven" } : { tone: "bad", text: "below baseline" });
  }
  if (row.overlap === "unknown" && row.rank !== null && row.low !== null)
    found.push({ tone: "faint", text: "not compared" });
  if (row.repeats !== null) {
    const spread = row.repeats.spread === null ? "" : ` ±${formatOf(board.metric)(row.repeats.spread)}`;
    found.push({ tone: "faint", text: `${row.repeats.n} runs${spread}` });
  }
  return found;
}

/** What must be known to read `rows` of a board. */
export function boardNotes(
  board: Board,
  rows: readonly BoardRow[],
  metric: string,
  modelType: string | null,
): string[] {
  const notes: string[] = [];
  const runs = rows.filter((row): row is RunRow => row.kind === "run");
  if (metric !== board.metric) {
    notes.push(`By ${words(metric)}: nobody has tested whether these differences are more than chance.`);
  } else {
    if (board.shared > 1)
      notes.push(`${board.shared} share rank 1 (shaded): the test customers cannot tell them from the best run.`);
    if (runs.some((row) => row.mark === "below baseline" && row.lift?.verdict === "cannot tell"))
      notes.push("Unproven: not shown to be above the best baseline, nor below it.");
    if (runs.some((row) => row.overlap === "unknown"))
      notes.push("Not compared: beyond the first 20, or without results of single customers; ranked by the figure.");
  }
  if (runs.some((row) => row.repeats !== null))
    notes.push("n runs: equal but for their seeds, as mean and standard deviation.");
  if (modelType !== null) notes.push("Ranks are among all types of model of this protocol.");
  if (board.leftOut > 0) notes.push(`${count(board.leftOut)} more rows are left out.`);
  return notes;
}

/** Above 0 the run is better, whatever the direction (S6.17); a ratio has a sign, a unit too. */
export function liftNumber(lift: LiftFigure | null, metric: string): string {
  if (lift?.value == null) return MISSING;
  if (kindOf(metric).unit === "ratio") return signed(lift.value);
  const size = formatOf(metric)(Math.abs(lift.value));
  return `${lift.value < 0 ? "−" : "+"}${size}`;
}

const SCALES: [number, string][] = [
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

/** `812`, `10k`, `3.4M`. */
export function shortCount(value: number | null): string {
  if (value === null) return MISSING;
  const [scale, letter] = SCALES.find(([size]) => value >= size) ?? [1, ""];
  const scaled = value / scale;
  return `${letter !== "" && scaled < 9.95 ? scaled.toFixed(1) : scaled.toFixed(0)}${letter}`;
}

/** As a flat table, one value a cell. */
export function boardExport(rows: readonly BoardRow[], board: Board, metric: string): Row[] {
  return rows.map((row): Row => {
    const figure = { metric, value: row.value, low: row.low, high: row.high };
    if (row.kind === "baseline") return { kind: row.kind, rank: null, experiment: null, name: row.name, ...figure };
    const measured = Object.fromEntries(board.metrics.map((name, i) => [`metrics.${name}`, row.metrics[i] ?? null]));
    return {
      ...{ kind: row.kind, rank: row.rank, experiment: row.experiment, number: row.number, name: row.name, ...figure },
      ...{ overlap: row.overlap, mark: row.mark, model_type: row.modelType },
      ...{ "lift.baseline": row.lift?.baseline ?? null, "lift.value": row.lift?.value ?? null },
      ...{ "lift.low": row.lift?.low ?? null, "lift.high": row.lift?.high ?? null },
      "lift.verdict": row.lift?.verdict ?? null,
      ...{ feature_config: row.featureConfig, model_config: row.modelConfig, owner: row.owner },
      ended_at: row.endedAt === null ? null : new Date(row.endedAt).toISOString(),
      ...{ parameters: row.parameters, seconds: row.seconds, cost_usd: row.costUsd },
      ...{ repeats: row.repeats?.n ?? 1, spread: row.repeats?.spread ?? null },
      ...measured,
    };
  });
}
