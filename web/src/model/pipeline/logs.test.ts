import { describe, expect, test } from "vitest";
import { ERROR, RUN } from "../common/samples";
import type { Run, StageState } from "../run/run";
import {
  chosenStage,
  filtered,
  type LogLine,
  linesWords,
  logStep,
  logText,
  marked,
  mayFetch,
  type StageLog,
} from "./logs";

const DAY = 86_400_000;

function line(severity: LogLine["severity"], message: string): LogLine {
  return { time: 0, severity, message };
}

const LOG: StageLog = {
  stage: "Train",
  attempt: 1,
  lines: [line("INFO", "Epoch 1"), line("WARNING", "slow disk"), line("ERROR", "ValueError: boom (a+b)")],
  highlighted: 2,
  more: false,
  source: "provider",
  problem: null,
  fetchedAt: 0,
};
const EMPTY: StageLog = { ...LOG, lines: [], highlighted: null };

function run(state: StageState, startedAt: number | null, endedAt: number | null, changes: Partial<Run> = {}): Run {
  const stages = [{ name: "Train", state, startedAt, endedAt, note: null }];
  return { ...RUN, state: endedAt === null ? "running" : "failed", endedAt, stages, ...changes };
}

describe("lines", () => {
  test("are chosen by severity and words", () => {
    const shown = (level: string, words: string) => filtered(LOG, level, words).map(({ index }) => index);
    expect(shown("", "")).toEqual([0, 1, 2]);
    expect(shown("WARNING", "")).toEqual([1, 2]);
    expect(shown("ERROR", " BOOM valueerror ")).toEqual([2]);
    expect(shown("", "epoch boom")).toEqual([]);
    expect(shown("no such level", "")).toEqual([0, 1, 2]);
  });

  test("show the words that were searched for", () => {
    expect(marked("ValueError: boom (a+b)", "A+B value")).toEqual(["", "Value", "Error: boom (", "a+b", ")"]);
    expect(marked("boom", "")).toEqual(["boom"]);
  });

  test("are counted in words", () => {
    expect(linesWords(LOG, 3)).toBe("all 3 lines");
    expect(linesWords({ ...LOG, more: true }, 3)).toBe("the last 3 lines");
    expect(linesWords({ ...LOG, more: true }, 1)).toBe("1 of the last 3 lines");
    expect(linesWords({ ...LOG, lines: LOG.lines.slice(0, 1) }, 1)).toBe("the only line");
  });

  test("become a text", () => {
    expect(logText(LOG.lines.slice(1, 2))).toBe("1970-01-01T00:00:00.000Z WARNING  slow disk\n");
  });
});

describe("the stage that is shown", () => {
  test("is that of the address", () => {
    expect(chosenStage(RUN, "schema")).toBe("Schema");
    expect(chosenStage(RUN, "Collect")).toBe("Train");
  });

  test("is the one that failed, that runs, or that ran last", () => {
    expect(chosenStage({ ...RUN, error: { ...ERROR, component: "Transform" } }, null)).toBe("Transform");
    const stages = ["Examples", "Statistics"].map((name) => ({ name, startedAt: 0, endedAt: null, note: null }));
    const running = stages.map((stage) => ({ ...stage, state: "running" as const }));
    expect(chosenStage({ ...RUN, stages: running }, null)).toBe("Statistics");
    expect(chosenStage({ ...RUN, stages: running.slice(0, 1) }, null)).toBe("Examples");
  });
});

describe("what there is of a log", () => {
  const step = (of: Run, log: StageLog | null = null, now = 0) => logStep(of, "Train", log, now).step;

  test("lines, when there are any", () => {
    expect(step(run("failed", 0, 1_000), LOG)).toBe("lines");
  });

  test("nothing yet: not begun, live, being copied", () => {
    expect(step(run("pending", null, null))).toBe("waiting");
    expect(step(run("running", 0, null))).toBe("live");
    expect(step(run("running", 0, null), EMPTY)).toBe("none");
    expect(step(run("failed", 0, 1_000), null, 30_000)).toBe("copying");
  });

  test("nothing at all: ours, reused, never begun, nothing logged", () => {
    expect(logStep(run("done", 0, 1), "Collect", null, 0).step).toBe("ours");
    expect(step(run("reused", null, null))).toBe("reused");
    expect(step(run("skipped", null, 1_000))).toBe("skipped");
    expect(step(run("done", 0, 1_000, { logs: { "a1-train": "empty" } }), null, DAY)).toBe("none");
    expect(step(run("done", 0, 1_000), EMPTY, DAY)).toBe("none");
  });

  test("nothing stored, and why", () => {
    const failed = run("done", 0, 1_000, { logs: { "a1-train": "failed: PERMISSION_DENIED" } });
    expect(logStep(failed, "Train", null, DAY)).toEqual({ step: "unkept", why: "PERMISSION_DENIED" });
    expect(logStep(run("done", 0, 1_000), "Train", null, DAY)).toEqual({ step: "unkept", why: null });
    expect(logStep(failed, "Train", { ...EMPTY, problem: "away" }, DAY)).toEqual({ step: "unkept", why: "away" });
  });

  test("gone after 30 days without a copy", () => {
    expect(step(run("done", 0, 1_000), null, 31 * DAY)).toBe("gone");
    expect(step(run("done", 0, 1_000), EMPTY, 31 * DAY)).toBe("gone");
  });

  test("of an attempt before, when this one has not come so far", () => {
    const error = { ...ERROR, component: "Train" };
    const attempts = [{ attempt: 1, startedAt: 0, endedAt: 1_000, error, region: null, spentUsd: null }];
    const again = run("pending", null, null, { attempt: 2, attempts, logs: { "a1-train": "failed: away" } });
    expect(logStep(again, "Train", null, DAY)).toEqual({ step: "unkept", why: "away" });
  });

  test("is fetched where there may be something", () => {
    expect(mayFetch(run("running", 0, null), "Train", null, 0)).toBe(true);
    expect(mayFetch(run("done", 0, 1_000), "Train", LOG, 90 * DAY)).toBe(true);
    expect(mayFetch(run("done", 0, 1_000), "Train", null, 90 * DAY)).toBe(false);
    expect(mayFetch(run("pending", null, null), "Train", null, 0)).toBe(false);
  });
});
