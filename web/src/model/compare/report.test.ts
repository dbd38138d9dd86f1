import { describe, expect, test } from "vitest";
import { type Comparison, isCurrent, isOutdated, marginWords, protocolGroups, sharedAxes, signedOf } from "./report";
import { A, B, C, heading, report } from "./samples";

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

test("differences have a sign in the unit of the metric", () => {
  expect([
    signedOf("recall_at_10")(0.01),
    signedOf("rmse")(1.234),
    signedOf("rmse")(-0.05),
    signedOf("rmse")(null),
  ]).toEqual(["+0.010", "+1.234", "−0.050", "–"]);
  expect(marginWords("recall_at_10", 0.005)).toBe("±0.005 recall@10");
});
