import { describe, expect, it } from "vitest";
import type { ColumnFacts } from "./columns";
import { featuresOf } from "./document";
import { addColumn } from "./features";
import { freshFeature, partners } from "./fresh";
import { BLANK, column } from "./samples";

describe("a config begins", () => {
  it("blank with the ids of both sides", () => {
    expect(BLANK).toMatchObject({
      dataset: "demo",
      query_features: [{ column: "customer", is_primary_id: true, vocabulary: { embedding_dim: 32 } }],
      candidate_features: [{ column: "product", is_primary_id: true, vocabulary: { embedding_dim: 16 } }],
    });
  });

  it("with columns as smart defaults would have them, in the tower that they propose", () => {
    const feature = { column: "brand", kind: "category", hashing: { buckets: 40, embedding_dim: 8 } };
    const brand = column("brand", { suggested: { tower: "candidate", reason: "", setting: "", feature } });
    expect(featuresOf(addColumn(BLANK, brand, "candidate"), "candidate")[1]).toBe(feature);
    expect(featuresOf(addColumn(BLANK, brand, "query"), "query")[1]).toMatchObject({
      vocabulary: { embedding_dim: 16 },
    });
  });

  it("with one option of each kind", () => {
    const made = (kind: ColumnFacts["kind"]) => freshFeature(BLANK, column("x"), kind);
    expect(made("number")).toEqual({ column: "x", kind: "number", scale: {} });
    expect(made("time")).toMatchObject({ cycles: ["day_of_week", "month"] });
    expect(made("history")).toMatchObject({ shared_with: "product" });
    expect(partners(BLANK)).toEqual(["product", "customer"]);
    const brands = addColumn(BLANK, column("brand"), "candidate");
    const history = column("bought", { kind: "history", items: "brand" });
    expect(freshFeature(brands, history, "history")).toMatchObject({ shared_with: "brand" });
  });
});
