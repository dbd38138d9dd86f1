/** Deleting, and what is left of it (S5.13). */

import { count } from "../common/format";
import { experiments } from "./actions";
import type { Deletion, Finalizer, Run, Tombstone } from "./run";

const STEPS: Record<Finalizer, string> = {
  cloud: "waiting until nothing of it runs or is read",
  mirror: "removing it from MLflow",
  objects: "removing its files",
  details: "removing its details",
};

/** What a deletion is at. */
export function deletionStep(deletion: Deletion): string {
  const [next] = deletion.left;
  return next === undefined ? "removing the rest" : STEPS[next];
}

/** `Exp #12 was deleted; 3.2 MB freed`, `3 experiments were deleted; 12 MB freed`. */
export function deletedSentence(tombstones: Tombstone[]): string {
  const [first] = tombstones;
  if (first === undefined) return "";
  const what = tombstones.length === 1 ? `${shortName(first)} was` : `${experiments(tombstones.length)} were`;
  const freed = freedWords(tombstones);
  return `${what} deleted${freed === "" ? "" : `; ${freed}`}`;
}

/** `3.2 MB freed`; empty when nobody counted. */
export function freedWords(tombstones: Tombstone[]): string {
  const sizes = tombstones.flatMap(({ bytes }) => (bytes === null ? [] : [bytes]));
  return sizes.length === 0 ? "" : `${sizeWords(sizes.reduce((sum, bytes) => sum + bytes))} freed`;
}

/** `Exp #12` (S5.4), or what else tells an experiment apart. */
export function shortName({ number, name }: { number: number | null; name: string }): string {
  return number === null ? name || "An experiment without a number" : `Exp #${number}`;
}

export function shortNameOf(run: Run): string {
  return shortName({ number: run.number, name: run.names.experiment });
}

/** `512 B`, `3.2 MB`. */
export function sizeWords(bytes: number): string {
  const units = ["kB", "MB", "GB", "TB"];
  if (bytes < 1_000) return `${count(bytes)} B`;
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), units.length);
  const value = bytes / 1_000 ** power;
  return `${value < 10 ? value.toFixed(1) : count(value)} ${units[power - 1]}`;
}
