/** Resolved parameters and counts as a flat list of lines: what a run really used. */
import { capitalised, count, words } from "../common/format";
import type { Group, Value } from "./run";

export interface Line {
  label: string;
  text: string;
}

/** Firestore keeps no order of keys, so people get the one in which a run uses them; other keys follow by name. */
const ORDER = [
  ...["epochs", "batch_size", "learning_rate", "sample_percent", "seed", "split_seed", "split"],
  ...["kind", "train_start", "val_start", "test_start", "ref"],
  ...["rows", "customers", "products", "train", "eval", "test", "catalogue"],
];

export function lines(group: Group): Line[] {
  return ordered(group).flatMap(([key, value]) => linesOf([words(key)], value));
}

/** `quantity, logarithm, zscore, clipped to percentiles 0 to 99` (S3.11). */
export function targetWords(target: Group): string {
  const { column, log, normalise, clip_percentiles: clip } = target;
  const clipped = Array.isArray(clip) ? `clipped to percentiles ${clip.join(" to ")}` : null;
  const parts = [column, log === true && "logarithm", normalise !== "none" && normalise, clipped];
  return parts.filter(Boolean).join(", ");
}

function ordered(group: Group): [string, Value][] {
  return Object.entries(group).sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
}

function rank(key: string): number {
  const index = ORDER.indexOf(key);
  return index < 0 ? ORDER.length : index;
}

function linesOf(path: string[], value: Value): Line[] {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    return ordered(value).flatMap(([key, inner]) => linesOf([...path, words(key)], inner));
  }
  return [{ label: capitalised(path.join(", ")), text: valueText(value) }];
}

function valueText(value: Value): string {
  if (value === null) return "none";
  if (typeof value === "number") return Number.isInteger(value) ? count(value) : String(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? value.map(valueText).join(", ") : String(value);
}
