import { describe, expect, test } from "vitest";
import { comparisonId, toReport, toRow } from "../../data/comparisons";
import type { Entry } from "../list/entries";
import type { EpochRecord } from "../run/run";
import {
  askedOf,
  BOUNDS,
  type Comparison,
  type ComparisonReport,
  exportedRows,
  exportedVerdicts,
  type Heading,
  isCurrent,
  isOutdated,
  isSame,
  marginWords,
  populationsOf,
  protocolGroups,
  rowLabel,
  rowsBySection,
  type SideRow,
  searchOf,
  sharedAxes,
  signedOf,
  tellingRows,
  unknownPlaces,
} from "./compare";
import { overlaysOf } from "./curves";
import { pickableOf, picked } from "./pick";

const [A, B, C] = ["a", "b", "c"].map((letter) => `exp-01kaj0000000000000000000a${letter}`) as [string, string, string];

const heading = (experiment: string, changes: Partial<Heading> = {}): Heading => ({
  experiment,
  label: `#${experiment.at(-1)}`,
  name: "",
  state: "completed",
  attempt: 1,
  modelType: "retrieval",
  samplePercent: 100,
  badges: [],
  protocols: { retrieval: "one" },
  problem: null,
  ...changes,
});

const report = (experiments: Heading[], changes: Partial<ComparisonReport> = {}): ComparisonReport => ({
  ready: true,
  sourceUpdatedAt: 7,
  valid: true,
  problems: [],
  computedAt: 8,
  experiments,
  verdicts: [],
  losses: { comparable: true, reason: null },
  features: [],
  sections: [],
  ...changes,
});

const row = (name: string, values: (string | null)[], changes: Partial<SideRow> = {}): SideRow => ({
  name,
  values,
  same: new Set(values).size === 1,
  ...{ metric: null, population: null, lift: false, stars: [], doubts: [] },
  ...changes,
});

describe("what is asked for", () => {
  test("the same choice is the same comparison, whatever its order, and that of the command line", async () => {
    const [one, other] = ["exp-01m802ha3pn554ayem6tv0nb3v", "exp-01m802h55bmkwsf6bgxk2x4gfh"];
    const asked = askedOf(`?ids=${one},${other},${one}`);
    expect(asked.experiments).toEqual([other, one]);
    expect(await comparisonId(asked.experiments, null)).toBe("cmp-98610f94a3ba8b92"); // of shared/hashing.py
    expect(await comparisonId(asked.experiments, "mrr")).toBe("cmp-db609807e2e8a681");
  });

  test("an address may hold rubbish, and too many", () => {
    const many = "abcdefgh".split("").map((letter) => `exp-01kaj0000000000000000000a${letter}`);
    const asked = askedOf(`?ids=nonsense,${many.join(",")}&metric=coverage_at_10&population=everybody&all=2`);
    expect(asked.experiments).toHaveLength(BOUNDS.most);
    expect(asked.dropped).toEqual(["nonsense", ...many.slice(BOUNDS.most)]);
    expect([asked.metric, asked.population, asked.everything]).toEqual([null, "headline", false]);
    expect(askedOf("").experiments).toEqual([]);
  });

  test("the address leads back to what is shown", () => {
    const asked = { experiments: [A, B], dropped: [], metric: "mrr", everything: true, population: "warm" };
    expect(askedOf(`?${new URLSearchParams(searchOf(asked))}`)).toEqual(asked);
    expect(searchOf({ everything: false, population: "headline" })).toEqual({
      ...{ ids: "", metric: "", all: "", population: "" },
    });
  });
});

describe("whether a report is about what is there", () => {
  const comparison: Comparison = {
    ...{ id: "cmp-1", owner: "ada", experiments: [A, B], metric: null, name: "", notes: "" },
    updatedAt: 7,
  };
  test("it is, when it was made of the comparison as it is stored", () => {
    const told = report([heading(A), heading(B)]);
    expect(isCurrent(told, comparison)).toBe(true);
    expect(isCurrent({ ...told, ready: false }, comparison)).toBe(false);
    expect(isCurrent(told, { ...comparison, updatedAt: null })).toBe(false);
    expect(isCurrent(told, { ...comparison, updatedAt: 9 })).toBe(false);
    expect(isCurrent(null, comparison)).toBe(false);
  });

  test("runs that ended, began again or went since make it old", () => {
    const now = (state: string, attempt = 1, live = false) => new Map([[A, { state, attempt, live }]]);
    const seen = (state: string | null) => report([heading(A, { state })]);
    expect(isOutdated(seen("completed"), now("completed"))).toBe(false);
    expect(isOutdated(seen("running"), now("collecting", 1, true))).toBe(false);
    expect(isOutdated(seen("running"), now("completed"))).toBe(true);
    expect(isOutdated(seen("failed"), now("failed", 2))).toBe(true);
    expect(isOutdated(seen("completed"), new Map())).toBe(true);
    expect(isOutdated(seen(null), new Map())).toBe(false);
    expect(isOutdated(seen(null), now("running", 1, true))).toBe(true);
  });
});

