import { describe, expect, it } from "vitest";
import { columnFacts } from "./columns";
import { moveFeature, removeFeature } from "./features";
import { byFeature, problemsNow } from "./report";
import { WITH } from "./samples";

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
