/** Whether small samples order configurations as large ones do (S7.16). */

export interface Agreement {
  small: number;
  large: number;
  n: number;
  needed: number;
  tau: number | null;
  low: number | null;
  high: number | null;
  trusted: boolean;
  sentence: string;
}

/** One configuration, run with both samples. */
export interface FidelityPair {
  small: number;
  large: number;
  smallValue: number;
  largeValue: number;
  smallExperiment: string;
  largeExperiment: string;
}

export interface Fidelity {
  samples: Agreement[];
  pairs: FidelityPair[];
  /** The best third at one size that nobody ran at the next. */
  promote: { small: number; large: number; experiments: string[] }[];
}

/** `10% samples can be trusted … ; Kendall's tau 0.71 (0.44 to 0.90)`. */
export function agreementWords({ sentence, tau, low, high }: Agreement): string {
  if (tau === null) return sentence;
  const interval = low === null || high === null ? "" : ` (${low.toFixed(2)} to ${high.toFixed(2)})`;
  return `${sentence}; Kendall's tau ${tau.toFixed(2)}${interval}`;
}
