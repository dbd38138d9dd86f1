/** Resolved parameters and counts as a flat list of lines: what a run really used. */
import { capitalised, count, words } from "./format";
import type { Group, Value } from "./run";

export interface Line {
  label: string;
  text: string;
}

export function lines(group: Group): Line[] {
  return Object.entries(group).flatMap(([key, value]) => linesOf([words(key)], value));
}

function linesOf(path: string[], value: Value): Line[] {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, inner]) => linesOf([...path, words(key)], inner));
  }
  return [{ label: capitalised(path.join(", ")), text: valueText(value) }];
}

function valueText(value: Value): string {
  if (value === null) return "none";
  if (typeof value === "number") return Number.isInteger(value) ? count(value) : String(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? value.map(valueText).join(", ") : String(value);
}
