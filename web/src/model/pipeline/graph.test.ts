import { describe, expect, test } from "vitest";
import { RUN } from "../common/samples";
import { COMPONENTS, EDGES, edgePath, hasMade, layout, makerOf, stageDetail, stageOf } from "./graph";

const { places, width, height } = layout();
const nodes = COMPONENTS.flatMap(({ stage, makes }) => [stage, ...makes.map(({ id }) => id)]);

describe("the layout", () => {
  test("has a place for every component and artifact, and no other", () => {
    expect(Object.keys(places).sort()).toEqual([...nodes].sort());
  });

  test("lies within its bounds", () => {
    for (const place of Object.values(places)) {
      expect(place.x - place.width / 2).toBeGreaterThanOrEqual(0);
      expect(place.x + place.width / 2).toBeLessThanOrEqual(width);
      expect(place.y + place.height / 2).toBeLessThanOrEqual(height);
    }
  });

  test("lets nothing lie over anything else", () => {
    const all = Object.entries(places);
    for (const [a, one] of all) {
      for (const [b, other] of all) {
        if (a >= b) continue;
        const apart =
          Math.abs(one.x - other.x) >= (one.width + other.width) / 2 ||
          Math.abs(one.y - other.y) >= (one.height + other.height) / 2;
        expect(apart, `${a} over ${b}`).toBe(true);
      }
    }
  });

  test("draws every edge downwards or to a side", () => {
    for (const [from, to] of EDGES) {
      const [a, b] = [places[from], places[to]];
      if (a === undefined || b === undefined) throw new Error(`${from} or ${to} has no place`);
      expect(a.y).toBeLessThan(b.y);
      expect(edgePath(a, b)).toMatch(/^M[\d.]+ [\d.]+[VC]/);
    }
  });
});

test("every component but the last makes something that flows on from it", () => {
  for (const { stage, makes } of COMPONENTS.slice(0, -1)) {
    expect(makes.length).toBeGreaterThan(0);
    for (const { id } of makes) expect(EDGES).toContainEqual([stage, id]);
  }
  expect(makerOf("schema")).toBe("Schema");
  expect(makerOf("nothing")).toBeNull();
});

test("artifacts lead to the views that show them", () => {
  const paths = COMPONENTS.flatMap(({ makes }) => makes.map(({ id, path }) => [id, path?.("exp-1") ?? null]));
  expect(Object.fromEntries(paths)).toMatchObject({
    examples: "/experiments/exp-1/data",
    schema: "/experiments/exp-1/data?part=schema",
    transformed: "/experiments/exp-1/code/transform.py",
    model: "/experiments/exp-1/training",
    evaluation: "/experiments/exp-1",
    spec: null,
  });
});

describe("a component", () => {
  const stage = { name: "Train", state: "running" as const, startedAt: 0, endedAt: null, note: null };
  const run = { ...RUN, state: "running" as const, stages: [stage] };

  test("says its epoch while it trains", () => {
    expect(stageDetail({ ...run, progress: { epochsDone: 1, epochs: 20 } }, stage, 9_000)).toBe("epoch 2 of 20");
    expect(stageDetail({ ...run, progress: { epochsDone: 20, epochs: 20 } }, stage, 9_000)).toBe("evaluating");
    expect(stageDetail(run, stage, 9_000)).toBe("9 s");
  });

  test("that the run does not know is waited for, or was never reached", () => {
    expect(stageOf(run, "Schema").state).toBe("pending");
    expect(stageOf({ ...run, state: "failed" }, "Schema").state).toBe("skipped");
  });

  test("has made what it makes when it is done or reused", () => {
    const reused = { ...run, stages: [{ ...stage, state: "reused" as const }] };
    expect([hasMade(run, "Train"), hasMade(reused, "Train")]).toEqual([false, true]);
  });
});
