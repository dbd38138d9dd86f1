import { describe, expect, it } from "vitest";
import type { Group } from "../run/run";
import {
  addColumn,
  addCross,
  blankFeatures,
  byFeature,
  type ColumnFacts,
  changeFeature,
  columnFacts,
  crossesOf,
  crossesWith,
  crossWords,
  cutShare,
  featureName,
  featuresOf,
  featureWords,
  freshFeature,
  moveFeature,
  partners,
  problemsNow,
  quantileMembers,
  removeFeature,
  setQueryId,
} from "./feature_config";

const column = (name: string, changes: Partial<ColumnFacts> = {}): ColumnFacts => ({
  ...{
    name,
    type: "STRING",
    kind: "category",
    distinct: 100,
    nullShare: 0,
    recommendedWidth: 16,
    role: null,
    items: null,
  },
  ...{ suggested: null, coverage: [], rare: [] },
  ...changes,
});
const CUSTOMER = column("customer", { role: "customer_id", recommendedWidth: 32 });
const PRODUCT = column("product", { role: "product_id" });
const BLANK = blankFeatures("demo", [CUSTOMER, PRODUCT, column("brand")]);
const names = (content: Group, tower: "query" | "candidate") => featuresOf(content, tower).map(featureName);
const WITH = ["brand", "region", "size"].reduce(
  (content, name) => addColumn(content, column(name), "candidate"),
  BLANK,
);

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

describe("features", () => {
  it("are added at a place, and a second of one column gets a name of its own", () => {
    expect(names(addColumn(WITH, column("colour"), "candidate", 1), "candidate")[1]).toBe("colour");
    expect(names(addColumn(WITH, column("brand"), "candidate"), "candidate").at(-1)).toBe("brand_2");
  });

  it("are moved within their tower", () => {
    const move = (from: number, to: number) =>
      names(moveFeature(WITH, { tower: "candidate", index: from }, { tower: "candidate", index: to }), "candidate");
    expect(move(1, 3)).toEqual(["product", "region", "brand", "size"]);
    expect(move(3, 0)).toEqual(["size", "product", "brand", "region"]);
    expect(move(1, 1)).toEqual(names(WITH, "candidate"));
  });

  it("are moved to the other tower, without what only the first one has", () => {
    const moved = moveFeature(WITH, { tower: "candidate", index: 0 }, { tower: "query", index: 0 });
    expect(featuresOf(moved, "query")[0]).toEqual({
      column: "product",
      kind: "category",
      vocabulary: { embedding_dim: 16 },
    });
    expect(names(moved, "candidate")).toEqual(["brand", "region", "size"]);
  });

  it("take their crosses with them when they leave", () => {
    const crossed = addCross(WITH, "candidate", ["brand", "region"]);
    expect(crossesWith(crossed, { tower: "candidate", index: 1 })).toEqual(["brand × region"]);
    expect(crossesOf(removeFeature(crossed, { tower: "candidate", index: 1 }), "candidate")).toEqual([]);
    expect(crossesOf(removeFeature(crossed, { tower: "candidate", index: 3 }), "candidate")).toHaveLength(1);
    const moved = moveFeature(crossed, { tower: "candidate", index: 1 }, { tower: "query", index: 1 });
    expect(crossesOf(moved, "candidate")).toEqual([]);
  });

  it("are followed to a new name by crosses and histories", () => {
    const history = { column: "before", kind: "history", shared_with: "product" };
    const content = { ...addCross(WITH, "candidate", ["product", "brand"]), query_features: [history] };
    const product = featuresOf(content, "candidate")[0] ?? {};
    const renamed = changeFeature(content, { tower: "candidate", index: 0 }, { ...product, name: "sku" });
    expect(crossesOf(renamed, "candidate")[0]?.features).toEqual(["sku", "brand"]);
    expect(featuresOf(renamed, "query")[0]?.shared_with).toBe("sku");
  });

  it("of the customer's id come and go with it", () => {
    const without = setQueryId(BLANK, false, CUSTOMER);
    expect([without.query_id, names(without, "query")]).toEqual(["none", []]);
    const again = setQueryId(without, true, CUSTOMER);
    expect([again.query_id, names(again, "query")]).toEqual([undefined, ["customer"]]);
  });

  it("and crosses read in a line", () => {
    expect(featureWords(featuresOf(BLANK, "query")[0] ?? {})).toBe("primary id; vocabulary of width 32");
    expect(featureWords({ kind: "number", scale: { log: true }, bucketize: { buckets: 20, embedding_dim: 8 } })).toBe(
      "scaled, method zscore, log; buckets of width 8, buckets 20",
    );
    expect(featureWords({ kind: "time", cycles: ["month"], recency: true })).toBe("cycles month; recency");
    expect(featureWords({ kind: "number" })).toBe("no option yet");
    expect(crossWords({ features: ["a", "b"] })).toBe("into 5,000 buckets of width 16");
    const numbers = {
      candidate_features: [
        { column: "a", kind: "number" },
        { column: "b", kind: "category" },
      ],
    };
    expect(quantileMembers(numbers, "candidate", { features: ["a", "b"] })).toEqual(["a"]);
  });
});

