/** Figures of a column in words (domain S1.30). */
import { count } from "../../common/format";
import { numberOf } from "../../common/values";
import type { Group } from "../../run/run";

export function nullShare(known: Group): number | null {
  const rows = numberOf(known.count);
  const nulls = numberOf(known.nulls);
  return rows === null || nulls === null || rows === 0 ? null : nulls / rows;
}

export function shareWords(value: number | null): string {
  if (value === null) return "not known";
  const percent = 100 * value;
  return percent > 0 && percent < 0.1 ? "below 0.1%" : `${percent.toFixed(percent === 0 || percent === 100 ? 0 : 1)}%`;
}

export function figure(value: number | null): string {
  return value === null ? "" : new Intl.NumberFormat("en", { maximumSignificantDigits: 5 }).format(value);
}

export function distinctWords({ approximate, distinct }: Group): string {
  return `${approximate === true ? "about " : ""}${count(numberOf(distinct))}`;
}
