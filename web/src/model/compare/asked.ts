/** What somebody asked to see of a comparison, as it stands in the address. */
import { limitsOf } from "../common/schema";
import documents from "../copies/documents.json";

export const BOUNDS = { fewest: bound("low"), most: bound("high") };

function bound(end: "low" | "high"): number {
  const found = limitsOf("SavedComparison", "experiments")[end];
  if (found === null) throw new Error("a comparison has bounds");
  return found;
}

/** What a comparison may be decided by. */
export const DECISIVE = limitsOf("SavedComparison", "metric").words;
const EXPERIMENT = new RegExp(documents.SavedComparison.properties.experiments.items.pattern);

export interface Asked {
  /** In the order in which they were made, each once: the same choice is the same comparison. */
  experiments: string[];
  /** Beyond the most that a comparison may hold, or no ids. */
  dropped: string[];
  metric: string | null;
  /** Whether what is equal is shown, too. */
  everything: boolean;
  /** Whose results are shown. */
  population: string;
}

export const POPULATIONS: Record<string, string> = {
  headline: "headline customers",
  all: "all test customers",
  in_sample: "customers of the sample",
  warm: "known customers and products",
  cold_customer: "new customers",
  cold_product: "new products",
  new_pairs: "products not bought before",
};

export function askedOf(search: string): Asked {
  const found = new URLSearchParams(search);
  const named = [...new Set((found.get("ids") ?? "").split(",").filter((id) => id !== ""))];
  const known = named.filter((id) => EXPERIMENT.test(id));
  const kept = known.slice(0, BOUNDS.most);
  const metric = found.get("metric");
  const population = found.get("population") ?? "";
  return {
    experiments: kept.toSorted(),
    dropped: named.filter((id) => !kept.includes(id)),
    metric: metric !== null && DECISIVE.includes(metric) ? metric : null,
    everything: found.get("all") === "1",
    population: population in POPULATIONS ? population : "headline",
  };
}

/** The fields of an address; `experiments` only where no saved comparison has them. */
export function searchOf({ experiments, metric, everything, population }: Partial<Asked>): Record<string, string> {
  return {
    ids: experiments?.join(",") ?? "",
    metric: metric ?? "",
    all: everything ? "1" : "",
    population: population === undefined || population === "headline" ? "" : population,
  };
}

/** What the id of a comparison is a digest of: canonical JSON (S0.7), as the command line writes it. */
export function canonical(experiments: readonly string[], metric: string | null): string {
  return JSON.stringify({ experiments, metric });
}
