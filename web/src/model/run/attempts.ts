/** Attempts of one experiment: what failed, and when it is tried again (S8.3). */

import { growing } from "../common/time";
import { isLive, type Run, type Time } from "./run";

export interface AttemptBanner {
  title: string;
  /** When the next attempt begins; null while one is under way. */
  at: Time | null;
  /** `in 28 s`; empty once it may begin. */
  countdown: string;
  why: string;
}

const OPENING = /^attempt \d+ of \d+( at [\d:]+ UTC)?: /; // of the service's sentence; the page shows local time

/** `attempt 2 of 3`; null for a first attempt. */
export function attemptWords(run: Run): string | null {
  if (run.attempt <= 1) return null;
  return `attempt ${run.attempt}${run.attemptLimit === null ? "" : ` of ${run.attemptLimit}`}`;
}

/** Whether a run rests between two attempts. */
export function isResting(run: Run): boolean {
  return run.state === "requested" && run.retryAt !== null && run.attempts.length > 0;
}

/** Why a run rests, without what the page says by itself: which attempt is next, and when. */
export function restingReason(run: Run): string | null {
  return run.reason?.replace(OPENING, "") ?? null;
}

/** What a live run that failed before says of it; null for first attempts and for what has ended. */
export function attemptBanner(run: Run, now: Time): AttemptBanner | null {
  const title = attemptWords(run);
  if (title === null || !isLive(run) || run.deletion !== null) return null;
  const failure = run.attempts.at(-1)?.error ?? null;
  const after = failure === null ? "" : `The last one ended with: ${failure.title}.`;
  if (!isResting(run) || run.retryAt === null) return { title, at: null, countdown: "", why: after };
  const seconds = Math.ceil((run.retryAt - now) / 1000);
  const countdown = seconds > 0 ? `in ${growing(seconds)}` : "";
  return { title, at: run.retryAt, countdown, why: restingReason(run) ?? after };
}