describe("protocols", () => {
  const experiments = [
    heading(A),
    heading(B, { protocols: { retrieval: "two", rating: "r" } }),
    heading(C, { protocols: {} }),
  ];
  test("runs that were not tested alike are told apart", () => {
    expect(protocolGroups(experiments)).toEqual([{ family: "retrieval", groups: [[0], [1]] }]);
    expect(protocolGroups([heading(A), heading(C, { protocols: { rating: "r" } })])).toEqual([]);
  });
  test("only the same protocol shares an axis", () => {
    expect(sharedAxes(experiments, "retrieval")).toEqual([[0], [1]]);
    expect(sharedAxes([heading(A), heading(B)], "retrieval")).toEqual([[0, 1]]);
  });
});

describe("rows", () => {
  const rows = [row("epochs", ["4", "4", null]), row("steps", ["10", "20", null])];
  test("what is unknown of a run makes no difference", () => {
    expect(unknownPlaces(rows, 3)).toEqual([2]);
    expect(rows.map((each) => isSame(each, [2]))).toEqual([true, false]);
    const shown = (everything: boolean) =>
      tellingRows("training", rows, { everything, population: "headline" }, [], 3).map(({ name }) => name);
    expect(shown(false)).toEqual(["steps"]);
    expect(shown(true)).toEqual(["epochs", "steps"]);
  });

  test("of results, one population is shown, and lifts by what decides", () => {
    const results = [
      row("recall@10", ["0.5", "0.5"], { metric: "recall_at_10", population: "headline" }),
      row("mrr over the best baseline", ["+1", "+2"], { metric: "mrr", lift: true }),
      row("recall@10 over the best baseline", ["+1", "+2"], { metric: "recall_at_10", lift: true }),
      row("warm.recall@10", ["0.5", "0.6"], { metric: "recall_at_10", population: "warm" }),
      row("item knn: recall@10", ["0.4", "0.4"], { metric: "recall_at_10" }),
    ];
    const shown = (population: string, everything = false) =>
      tellingRows("results", results, { everything, population }, ["recall_at_10"], 2).map(({ name }) => name);
    expect(shown("headline")).toEqual(["recall@10", "recall@10 over the best baseline"]);
    expect(shown("warm")).toEqual(["warm.recall@10"]);
    expect(shown("headline", true)).toHaveLength(4);
    expect(populationsOf(results)).toEqual(["headline", "warm"]);
    expect(results.map(rowLabel)[3]).toBe("recall@10");
    expect(rowLabel(row("best_epoch", ["3"]))).toBe("best epoch, counted from 0");
  });

  test("of a long section are in several parts", () => {
    const told = report([heading(A)], {
      sections: [
        { name: "results", rows: 2, different: 0, pages: 2 },
        { name: "model", rows: 1, different: 0, pages: 1 },
      ],
    });
    const parts = { results: [row("a", ["1"])], "results-2": [row("b", ["1"])], "results-3": [row("old", ["1"])] };
    const found = rowsBySection(told, parts);
    expect(found.results?.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(found.model).toEqual([]);
  });

  test("exports have a column for each run", () => {
    const told = report([heading(A), heading(B)], {
      sections: [{ name: "training", rows: 2, different: 1, pages: 1 }],
    });
    expect(exportedRows(told, { training: [row("epochs", ["4", "5"])] }, (_, all) => all)).toEqual([
      { section: "training", name: "epochs", equal: false, "#a": "4", "#b": "5" },
    ]);
  });
});

test("differences have a sign in the unit of the metric", () => {
  expect([
    signedOf("recall_at_10")(0.01),
    signedOf("rmse")(1.234),
    signedOf("rmse")(-0.05),
    signedOf("rmse")(null),
  ]).toEqual(["+0.010", "+1.234", "−0.050", "–"]);
  expect(marginWords("recall_at_10", 0.005)).toBe("±0.005 recall@10");
});

test("a stored report and its rows are read, and rubbish is empty", () => {
  const pair = {
    one: 0,
    other: 1,
    verdict: "better",
    difference: 0.1,
    low: 0.05,
    high: 0.15,
    n: 40,
    sentence: "Better.",
  };
  const baseline = { run: 0, baseline: "item_knn", verdict: "cannot_tell", value: 0.01, sentence: "Cannot tell." };
  const told = toReport({
    state: "ready",
    valid: true,
    source_updated_at: { toMillis: () => 7 },
    experiments: [{ experiment: A, label: "#1", protocols: { retrieval: "one" }, badges: ["quick (50%)"] }],
    verdicts: [{ metric: "recall_at_10", sentence: "One leads.", success: true, pairs: [pair], baselines: [baseline] }],
    features: [{ tower: "query", feature: "region", change: "added", widths: [null, 8] }],
    losses: { comparable: false, reason: "batch size" },
  });
  expect(told).toMatchObject({ ready: true, sourceUpdatedAt: 7, losses: { reason: "batch size" } });
  expect(told.features[0]?.widths).toEqual([null, 8]);
  expect(exportedVerdicts(told)).toMatchObject([
    { one: "#1", verdict: "better", difference: 0.1, customers: 40 },
    { one: "#1", other: "item_knn", verdict: "cannot_tell", difference: 0.01 },
  ]);
  expect(toReport({ verdicts: "none", experiments: null })).toMatchObject({
    ready: false,
    verdicts: [],
    experiments: [],
  });
  expect(toRow({ name: "x", values: ["1", 2], stars: [0], doubts: ["below baseline", null] })).toMatchObject({
    ...{ values: ["1", null], stars: [0], doubts: ["below baseline", null], lift: false },
  });
});

describe("curves of several runs", () => {
  const records = (...recalls: number[]): EpochRecord[] =>
    recalls.map((recall, epoch) => ({
      ...{ epoch, epochs: 3, learningRate: null, seconds: null },
      train: { loss: 3 - epoch },
      evaluated: { loss: 3, recall_at_10: recall },
    }));
  const histories = new Map([
    [A, records(0.1, 0.2)],
    [B, records(0.1, 0.2, 0.3)],
    [C, []],
  ]);
  test("stand on one axis, each as long as it trained", () => {
    const { curves, reasons } = overlaysOf(
      report([heading(A), heading(B, { badges: ["quick (50%)"] }), heading(C)]),
      histories,
    );
    expect(curves.map(({ title }) => title)).toEqual(["Recall@10", "Train loss", "Eval loss"]);
    expect(curves[0]).toMatchObject({ epochs: [1, 2, 3], span: 3 });
    expect(curves[0]?.series).toEqual([
      { label: "#a", values: [0.1, 0.2, null] },
      { label: "#b, quick (50%)", values: [0.1, 0.2, 0.3] },
    ]);
    expect(reasons).toEqual([]);
  });
  test("not where they measure different things", () => {
    const losses = { comparable: false, reason: "Losses cannot be compared: batch size." };
    const told = overlaysOf(report([heading(A), heading(B)], { losses }), histories);
    expect(told.curves.map(({ title }) => title)).toEqual(["Recall@10"]);
    expect(told.reasons).toEqual([losses.reason]);
    const mixed = overlaysOf(report([heading(A), heading(B, { protocols: { retrieval: "two" } })]), histories);
    expect(mixed.curves).toEqual([]);
    expect(mixed.reasons).toEqual(["Recall@10 of runs that were not tested alike never stands on one axis."]);
  });
});

test("an experiment is found by its number, its name, its configs and its tags", () => {
  const entry = (number: number, name: string, changes: Partial<Entry> = {}) =>
    ({
      ...{ experiment: `exp-${number}`, number, name, modelType: "retrieval", state: "completed", tags: [] },
      ...{ names: { feature_config: "Ids" }, metrics: { recall_at_10: { value: 0.5, low: null, high: null } } },
      protocolName: "strict 14 days",
      ...changes,
    }) as unknown as Entry;
  const choices = pickableOf(
    [entry(19, "Linear"), entry(9, "Wide 19"), entry(8, "Deep", { tags: ["base"], metrics: {} }), entry(0, "New")],
    ["exp-8x"],
  );
  expect(choices.map(({ label }) => label)).toEqual(["#19", "#9", "#8"]);
  expect(choices[0]?.about).toBe("recall@10 0.500 · strict 14 days · Ids");
  expect(choices[2]?.about).toContain("completed");
  const found = (text: string) => picked(choices, text).map(({ label }) => label);
  expect(found("19")).toEqual(["#19", "#9"]);
  expect(found("ids base")).toEqual(["#8"]);
  expect(found("nothing")).toEqual([]);
  expect(pickableOf([entry(19, "Linear")], ["exp-19"])).toEqual([]);
});
