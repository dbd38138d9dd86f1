/** How long what belongs to a run is kept (S5.14), so that nobody meets an empty panel without a reason. */
import { isLive, type Run, type Time } from "./run";

export interface Kept {
  what: string;
  /** null: until the experiment is deleted. */
  until: Time | null;
  expired: boolean;
}

const DAY_MS = 86_400_000;
const DAYS: readonly [what: string, days: number | null][] = [
  ["Examples, raw and transformed", 7],
  ["Compiled pipeline and its working files", 30],
  ["Model and logs", 30],
  ["Result, curves, statistics, code and frozen configs", null],
];

/** Counted from the end of the run. Nothing expires of a starred one, nor on one machine; null while it runs. */
export function keptOf(run: Run, starred: boolean, local: boolean, now: Time): Kept[] | null {
  if (isLive(run) || run.endedAt === null) return null;
  const { endedAt } = run;
  return DAYS.map(([what, days]) => {
    const until = days === null || starred || local ? null : endedAt + days * DAY_MS;
    return { what, until, expired: until !== null && until <= now };
  });
}

/** Why nothing expires, where that is so. */
export function keptWords(starred: boolean, local: boolean): string {
  if (local) return "This is the one-machine stack: it keeps everything until the experiment is deleted.";
  if (starred) return "It is starred, so everything is kept until it is deleted.";
  return "Star it to keep everything. What has expired can be made again: `quicktest rerun` starts from the same rows.";
}
