import { expect, test } from "vitest";
import { audienceMetrics, audienceOf } from "./audience";
import { type Evaluation, type Measure, type Run, runOfRequest } from "./run";

const measure = (value: number | null, n = 40): Measure => ({ value, low: null, high: null, n, reason: null });
const RUN: Run = runOfRequest({
  ...{ id: "exp-1", name: "", owner: "", modelEndpoint: "", parent: null, origin: null, featureConfig: "" },
  ...{ modelConfig: "", createdAt: null, document: {} },
});
const EVALUATION: Evaluation = {
  metrics: {
    all: { recall_at_10: measure(0.5), rmse: measure(2) },
    in_sample: { recall_at_10: measure(0.6) },
    cold_product: { recall_at_10: measure(null, 0) },
  },
  baselines: {
    ease: { all: { recall_at_10: measure(0.4), rmse: measure(3) } },
    popularity: { all: { recall_at_10: measure(0.1), rmse: measure(1) } },
  },
  segments: { activity: { "10+": { recall_at_10: measure(0.7), rmse: measure(1) } }, popularity: {} },
  ...{ ceiling: {}, lift: {}, training: null, warnings: [] },
};

test("metrics of segments come in the order of the registry", () => {
  expect(audienceMetrics(EVALUATION)).toEqual(["recall_at_10", "rmse"]);
});

test("only those are told that anybody belongs to", () => {
  const labels = audienceOf(RUN, EVALUATION, "recall_at_10").map(({ label }) => label);
  expect(labels).toEqual(["all test customers", "customers with 10 or more purchases"]);
});

test("the strongest baseline is the highest, or the lowest where less is better", () => {
  expect(audienceOf(RUN, EVALUATION, "recall_at_10")[0]?.baseline?.name).toBe("ease");
  expect(audienceOf(RUN, EVALUATION, "rmse")[0]?.baseline?.name).toBe("popularity");
  expect(audienceOf(RUN, EVALUATION, "rmse")[1]?.baseline).toBeNull();
});

test("a sample is told where it is what is measured", () => {
  const headline = { metric: "recall_at_10", population: "in_sample", measure: measure(0.6), lift: null };
  expect(audienceOf({ ...RUN, headline }, EVALUATION, "recall_at_10")[1]?.label).toBe("customers in the sample");
});
