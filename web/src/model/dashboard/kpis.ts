/** Figures of an endpoint by type of model (S7.17). Zero, missing and failed are three different things. */

import { capitalised, count, MISSING } from "../common/format";
import { usd } from "../run/estimate";
import type { Best, Freshness } from "./insights";

export interface Overview extends Freshness {
  ended: number;
  finished: number;
  failed: number;
  kpis: Kpi[];
}

export interface Kpi {
  modelType: string;
  runs: number;
  finished: number;
  failed: number;
  cancelled: number;
  failedShare: number | null;
  medianMinutes: number | null;
  spend: Spend;
  /** Of each fidelity group, the latest used first. */
  best: KpiBest[];
}

interface Spend {
  /** `2026-11`: what was computed in an earlier month says nothing about this one. */
  month: string;
  usd: number | null;
  runs: number;
  unpriced: number;
}

export interface KpiBest extends Best {
  protocol: string;
  protocolName: string;
  samplePercent: number;
  metric: string;
}

export function modelTypeWords(type: string): string {
  return capitalised(type || "unknown type");
}

/** `1 run`, `26 runs`. */
export function runsWords(n: number): string {
  return `${count(n)} ${n === 1 ? "run" : "runs"}`;
}

/** `0.76 USD`, and what is not in it. */
export function spendWords(spend: Spend, month: string): { value: string; note: string } {
  if (spend.month !== month || spend.runs === 0) return { value: "0 USD", note: "no run ended this month" };
  const note = spend.unpriced === 0 ? runsWords(spend.runs) : `${runsWords(spend.unpriced)} of unknown price not in it`;
  if (spend.usd === null) return { value: "not known", note: `no price of ${runsWords(spend.runs)}` };
  return { value: usd(spend.usd), note };
}

/** `0.6 min`; runs of hours have no decimals. */
export function minutesWords(minutes: number | null): string {
  if (minutes === null) return MISSING;
  return `${minutes < 10 ? minutes.toFixed(1) : count(minutes)} min`;
}

export function failedWords(kpi: Kpi): { value: string; note: string } {
  const share = kpi.failedShare === null ? "" : `${Math.round(kpi.failedShare * 100)}% of ${runsWords(kpi.runs)}`;
  return { value: count(kpi.failed), note: kpi.failed === 0 ? "none" : share };
}
