import { expect, test } from "vitest";
import { edgeText, edgeTicks, ridgelineOf, shownRidges } from "./ridgeline";
import {
  distributionCurve,
  exportedWeights,
  type GradientEntries,
  groupsOf,
  joined,
  normCurvesOf,
  type WeightEntries,
  type WeightEpoch,
} from "./weights";

const EDGES = [-1, -0.1, 0, 0.1, 1];
const weights = (histogram: number[], norm = 3): WeightEntries => ({
  ...{ mean: 0.1, std: 0.2, min: -0.5, max: 0.7, outside: 1 },
  histogram,
  norm,
});
const gradients = (histogram: number[]): GradientEntries => ({
  ...{ mean: 0, std: 0.1, min: -0.1, max: null, outside: 0, normMean: 1, normMax: 2, clippedShare: 0.25 },
  histogram,
});
const epoch = (number: number, histogram = [1, 2, 3, 4]): WeightEpoch => ({
  epoch: number,
  weights: { total: weights(histogram), query: weights(histogram), query_dense: weights(histogram, 1) },
  gradients: { total: gradients(histogram), query: gradients(histogram), query_dense: gradients(histogram) },
});

test("blocks of epochs become one history, in order", () => {
  const edges = { weights: EDGES, gradients: EDGES };
  const empty = { edges: { weights: [], gradients: [] }, epochs: [] };
  const history = joined([empty, { edges, epochs: [epoch(10)] }, { edges, epochs: [epoch(0), epoch(1)] }]);
  expect(history.epochs.map((each) => each.epoch)).toEqual([0, 1, 10]);
  expect(history.edges.weights).toEqual(EDGES);
  expect(joined([]).edges).toEqual({ weights: [], gradients: [] });
});

test("groups are those of the model; norms have a line for each of a level", () => {
  const other = { ...epoch(0), weights: { ...epoch(0).weights, shared: weights([1, 1, 1, 1]) } };
  expect(groupsOf([other])).toEqual(["total", "query", "query_dense", "shared"]);
  const [norm, mean, largest, clipped] = normCurvesOf([epoch(0), epoch(1)], "parts", 10);
  expect(norm?.series).toEqual([
    { label: "all", values: [3, 3] },
    { label: "query tower", values: [3, 3] },
  ]);
  expect([mean, largest, clipped].map((curve) => curve?.series[0]?.values[0])).toEqual([1, 2, 0.25]);
  expect(normCurvesOf([epoch(0)], "layers", 10)[0]?.series).toEqual([{ label: "query layers", values: [1] }]);
});

test("a distribution is a mean in its band between least and largest; what is not finite is a gap", () => {
  const curve = distributionCurve([epoch(0)], "weights", "total", 5);
  expect(curve.band).toEqual([1, 2]);
  expect(curve.series.map(({ values }) => values[0])).toEqual([0.1, 0.1 - 0.2, 0.1 + 0.2, -0.5, 0.7]);
  expect(distributionCurve([epoch(0)], "gradients", "total", 5).series[4]?.values).toEqual([null]);
  expect(distributionCurve([epoch(0)], "weights", "head", 5).series[0]?.values).toEqual([null]);
});

test("exports have a row for each epoch and group", () => {
  const rows = exportedWeights([epoch(0), epoch(1)]);
  expect(rows).toHaveLength(6);
  expect(rows[3]).toMatchObject({ epoch: 2, group: "total", "weights.l2_norm": 3, "gradients.histogram": "1 2 3 4" });
});

test("ridges are shares of all numbers; epochs without a histogram have none", () => {
  const line = ridgelineOf([epoch(0), epoch(1, [0, 0, 0, 0]), epoch(2, [1, 2])], EDGES, "weights", "total");
  expect(line.ridges).toEqual([
    { epoch: 1, shares: [0.1, 0.2, 0.3, 0.4], counts: [1, 2, 3, 4], total: 10, outside: 1 },
  ]);
  expect([line.top, line.cut]).toEqual([0.4, null]);
  expect(ridgelineOf([epoch(0)], EDGES, "weights", "head").ridges).toEqual([]);
});

test("zeros that would flatten all the rest are cut off", () => {
  const line = ridgelineOf([epoch(0, [1, 1, 96, 2])], EDGES, "gradients", "total");
  expect([line.top, line.cut]).toEqual([0.02, 2]);
});

test("of many ridges a few are drawn, the first, the chosen and the last among them", () => {
  const epochs = Array.from({ length: 100 }, (_, number) => epoch(number));
  const { ridges } = ridgelineOf(epochs, EDGES, "weights", "total");
  const shown = shownRidges(ridges, 38, 24).map((ridge) => ridge.epoch);
  expect(shown.length).toBeLessThanOrEqual(24);
  expect(shown).toEqual(expect.arrayContaining([1, 38, 100]));
  expect(shownRidges(ridges.slice(0, 5), 1, 24)).toHaveLength(5);
});

test("marks stand at edges, on both sides of zero alike", () => {
  const edges = Array.from({ length: 41 }, (_, i) => Math.sinh((i - 20) / 4) / 100);
  const ticks = edgeTicks(edges, 7);
  expect(ticks.some(({ at, text }) => at === 20 && text === "0")).toBe(true);
  expect(ticks.map(({ at }) => at)).toEqual(ticks.map(({ at }) => 40 - at).reverse());
  expect(ticks.length).toBeLessThanOrEqual(7);
  expect(edgeTicks([], 5)).toEqual([]);
  expect([edgeText(-0.2345), edgeText(0), edgeText(8e-7), edgeText(-4)]).toEqual(["−0.23", "0", "8e−7", "−4"]);
});