describe("what falls out of a vocabulary (S3.18)", () => {
  const known = column("x", {
    distinct: 50,
    coverage: [
      { size: 1, share: 0.4 },
      { size: 10, share: 0.9 },
      { size: 50, share: 1 },
    ],
    rare: [
      { below: 2, share: 0.01 },
      { below: 5, share: 0.2 },
    ],
  });

  it("is decided by the harder cut, at the nearest stricter count", () => {
    expect(cutShare({}, known)).toBe(0);
    expect(cutShare({ max_size: 12 }, known)).toBeCloseTo(0.1);
    expect(cutShare({ max_size: 12, min_frequency: 6 }, known)).toBeCloseTo(0.2);
    expect(cutShare({ min_frequency: 3 }, known)).toBeCloseTo(0.01);
  });

  it("is not known while nobody has counted", () => {
    expect(cutShare({}, column("x"))).toBeNull();
  });
});

describe("what the service says", () => {
  const problem = (path: string) => ({ code: "E", path, problem: "", remedy: "", severity: "error" as const });

  it("follows what was moved, and is gone with what was removed or changed", () => {
    const problems = [
      problem("candidate_features.1.vocabulary.max_size"),
      problem("candidate_features.2"),
      problem("name"),
    ];
    const moved = moveFeature(WITH, { tower: "candidate", index: 1 }, { tower: "candidate", index: 0 });
    expect(problemsNow(problems, WITH, moved).map(({ path }) => path)).toEqual([
      ...["candidate_features.0.vocabulary.max_size", "candidate_features.2", "name"],
    ]);
    const removed = removeFeature(WITH, { tower: "candidate", index: 1 });
    expect(problemsNow(problems, WITH, removed).map(({ path }) => path)).toEqual(["candidate_features.1", "name"]);
    expect(problemsNow(problems, WITH, WITH)).toEqual(problems);
  });

  it("of columns comes from report, statistics, smart defaults, roles and aids", () => {
    const report = {
      columns: [
        { name: "brand", type: "STRING", mode: "NULLABLE" },
        { name: "old", type: "DATE", mode: "REPEATED" },
      ],
    };
    const statistics = {
      columns: [{ name: "brand", count: 10, nulls: 1, distinct: 4, coverage: [{ size: 1, share: 0.5 }] }],
    };
    const smart = {
      document: { candidate_features: [{ column: "brand", kind: "category" }] },
      reasons: [{ column: "brand", tower: "candidate", setting: "vocabulary", reason: "it is text" }],
    };
    const [brand, old] = columnFacts(
      report,
      statistics,
      smart,
      { order_id: "brand" },
      { brand: { recommended_width: 8 } },
    );
    expect(brand).toMatchObject({
      ...{ kind: "category", distinct: 4, nullShare: 0.1, recommendedWidth: 8, role: "order_id" },
      ...{ suggested: { tower: "candidate", reason: "it is text", feature: { column: "brand" } } },
    });
    expect(old).toMatchObject({ kind: "history", type: "DATE list", distinct: null, suggested: null });
  });

  it("of widths is summed by feature, in their order", () => {
    const rows = [
      ["t", 1],
      ["c", 8],
      ["t", 1],
    ].map(([feature, width]) => ({
      ...{ feature: String(feature), output: "", width: Number(width), share: Number(width) / 10 },
    }));
    expect(byFeature(rows)).toEqual([
      { feature: "t", width: 2, share: 0.2 },
      { feature: "c", width: 8, share: 0.8 },
    ]);
  });
});
