/** How far eval and test have drifted from train (S7.4), in the words of the command line. */
import { MISSING } from "../common/format";
import { percent } from "./statistics";

export type Level = "strong" | "noticeable" | "none" | "unknown";

export interface DriftRow {
  feature: string;
  split: string;
  /** `missing`, `constant` or `type`: looked at before any size. */
  flag: string | null;
  said: string | null;
  /** Jensen-Shannon divergence in bits, 0 to 1. */
  js: number | null;
  lInfinity: number | null;
  /** What two samples of these sizes out of one distribution differ by. */
  byChance: number | null;
  level: Level;
  /** Splitting by time makes it so. */
  bySplit: boolean;
}

export const NOTICEABLE = 0.1;
export const STRONG = 0.25;
const TOLD: readonly Level[] = ["strong", "noticeable"];

/** `0.34 strong`, `missing`, `0.01`. */
export function driftCell(row: DriftRow | undefined): string {
  if (row === undefined) return MISSING;
  if (row.flag !== null) return row.flag;
  if (row.js === null) return MISSING;
  return TOLD.includes(row.level) ? `${row.js.toFixed(2)} ${row.level}` : row.js.toFixed(2);
}

/** What is worth saying about a row: `price, train to eval: divergence 0.34 (strong), …`. */
export function driftSentence(row: DriftRow): string {
  const because = row.bySplit ? "; splitting by time makes it so" : "";
  if (row.flag !== null) return `${row.feature} ${row.said ?? row.flag}${because}`;
  if (row.js === null) return `${row.feature}, train to ${row.split}: nothing to compare`;
  const level = TOLD.includes(row.level) ? row.level : "none";
  const size = `${row.feature}, train to ${row.split}: divergence ${row.js.toFixed(2)} (${level})`;
  const told = `${size}, largest difference of a share ${percent(row.lInfinity)}`;
  if (row.bySplit) return told + because;
  if (row.byChance === null || row.byChance < 0.01) return told;
  return `${told}; chance alone gives about ${row.byChance.toFixed(2)} with so few rows`;
}

/** What is to be marked: what the way of splitting makes is no alarm. */
export function alarm(row: DriftRow | undefined): "strong" | "noticeable" | null {
  if (row === undefined || row.bySplit) return null;
  return row.level === "strong" || row.level === "noticeable" ? row.level : null;
}

/** Flagged, or noticeable. */
export function isTold(row: DriftRow): boolean {
  return row.flag !== null || TOLD.includes(row.level);
}

/** What of a divergence is more than chance: a small split has some of it by itself. */
export function isMostlyChance({ js, byChance, flag }: DriftRow): boolean {
  return flag === null && js !== null && byChance !== null && byChance >= js / 2;
}

/** Rows by feature, then by split. */
export function byFeature(rows: readonly DriftRow[]): Map<string, Map<string, DriftRow>> {
  const found = new Map<string, Map<string, DriftRow>>();
  for (const row of rows) {
    const splits = found.get(row.feature) ?? new Map<string, DriftRow>();
    found.set(row.feature, splits.set(row.split, row));
  }
  return found;
}
