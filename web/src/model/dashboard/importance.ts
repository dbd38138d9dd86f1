/** What each parameter does to the headline metric, with counts and uncertainty (S7.12). */
import type { Row } from "../common/export";
import { formatOf, kindOf } from "../common/registry";

export interface Insight {
  metric: string;
  n: number;
  needed: number;
  sentence: string;
  rows: ParameterRow[];
  leftOut: number;
}

export interface ParameterRow {
  name: string;
  log: boolean;
  importance: Importance | null;
  values: ParameterValue[];
  /** Good runs' density over the others', along the numbers. */
  curve: { x: number[]; ratio: number[] } | null;
}

/** Standard deviations above chance, with the spread of them over resampled runs. */
export interface Importance {
  value: number;
  low: number;
  high: number;
  share: number;
  rank: number;
}

export interface ParameterValue {
  value: string;
  n: number;
  mean: number | null;
  /** What more runs tell: from 20 on. */
  told: ValueTold | null;
}

export interface ValueTold {
  nWithout: number;
  effect: number | null;
  effectLow: number | null;
  effectHigh: number | null;
  ratio: number;
  ratioLow: number;
  ratioHigh: number;
  evidence: boolean;
  together: { parameter: string; value: string; share: number }[];
}

/** The value that good runs have more often than others. */
export function bestValue(row: ParameterRow): ParameterValue | null {
  return row.values.reduce<ParameterValue | null>(
    (best, value) => ((value.told?.ratio ?? 0) > (best?.told?.ratio ?? 0) ? value : best),
    null,
  );
}

/** `Evidence: activation, optimizer. The others could be chance.` */
export function evidenceSentence(rows: readonly ParameterRow[]): string {
  const evident = rows.filter((row) => row.values.some((value) => value.told?.evidence)).map((row) => row.name);
  if (evident.length === 0) return "No parameter stands out: all of these differences could be chance.";
  return `Evidence: ${evident.join(", ")}.${evident.length < rows.length ? " The others could be chance." : ""}`;
}

/** Where an effect may be another parameter's. */
export function togetherSentence(row: ParameterRow, value: ParameterValue): string | null {
  const others = value.told?.together ?? [];
  if (others.length === 0) return null;
  const told = others.map(
    (other) => `${other.parameter} = ${other.value} (${Math.round(other.share * 100)}% of its runs)`,
  );
  return `${row.name} = ${value.value} is seen together with ${told.join(", ")}: the effect may be theirs.`;
}

/** `+0.193 (+0.114 to +0.275)`: in the metric's own direction. */
export function effectWords(told: ValueTold, metric: string): string {
  if (told.effect === null) return "–";
  const ends = told.effectLow === null || told.effectHigh === null ? "" : ` (${range(told, metric)})`;
  return `${withSign(told.effect, metric)}${ends}`;
}

function range({ effectLow, effectHigh }: ValueTold, metric: string): string {
  return `${withSign(effectLow ?? 0, metric)} to ${withSign(effectHigh ?? 0, metric)}`;
}

function withSign(value: number, metric: string): string {
  return `${value < 0 ? "−" : "+"}${formatOf(metric)(Math.abs(value))}`;
}

/** `×15.0 (2.2 to 100)`: how many times as often as the other runs. */
export function ratioWords({ ratio, ratioLow, ratioHigh }: ValueTold): string {
  return `×${times(ratio)} (${times(ratioLow)} to ${times(ratioHigh)})`;
}

function times(value: number): string {
  return value >= 99.5 ? value.toFixed(0) : value >= 9.95 ? value.toFixed(0) : value.toFixed(value < 0.095 ? 2 : 1);
}

/** What an effect means, since less may be better. */
export function effectNote(metric: string): string {
  const better = kindOf(metric).lowerIsBetter ? " Less is better." : "";
  return `Effect: mean with the value − mean without, 95% interval.${better}`;
}

export function insightExport(rows: readonly ParameterRow[]): Row[] {
  return rows.flatMap((row) =>
    row.values.map((value): Row => {
      const { told } = value;
      return {
        ...{ parameter: row.name, value: value.value, n: value.n, mean: value.mean },
        ...{ "importance.value": row.importance?.value ?? null, "importance.low": row.importance?.low ?? null },
        ...{ "importance.high": row.importance?.high ?? null, "importance.share": row.importance?.share ?? null },
        "importance.rank": row.importance?.rank ?? null,
        ...{ effect: told?.effect ?? null, effect_low: told?.effectLow ?? null, effect_high: told?.effectHigh ?? null },
        ...{ ratio: told?.ratio ?? null, ratio_low: told?.ratioLow ?? null, ratio_high: told?.ratioHigh ?? null },
        evidence: told?.evidence ?? null,
        together: told === null ? null : told.together.map((each) => `${each.parameter} = ${each.value}`).join("; "),
      };
    }),
  );
}
