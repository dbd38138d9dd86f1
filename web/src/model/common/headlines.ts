/** Which metrics the results of each type of model lead with (shared/metrics.py: FAMILIES, HEADLINES). */
import registry from "../copies/registry.json";

const METRIC_OF: Readonly<Record<string, string>> = registry.headlines;

/** By type of model, the leading one first. */
export const HEADLINES_OF: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(registry.families).map(([type, families]) => [
    type,
    families.flatMap((family) => METRIC_OF[family] ?? []),
  ]),
);

/** The metric that a type of model leads with; null for a type that this page is too old to know, or none yet. */
export function headlineOf(modelType: string): string | null {
  return HEADLINES_OF[modelType]?.[0] ?? null;
}
