/** What an administrator looks after: runs that stand still, inputs that nobody could handle, places and money. */

import { duration } from "../common/time";
import lifecycle from "../copies/lifecycle.json";
import type { RunState, Time } from "../run/run";

/** An experiment that has not ended, as far as its health is concerned. */
export interface LiveRun {
  id: string;
  number: number | null;
  name: string;
  state: RunState;
  endpoint: string;
  createdAt: Time | null;
  /** Since when it is in its state. */
  enteredAt: Time | null;
  /** When anything about it was last written. */
  updatedAt: Time | null;
  /** Since when the provider refuses to let the service look. */
  unseenSince: Time | null;
  /** When its next attempt is due, while it rests before it. */
  retryAt: Time | null;
  reason: string | null;
}

/** What a model endpoint allows its experiments (S10.18); null: no limit. */
export interface EndpointRules {
  name: string;
  description: string;
  maxRunning: number | null;
  maxCostUsd: number | null;
  monthlyBudgetUsd: number | null;
}

/** Who holds a place: experiments that run now. */
export interface Holder {
  experiment: string;
  endpoint: string;
  since: Time | null;
}

/** What the attempts that ended in a month have cost. */
export interface Ledger {
  spentUsd: number;
  attempts: number;
}

/** An input that can never be handled as it came. */
export interface DeadLetter {
  id: string;
  source: string;
  reason: string;
  payload: string;
  experiment: string | null;
  count: number;
  firstAt: Time | null;
  lastAt: Time | null;
  /** When the sweep has looked after the experiment that it is about. */
  drainedAt: Time | null;
}

/** How far an endpoint's index and read models have been made anew. */
export interface Rebuild {
  askedBy: string;
  beganAt: Time | null;
  endedAt: Time | null;
  runs: number;
  changed: number;
  protocols: number;
  failed: string[];
}

const DEADLINES_S: Readonly<Record<string, number>> = lifecycle.deadlines_s;

/** As shared/stuck.py says it; tests/unit/stuck_cases.json holds both to the same cases. */
export function whyStuck(run: LiveRun, now: Time): "overdue" | "unseen" | "unbegun" | "silent" | null {
  const limit = DEADLINES_S[run.state];
  if (limit !== undefined && since(run.enteredAt, now) > limit + lifecycle.grace_s) return "overdue";
  if (run.unseenSince !== null) return "unseen";
  if (run.state !== "requested") return since(run.updatedAt, now) > lifecycle.quiet_s ? "silent" : null;
  const isBegun = run.retryAt === null || run.updatedAt === null || run.updatedAt >= run.retryAt;
  return !isBegun && since(run.retryAt, now) > lifecycle.grace_s ? "unbegun" : null;
}

/** Why a run stands still; null of one that moves, or that waits for its turn. */
export function stuckReason(run: LiveRun, now: Time): string | null {
  const ago = (time: Time | null) => duration(since(time, now));
  switch (whyStuck(run, now)) {
    case "overdue":
      return `past its deadline: ${run.state} may last ${duration(DEADLINES_S[run.state] ?? 0)} and has lasted ${ago(run.enteredAt)}`;
    case "unseen":
      return `the service has not been let look at it for ${ago(run.unseenSince)}`;
    case "unbegun":
      return `its next attempt was due ${ago(run.retryAt)} ago, and did not begin`;
    case "silent":
      return `nothing has been written about it for ${ago(run.updatedAt)}`;
    default:
      return null;
  }
}

const since = (time: Time | null, now: Time) => (time === null ? 0 : (now - time) / 1000);

export interface Health {
  running: LiveRun[];
  /** First come first served. */
  waiting: LiveRun[];
  stuck: { run: LiveRun; reason: string }[];
}

export function healthOf(runs: readonly LiveRun[], now: Time): Health {
  const ordered = runs.toSorted((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0));
  return {
    running: ordered.filter((run) => run.state !== "requested"),
    waiting: ordered.filter((run) => run.state === "requested"),
    stuck: ordered.flatMap((run) => {
      const reason = stuckReason(run, now);
      return reason === null ? [] : [{ run, reason }];
    }),
  };
}

const RECENT_MS = 7 * 24 * 3_600_000;

/** Those that nobody needs to look at any more are old. */
export function recentLetters(letters: readonly DeadLetter[], now: Time): number {
  return letters.filter((letter) => now - (letter.lastAt ?? 0) < RECENT_MS).length;
}

/** `2 runs stand still and 1 input could not be handled in the last 7 days.`; letters null: not for this role. */
export function healthSentence(stuck: number, letters: number | null): string {
  const told = [
    ...(stuck > 0 ? [stuck === 1 ? "1 run stands still" : `${stuck} runs stand still`] : []),
    ...(letters ? [`${letters} ${letters === 1 ? "input" : "inputs"} could not be handled in the last 7 days`] : []),
  ];
  return told.length === 0 ? "Nothing needs attention." : `${told.join(" and ")}.`;
}
