/** Rows in the order of one of their values. */
import type { Cell } from "./export";

export interface Order {
  column: string;
  descending: boolean;
}

/** What is missing comes last either way; texts as people read them (`item 9` before `item 10`); equals stay in place. */
export function ordered<T>(rows: readonly T[], value: (row: T) => Cell, descending: boolean): T[] {
  const sign = descending ? -1 : 1;
  return rows
    .map((row) => [value(row), row] as const)
    .sort(([a], [b]) => (a === null || b === null ? Number(a === null) - Number(b === null) : sign * compared(a, b)))
    .map(([, row]) => row);
}

function compared(a: Exclude<Cell, null>, b: Exclude<Cell, null>): number {
  if (typeof a === "string" || typeof b === "string") return TEXTS.compare(String(a), String(b));
  return Number(a) - Number(b);
}

/** Texts as people sort them. */
export const TEXTS = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
