import { describe, expect, test } from "vitest";
import { ERROR, RUN } from "../common/samples";
import type { Run, Stage, StageState } from "../run/run";
import { ganttCells, scaleOf, timelineOf } from "./gantt";

function stage(name: string, state: StageState, startedAt: number | null, endedAt: number | null): Stage {
  return { name, state, startedAt, endedAt, note: null };
}

const LIVE: Run = {
  ...RUN,
  state: "running",
  createdAt: 0,
  startedAt: 5_000,
  stages: [
    stage("Prepare", "done", 5_000, 7_000),
    stage("Compile", "reused", null, null),
    stage("Examples", "done", 20_000, 30_000),
    stage("Statistics", "running", 30_500, null),
    stage("Schema", "pending", null, null),
  ],
};

function rows(run: Run, now: number) {
  return timelineOf(run, now)?.rows ?? [];
}

describe("the timeline", () => {
  test("begins with the queue, and shows what each stage waited for", () => {
    const found = rows(LIVE, 40_000);
    expect(found.map(({ label, seconds, waitedSeconds }) => [label, seconds, waitedSeconds])).toEqual([
      ["Queue", 5, 0],
      ["Prepare", 2, 0],
      ["Compile", null, 0],
      ["Examples", 10, 13],
      ["Statistics", 9.5, 0],
      ["Schema", null, 0],
    ]);
    expect(timelineOf(LIVE, 40_000)?.to).toBe(40_000);
  });

  test("of a run that waits is its queue alone", () => {
    const waiting: Run = { ...RUN, state: "requested", createdAt: 0 };
    expect(rows(waiting, 90_000)).toMatchObject([{ label: "Queue", seconds: 90, bars: [{ state: "running" }] }]);
    expect(rows(waiting, 500)).toEqual([]);
    expect(timelineOf({ ...waiting, createdAt: null }, 0)).toBeNull();
  });

  test("shows earlier attempts with what ended them, and the pauses between them", () => {
    const failed = { ...ERROR, title: "No machines free" };
    const attempt = { attempt: 1, startedAt: 1_500, endedAt: 60_000, error: failed, region: null, spentUsd: null };
    const stages = [stage("Prepare", "running", 90_000, null)];
    const found = rows({ ...LIVE, attempt: 2, attempts: [attempt], stages }, 91_000);
    expect(found.map(({ label, words, seconds, waitedSeconds }) => [label, words, seconds, waitedSeconds])).toEqual([
      ["Attempt 1", "failed: No machines free", 58.5, 1.5],
      ["Queue of attempt 2", "waited for its turn", 30, 0],
      ["Prepare", "running", 1, 0],
    ]);
  });

  test("of a run that was cancelled while it waited ends with it", () => {
    const cancelled: Run = { ...RUN, state: "cancelled", createdAt: 0, endedAt: 20_000 };
    expect(rows(cancelled, 99_000)).toMatchObject([{ label: "Queue", seconds: 20 }]);
  });

  test("has no bars that run backwards, whatever clocks say", () => {
    const odd = { ...LIVE, stages: [stage("Prepare", "done", 7_000, 6_000)] };
    for (const { bars } of rows(odd, 0)) for (const bar of bars) expect(bar.to).toBeGreaterThanOrEqual(bar.from);
  });

  test("is a table for other programs", () => {
    const timeline = timelineOf(LIVE, 40_000);
    if (timeline === null) throw new Error("no timeline");
    expect(ganttCells(timeline)[3]).toEqual({
      what: "Examples",
      state: "done",
      started: "1970-01-01T00:00:20.000Z",
      seconds: 10,
      waited_seconds: 13,
    });
  });
});

describe("the scale", () => {
  test("is even without long queues", () => {
    const { at, cuts } = scaleOf({ from: 0, to: 100, rows: [] });
    expect([at(0), at(25), at(100), at(200), cuts]).toEqual([0, 0.25, 1, 1, []]);
  });

  test("cuts a queue that would leave no room for the rest", () => {
    const day = 24 * 3_600_000;
    const run: Run = { ...LIVE, createdAt: 5_000 - day };
    const timeline = timelineOf(run, 40_000);
    if (timeline === null) throw new Error("no timeline");
    const { at, cuts } = scaleOf(timeline);
    expect(at(5_000)).toBeCloseTo(1 / 3);
    expect(at(40_000)).toBe(1);
    expect(cuts).toHaveLength(1);
  });

  test("of a queue alone is the queue", () => {
    const timeline = timelineOf({ ...RUN, state: "requested", createdAt: 0 }, 90_000);
    if (timeline === null) throw new Error("no timeline");
    expect(scaleOf(timeline).at(45_000)).toBeCloseTo(0.5);
  });
});
