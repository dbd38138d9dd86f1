import { describe, expect, it } from "vitest";
import type { Group } from "../../run/run";
import { addCross, crossesWith, quantileMembers } from "./crosses";
import { crossesOf, featureName, featuresOf } from "./document";
import { addColumn, changeFeature, moveFeature, removeFeature, setQueryId } from "./features";
import { BLANK, CUSTOMER, column, WITH } from "./samples";
import { crossWords, featureWords } from "./words";

const names = (content: Group, tower: "query" | "candidate") => featuresOf(content, tower).map(featureName);

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
