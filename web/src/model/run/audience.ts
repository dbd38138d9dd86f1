/** Who a model works for: the populations of the test (S2.18) and segments of customers and products (S6.14). */
import { METRICS } from "../common/registry";
import type { Evaluation, Measure, Run } from "./run";

export interface AudienceRow {
  key: string;
  group: "population" | "customers" | "products";
  label: string;
  measure: Measure;
  /** The strongest baseline for the same ones, where it was measured. */
  baseline: { name: string; measure: Measure } | null;
}

const POPULATIONS: Record<string, string> = {
  all: "all test customers",
  in_sample: "customers in the sample",
  warm: "customers and products of train",
  cold_customer: "customers not in train",
  cold_product: "products not in train",
  new_pairs: "products new to the customer",
};
const ACTIVITY: Record<string, string> = {
  "0": "customers without a purchase in train",
  "1-2": "customers with 1-2 purchases",
  "3-9": "customers with 3-9 purchases",
  "10+": "customers with 10 or more purchases",
};
const POPULARITY: Record<string, string> = {
  head: "products that make half of the sales",
  middle: "products from there to 80% of the sales",
  tail: "all other products",
};

/** The metrics that segments are measured by, in the order of the registry. */
export function audienceMetrics(evaluation: Evaluation): string[] {
  const measured = new Set(
    Object.values(evaluation.segments).flatMap((segments) => Object.values(segments).flatMap(Object.keys)),
  );
  return METRICS.map(({ name }) => name).filter((name) => measured.has(name));
}

/** Those that anybody belongs to, by one metric; at 100% the sample is everybody, and is not told twice. */
export function audienceOf(run: Run, evaluation: Evaluation, metric: string): AudienceRow[] {
  const populations = Object.entries(POPULATIONS).flatMap(([key, label]) =>
    key === "in_sample" && run.headline?.population !== key
      ? []
      : rowOf(
          `population ${key}`,
          "population",
          label,
          evaluation.metrics[key]?.[metric],
          bestBaseline(evaluation, key, metric),
        ),
  );
  const of = (kind: string, words: Record<string, string>, group: AudienceRow["group"]) =>
    Object.entries(words).flatMap(([key, label]) =>
      rowOf(`${kind} ${key}`, group, label, evaluation.segments[kind]?.[key]?.[metric], null),
    );
  return [...populations, ...of("activity", ACTIVITY, "customers"), ...of("popularity", POPULARITY, "products")];
}

function rowOf(
  key: string,
  group: AudienceRow["group"],
  label: string,
  measure: Measure | undefined,
  baseline: AudienceRow["baseline"],
): AudienceRow[] {
  return measure === undefined || !measure.n ? [] : [{ key, group, label, measure, baseline }];
}

function bestBaseline(evaluation: Evaluation, population: string, metric: string): AudienceRow["baseline"] {
  const sign = METRICS.find(({ name }) => name === metric)?.lowerIsBetter ? -1 : 1;
  const measured = Object.entries(evaluation.baselines).flatMap(([name, populations]) => {
    const measure = populations[population]?.[metric];
    return measure === undefined || measure.value === null ? [] : [{ name, measure, score: sign * measure.value }];
  });
  const best = measured.sort((a, b) => b.score - a.score)[0];
  return best === undefined ? null : { name: best.name, measure: best.measure };
}
