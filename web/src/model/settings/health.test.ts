import { expect, test } from "vitest";
import cases from "../../../../tests/unit/stuck_cases.json";
import {
  type DeadLetter,
  healthOf,
  healthSentence,
  type LiveRun,
  recentLetters,
  stuckReason,
  whyStuck,
} from "./health";

const MINUTE = 60_000;
const NOW = 100 * 24 * 60 * MINUTE;
const RUN: LiveRun = {
  ...{ id: "exp-1", number: 1, name: "A", state: "preparing", endpoint: "default", createdAt: 0, reason: null },
  ...{ enteredAt: NOW - MINUTE, updatedAt: NOW - MINUTE, unseenSince: null, retryAt: null },
};

test.each(cases)("as the functions judge it: $case", ({ state, why, ...ago }) => {
  const times: { entered?: number; updated?: number; unseen?: number; retry?: number } = ago;
  const at = (seconds: number | undefined) => (seconds === undefined ? null : NOW - seconds * 1000);
  const run = { ...RUN, state: state as LiveRun["state"], enteredAt: at(times.entered), updatedAt: at(times.updated) };
  expect(whyStuck({ ...run, unseenSince: at(times.unseen), retryAt: at(times.retry) }, NOW)).toBe(why);
});

test("a run stands still when it is past its deadline, may not be looked at, or is not written any more", () => {
  expect(stuckReason(RUN, NOW)).toBeNull();
  expect(stuckReason({ ...RUN, enteredAt: NOW - 18 * MINUTE }, NOW)).toContain("preparing may last 15 min 00 s");
  expect(stuckReason({ ...RUN, enteredAt: NOW - 16 * MINUTE }, NOW)).toBeNull(); // the sweep is about to come by
  expect(stuckReason({ ...RUN, unseenSince: NOW - 2 * MINUTE }, NOW)).toContain("not been let look");
  expect(stuckReason({ ...RUN, state: "running", updatedAt: NOW - 20 * MINUTE }, NOW)).toContain(
    "nothing has been written",
  );
  expect(stuckReason({ ...RUN, state: "cancelling", enteredAt: 0 }, NOW)).toBeNull();
});

test("a run that waits for its turn does not stand still", () => {
  const waiting: LiveRun = { ...RUN, id: "exp-2", state: "requested", enteredAt: 0, updatedAt: 0 };
  const health = healthOf([{ ...waiting, id: "exp-3", createdAt: 5 }, RUN, waiting], NOW);
  expect(health.running.map(({ id }) => id)).toEqual(["exp-1"]);
  expect(health.waiting.map(({ id }) => id)).toEqual(["exp-2", "exp-3"]);
  expect(health.stuck).toEqual([]);
});

test("a sentence says what needs somebody", () => {
  expect(healthSentence(0, 0)).toBe("Nothing needs attention.");
  expect(healthSentence(0, null)).toBe("Nothing needs attention.");
  expect(healthSentence(2, 1)).toBe("2 runs stand still and 1 input could not be handled in the last 7 days.");
});

test("old letters need nobody", () => {
  const letter = (lastAt: number | null) => ({ lastAt }) as DeadLetter;
  expect(recentLetters([letter(NOW), letter(NOW - 8 * 24 * 60 * MINUTE), letter(null)], NOW)).toBe(1);
});
