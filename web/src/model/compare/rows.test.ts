import { describe, expect, test } from "vitest";
import type { SideRow } from "./report";
import { exportedRows, isSame, populationsOf, rowLabel, rowsBySection, tellingRows, unknownPlaces } from "./rows";
import { A, B, heading, report } from "./samples";

const row = (name: string, values: (string | null)[], changes: Partial<SideRow> = {}): SideRow => ({
  name,
  values,
  same: new Set(values).size === 1,
  ...{ metric: null, population: null, lift: false, stars: [], doubts: [] },
  ...changes,
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
    expect(rowLabel(row("best_epoch", ["3"]))).toBe("best epoch");
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
