/** What a run is measured by, in words, and the badges that its figures always wear (S2.14, S2.16). */
import { count } from "../common/format";
import { group, numberOf, textOf } from "../common/values";
import type { Group, Value } from "./run";

const KINDS: Record<string, string> = { strict_time: "strict", time_holdout: "holdout" };
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_MS = 86_400_000;

/** `strict 14 days to 9 Dec 2025, 812 customers, 3,684 products`: test customers and the whole catalogue, as lists and
 * dashboards say it (shared/insights/lists/entry_of.py). Empty before it is known. */
export function protocolName(parameters: Group, counts: Group): string {
  const split = group(parameters.split);
  if (Object.keys(split).length === 0) return "";
  const customers = numberOf(group(counts.customers).test);
  const products = numberOf(group(counts.rows).catalogue);
  const parts = [
    daysWords(split),
    customers === null ? "" : `${count(customers)} customers`,
    products === null ? "" : `${count(products)} products`,
    parameters.exclude_purchased === true ? "without purchased" : "",
  ];
  return parts.filter(Boolean).join(", ");
}

interface Badge {
  text: string;
  /** Why it matters. */
  why: string;
}

/** What figures of such a run always wear (shared/protocol.py). */
export function badgesOf({ split, samplePercent }: { split: string; samplePercent: number }): Badge[] {
  return [
    ...(split === "random"
      ? [
          {
            text: "optimistic: not a forecast",
            why: "The split is at random, so the model has seen purchases made after those that it must predict.",
          },
        ]
      : []),
    ...(samplePercent < 100
      ? [
          {
            text: `quick (${samplePercent}%)`,
            why: `It was trained and measured on ${samplePercent}% of the customers.`,
          },
        ]
      : []),
  ];
}

function daysWords(split: Group): string {
  const kind = textOf(split.kind);
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
