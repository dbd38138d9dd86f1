import { describe, expect, test } from "vitest";
import { ERROR, RUN } from "../common/samples";
import { type AuditEvent, afterWords, moveWords, stepCells, stepsOf, whoWords } from "./activity";
import type { Run } from "./run";

const RUNNING: Run = { ...RUN, state: "running", createdAt: 1_000, owner: "ada" };

function event(revision: number, from: string, to: string, at: number | null, why: string, attempt = 1): AuditEvent {
  return { revision, from, to, at, why, attempt };
}

const EVENTS = [
  event(1, "requested", "preparing", 4_000, "a request arrived"),
  event(2, "preparing", "compiling", 6_000, "the snapshot is frozen"),
  event(3, "compiling", "compiling", 6_000, "no compiled spec is stored"),
];

describe("the activity of a run", () => {
  test("begins with who asked, then its moves with their reasons and times", () => {
    const steps = stepsOf(RUNNING, { owner: "ada", createdAt: 1_000, updatedAt: 1_000 }, EVENTS, []);
    expect(steps.map((step) => [whoWords(step, "ada"), step.what, moveWords(step), afterWords(step)])).toEqual([
      ["you", "Asked for this experiment", null, null],
      ["the service", "Preparing", "Waiting → Preparing", "after 3.0 s waiting"],
      ["the service", "Compiling", "Preparing → Compiling", "after 2.0 s preparing"],
      ["the service", "Still compiling", null, null],
    ]);
    expect(steps[1]?.why).toBe("there is a place for it");
    expect(whoWords(steps[0] ?? raise(), "bob")).toBe("ada");
  });

  test("shows wishes of people before what came of them", () => {
    const steps = stepsOf(
      RUNNING,
      null,
      [event(9, "running", "cancelling", 9_000, "a cancel was asked for")],
      [
        { kind: "delete", owner: "cy", at: 12_000 },
        { kind: "cancel", owner: "bob", at: 9_000 },
        { kind: "cancel", owner: "nobody", at: null },
      ],
    );
    expect(steps.map(({ what, who }) => [what, who])).toEqual([
      ["Asked for this experiment", "ada"],
      ["Asked to stop it", "bob"],
      ["Cancelling", null],
      ["Asked to delete it", "cy"],
    ]);
  });

  test("tells of a failed attempt what it was and cost", () => {
    const error = { ...ERROR, title: "No machines free" };
    const attempts = [{ attempt: 1, startedAt: 0, endedAt: 9, error, region: "europe-west4", spentUsd: 0.021 }];
    const retry = event(9, "running", "requested", 9_000, "E_ZONE: attempt 2 follows", 2);
    const [, step] = stepsOf({ ...RUNNING, attempt: 2, attempts }, null, [retry], []);
    expect(step).toMatchObject({ what: "Attempt 1 failed", icon: "failed", attempt: 1, from: "running" });
    expect(step?.why).toBe("No machines free in europe-west4; it cost 0.021 USD: attempt 2 follows");
  });

  test("says how it failed in words, and what it does not know as it is", () => {
    const failed = { ...RUNNING, error: ERROR };
    const [, first, second] = stepsOf(
      failed,
      null,
      [event(3, "running", "failed", 5_000, "E_OOM"), event(4, "failed", "resting", 6_000, "a word of tomorrow")],
      [],
    );
    expect(first?.why).toBe("Memory full");
    expect([second?.what, second?.why]).toEqual(["resting", "a word of tomorrow"]);
  });

  test("knows the last change of its labels, and not whose it was", () => {
    const request = { owner: "ada", createdAt: 1_000, updatedAt: 9_000 };
    const step = stepsOf(RUNNING, request, [], []).at(-1) ?? raise();
    expect([step.what, whoWords(step, "ada")]).toEqual([
      "Name, description, tags, notes or star were changed last",
      "",
    ]);
  });

  test("leaves out what has no time", () => {
    expect(stepsOf({ ...RUNNING, createdAt: null }, null, [event(1, "a", "b", null, "")], [])).toEqual([]);
  });

  test("is a table for other programs", () => {
    expect(stepCells(stepsOf(RUNNING, null, EVENTS.slice(0, 1), []))[1]).toEqual({
      time: "1970-01-01T00:00:04.000Z",
      who: "the service",
      what: "Preparing",
      from: "requested",
      to: "preparing",
      why: "there is a place for it",
      attempt: 1,
      after_seconds: 3,
    });
  });
});

function raise(): never {
  throw new Error("there is no such step");
}
