/** The metric registry (S0.9): direction, unit and family of everything measured; a copy of shared/metrics.py. */

import registry from "../copies/registry.json";
import { quantity, ratio } from "./format";

export interface MetricKind {
  name: string;
  /** Whether a smaller value is the better one. */
  lowerIsBetter: boolean;
  unit: string;
  /** What it is a mean over. */
  per: string;
  family: string;
}

export const METRICS: MetricKind[] = registry.metrics.map(({ direction, ...kind }) => ({
  ...kind,
  lowerIsBetter: direction === "min",
}));
const BY_NAME = new Map(METRICS.map((kind) => [kind.name, kind]));

/** The metric that the card of each family leads with. */
export const HEADLINES: string[] = Object.values(registry.headlines);

/** What is known of a metric; one that this page is too old to know reads like a ratio. */
export function kindOf(name: string): MetricKind {
  return BY_NAME.get(name) ?? { name, lowerIsBetter: false, unit: "ratio", per: "customer", family: "retrieval" };
}

/** How values of a metric are written: ratios with three decimals, units of the target with four digits. */
export function formatOf(name: string): (value: number | null) => string {
  return kindOf(name).unit === "ratio" ? ratio : quantity;
}
