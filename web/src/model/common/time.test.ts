import { describe, expect, test } from "vitest";
import type { Stage } from "../run/run";
import { RUN } from "./samples";
import { clock, duration, growing, localTimes, relative, runDuration, stageDuration } from "./time";

const NOW = Date.UTC(2026, 10, 21, 12);

describe("durations", () => {
  test.each([
    [0, "0 s"],
    [0.44, "0.4 s"],
    [9.94, "9.9 s"],
    [9.96, "10 s"],
    [59.4, "59 s"],
    [59.6, "1 min 00 s"],
    [192, "3 min 12 s"],
    [3900, "1 h 05 min"],
    [183_600, "2 d 3 h"],
    [-1, "0 s"],
  ])("%d seconds are %s", (seconds, text) => expect(duration(seconds)).toBe(text));

  test("what still grows shows whole seconds", () =>
    expect([12.9, 3.7, -1, 75].map(growing)).toEqual(["12 s", "3 s", "0 s", "1 min 15 s"]));
});

describe("moments", () => {
  test.each([
    [-3, "just now"],
    [4, "just now"],
    [5, "5 s ago"],
    [59, "59 s ago"],
    [60, "1 min ago"],
    [3_599, "59 min ago"],
    [7_200, "2 h ago"],
    [86_400, "1 day ago"],
    [86_400 * 7, "7 days ago"],
    [86_400 * 8, "13 Nov 2026"],
  ])("%d seconds ago", (seconds, text) => expect(relative(NOW - seconds * 1000, NOW)).toBe(text));
});

describe("the time a run takes", () => {
  const run = { ...RUN, createdAt: NOW };

  test("is unknown before it starts", () => expect(runDuration(run, NOW)).toBeNull());
  test("grows while it is live", () =>
    expect(runDuration({ ...run, startedAt: NOW - 75_000 }, NOW)).toBe("1 min 15 s"));
  test("is the stored one at the end", () => {
    const ended = { ...run, startedAt: NOW - 75_000, endedAt: NOW, durationSeconds: 39.7 };
    expect(runDuration(ended, NOW + 1e6)).toBe("40 s");
  });
});

describe("the time of a stage", () => {
  const stage: Stage = { name: "Train", state: "running", startedAt: NOW - 20_000, endedAt: null, note: null };

  test("grows while it runs", () => expect(stageDuration(stage, NOW)).toBe("20 s"));
  test("stops at its end", () =>
    expect(stageDuration({ ...stage, state: "done", endedAt: NOW - 500 }, NOW)).toBe("20 s"));
  test("is unknown before its start", () => expect(stageDuration({ ...stage, startedAt: null }, NOW)).toBeNull());
  test("does not grow once it failed without an end", () =>
    expect(stageDuration({ ...stage, state: "failed" }, NOW)).toBeNull());
});

test("times of the service become times of this place", () => {
  const local = clock(new Date().setUTCHours(14, 3, 20));
  expect(localTimes("waits until 14:03:20 UTC, then goes on")).toBe(`waits until ${local}, then goes on`);
  expect(localTimes("waits for 2 experiments")).toBe("waits for 2 experiments");
});
