/** What a run is measured by, in words, and the badges that its figures always wear (S2.14, S2.16). */
import { count } from "../common/format";
import type { Group, Run, Value } from "./run";

const KINDS: Record<string, string> = { strict_time: "strict", time_holdout: "holdout" };
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_MS = 86_400_000;

/** `strict 14 days to 9 Dec 2025, 812 customers, 3,684 products`: test customers and the whole catalogue, as lists and
 * dashboards say it (shared/insights/lists/entry_of.py). null before it is known. */
export function protocolWords(run: Run): string | null {
  const split = groupOf(run.parameters?.split);
  if (split === null) return null;
  const customers = groupOf(run.counts?.customers)?.test;
  const products = groupOf(run.counts?.rows)?.catalogue;
  const parts = [
    daysWords(split),
    typeof customers === "number" ? `${count(customers)} customers` : "",
    typeof products === "number" ? `${count(products)} products` : "",
    run.parameters?.exclude_purchased === true ? "without purchased" : "",
  ];
  return parts.filter(Boolean).join(", ");
}

export interface Badge {
  text: string;
  /** Why it matters. */
  why: string;
}

export function badgesOf(run: Run): Badge[] {
  const kind = groupOf(run.parameters?.split)?.kind;
  const percent = run.parameters?.sample_percent;
  return [
    ...(kind === "random"
      ? [
          {
            text: "optimistic: not a forecast",
            why: "The split is at random, so the model has seen purchases made after those that it must predict.",
          },
        ]
      : []),
    ...(typeof percent === "number" && percent < 100
      ? [{ text: `quick (${percent}%)`, why: `It was trained and measured on ${percent}% of the customers.` }]
      : []),
  ];
}

function daysWords(split: Group): string {
  const kind = typeof split.kind === "string" ? split.kind : "";
  const [last, first] = [dayOf(split.ref), dayOf(split.test_start)];
  const until = last === null ? "" : ` to ${last.getUTCDate()} ${MONTHS[last.getUTCMonth()]} ${last.getUTCFullYear()}`;
  if (last === null || first === null) return `${kind}${until}`;
  const days = Math.round((last.getTime() - first.getTime()) / DAY_MS) + 1;
  return `${KINDS[kind] ?? kind} ${days} ${days === 1 ? "day" : "days"}${until}`;
}

function dayOf(value: Value | undefined): Date | null {
  if (typeof value !== "string") return null;
  const day = new Date(`${value.slice(0, 10)}T00:00:00Z`);
  return Number.isNaN(day.getTime()) ? null : day;
}

function groupOf(value: Value | undefined): Group | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
}
