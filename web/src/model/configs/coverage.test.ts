import { describe, expect, it } from "vitest";
import { step, toCoverage } from "./coverage";

const PART = {
  features: [
    { id: "f1", name: "Ids" },
    { id: "f2", name: "" },
  ],
  models: [{ id: "m1", name: "Small" }],
  rows: [
    {
      feature_config: "f1",
      model_config: "m1",
      state: "tested",
      runs: 2,
      finished: 1,
      best: { experiment: "exp-1", value: 0.5, low: 0.4, high: 0.6 },
      reason: null,
    },
  ],
  ...{ known: true, untested: 1, left_out: 0 },
};

describe("coverage", () => {
  it("is a grid: a pair that is not named was not tried", () => {
    const { rows, known, untested } = toCoverage(PART);
    expect([known, untested]).toEqual([true, 1]);
    expect(rows[0]?.[0]).toMatchObject({ state: "tested", runs: 2, finished: 1, best: { value: 0.5 } });
    expect(rows[1]?.[0]).toMatchObject({ state: "untested", runs: 0, best: null, feature: { name: "f2" } });
  });

  it("tells what was tried in vain from what was not tried", () => {
    const row = { ...PART.rows[0], state: "failed", finished: 0, best: null };
    expect(toCoverage({ ...PART, rows: [row] }).rows[0]?.[0]).toMatchObject({ state: "failed", runs: 2, best: null });
  });

  it("colours the best cell most, in either direction", () => {
    const [cell] = toCoverage(PART).rows[0] ?? [];
    if (cell === undefined) throw new Error("there is no cell");
    const of = (value: number) => ({ ...cell, best: { experiment: "", value, low: null, high: null } });
    const cells = [of(0.1), of(0.5), of(0.9)];
    expect(cells.map((each) => step(each, cells, "max"))).toEqual([0, 2, 4]);
    expect(cells.map((each) => step(each, cells, "min"))).toEqual([4, 2, 0]);
    expect(step({ ...cell, best: null }, cells, "max")).toBeNull();
  });
});
