import { describe, expect, it } from "vitest";
import { differs, diffRows, diffWords, valueWords } from "./diff";

describe("two configs beside each other", () => {
  it("match features and crosses by their names, wherever they stand", () => {
    const feature = (column: string, width: number) => ({
      column,
      kind: "category",
      vocabulary: { embedding_dim: width },
    });
    const left = { name: "A", dataset: "demo", query_features: [feature("a", 8), feature("b", 8)] };
    const right = {
      ...{ name: "A", dataset: "demo", query_features: [feature("b", 8), feature("a", 16)] },
      ...{ candidate_crosses: [{ features: ["y", "x"] }], target: { column: "quantity", log: true } },
    };
    const rows = diffRows("feature_configs", { content: left }, { content: right }).filter(differs);
    expect(rows.map(({ section, label }) => `${section}: ${label}`)).toEqual([
      ...["About: Target", "Query tower: a", "Candidate crosses: x × y"],
    ]);
    expect(rows.at(-1)).toMatchObject({ left: null, right: "into 5,000 buckets of width 16" });
  });

  it("align layers, fill in defaults, and say what does not apply", () => {
    const left = {
      content: { name: "A", query_layers: [{ type: "dense", units: 8 }] },
      notApplicable: { ranking_loss: "…" },
    };
    const right = {
      content: {
        name: "B",
        model_type: "ranking",
        query_layers: [
          { type: "dropout", rate: 0.1 },
          { type: "dense", units: 8 },
        ],
      },
    };
    const rows = diffRows("model_configs", left, right);
    const of = (section: string, label: string) => rows.find((row) => row.section === section && row.label === label);
    expect(of("Query tower", "Layer 1")).toMatchObject({ left: null, right: "dropout 0.1" });
    expect(of("Query tower", "Layer 2")).toMatchObject({ left: "dense 8, relu", right: "dense 8, relu" });
    expect(of("Rating head", "Output layer")).toMatchObject({ left: "not applicable", right: "dense 1, linear" });
    expect(of("Ranking loss", "Loss")).toMatchObject({ left: "not applicable", right: "mse" });
    expect(of("Optimizer", "Learning rate")).toMatchObject({ left: "0.001 (of adam)", right: "0.001 (of adam)" });
  });

  it("of datasets speak of tables, roles and filters", () => {
    const left = {
      tables: [{ table: "a.b" }],
      roles: { customer_id: "c" },
      filters: { rows: [{ kind: "number", column: "q", op: "gt", value: 0 }] },
    };
    const right = { tables: [{ table: "a.b" }, { table: "a.c" }], roles: { customer_id: "d" }, filters: {} };
    const rows = diffRows("datasets", { content: left }, { content: right }).filter(differs);
    expect(rows.map(({ label, left, right }) => [label, left, right])).toEqual([
      ["Customer id", "c", "d"],
      ["c", null, "a.c; all columns"],
      ["q, number", "op gt; value 0", null],
    ]);
    expect(diffWords("datasets", rows)).toBe("3 of 3 rows differ.");
    expect(diffWords("datasets", [])).toBe("Both datasets hold the same.");
  });

  it("values read as words", () => {
    expect([null, true, [], [1, "a"], { max_size: 3 }].map(valueWords)).toEqual([
      "none",
      "yes",
      "none",
      "1, a",
      "max size 3",
    ]);
    expect(valueWords({ length: 50, item: "product_id" })).toBe(valueWords({ item: "product_id", length: 50 }));
  });
});
