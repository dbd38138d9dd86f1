/** What a run is expected to take and to cost, and what it did cost (S5.8, S5.9). */

import { duration } from "../common/time";
import type { Run } from "./run";
import { isLive } from "./run";

/** `expected 4 to 12 min and 0.05 to 0.15 USD`, at the end `cost 0.08 USD, estimated 0.09 USD`; empty when unknown. */
export function costWords(run: Run): string {
  const { estimate } = run;
  const spent = run.cost?.computed;
  const total = typeof spent === "number" ? spent : null;
  const estimated = estimate?.usd ?? null;
  if (!isLive(run) && total !== null) {
    return `cost ${usd(total)}${estimated === null ? "" : `, estimated ${usd(estimated)}`}`;
  }
  if (estimate === null) return "";
  const [seconds, costs] = [estimate.secondsRange, estimate.usdRange];
  const time = seconds === null ? null : `${minutes(seconds[0])} to ${minutes(seconds[1])} min`;
  const cost = costs === null ? null : `${dollars(costs[0])} to ${usd(costs[1])}`;
  const parts = [time, cost].filter(Boolean).join(" and ");
  return parts && `expected ${parts}`;
}

export function usd(value: number): string {
  return `${dollars(value)} USD`;
}

/** Two digits that count, so that amounts of a column stand below each other. */
function dollars(value: number): string {
  if (value >= 0.1) return value.toFixed(value >= 100 ? 0 : 2);
  return value === 0 ? "0" : value < 0.001 ? "under 0.001" : value.toPrecision(2);
}

function minutes(seconds: number): string {
  return seconds < 600 ? (Math.round(seconds / 6) / 10).toString() : Math.round(seconds / 60).toString();
}

/** `about 3 min left`, `at most` while training may stop early, `longer than usual` without a number (S9.7). */
export function remainingWords(run: Run): string {
  if (run.remaining === null || !isLive(run)) return "";
  const { seconds, atMost } = run.remaining;
  if (seconds === null) return "longer than usual";
  return `${atMost ? "at most" : "about"} ${duration(seconds)} left`;
}
