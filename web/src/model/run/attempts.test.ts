import { describe, expect, test } from "vitest";
import { ERROR, RUN } from "../common/samples";
import { clock } from "../common/time";
import { attemptBanner, attemptWords } from "./attempts";
import type { Attempt, Run } from "./run";
import { stateSentence } from "./states";

const NOW = Date.UTC(2026, 10, 21, 14, 2, 30);
const FIRST: Attempt = {
  ...{ attempt: 1, startedAt: NOW - 60_000, endedAt: NOW, error: ERROR, region: "europe-west4", spentUsd: 0.02 },
};
const RESTING: Run = {
  ...RUN,
  ...{ attempt: 2, attemptLimit: 3, attempts: [FIRST], retryAt: NOW + 28_400 },
  reason: "attempt 2 of 3 at 14:02:58 UTC: no machines free in europe-west4",
};

test("a first attempt is not spoken of", () => {
  expect(attemptWords(RUN)).toBeNull();
  expect(attemptBanner(RUN, NOW)).toBeNull();
});

describe("between two attempts (S8.3)", () => {
  test("the reason, the local time and the seconds that are left", () => {
    expect(attemptBanner(RESTING, NOW)).toEqual({
      title: "attempt 2 of 3",
      at: NOW + 28_400,
      countdown: "in 29 s",
      why: "no machines free in europe-west4",
    });
    expect(clock(NOW)).toMatch(/^\d\d:\d\d$/);
    expect(stateSentence(RESTING)).toBe("Waiting for attempt 2 of 3");
  });

  test("at once in another region, the reason names no time", () => {
    const reason = "attempt 2 of 3: no machines free in europe-west4, trying europe-west1";
    const banner = attemptBanner({ ...RESTING, retryAt: NOW, reason }, NOW);
    expect(banner?.why).toBe("no machines free in europe-west4, trying europe-west1");
  });

  test("no seconds once it may begin, and any other reason as it is", () => {
    const banner = attemptBanner({ ...RESTING, reason: "4 of 4 run; 2 wait before it" }, NOW + 40_000);
    expect(banner).toMatchObject({ countdown: "", why: "4 of 4 run; 2 wait before it" });
  });
});

test("a later attempt under way says why there is one", () => {
  const running: Run = { ...RESTING, state: "running", retryAt: null, reason: null };
  expect(attemptBanner(running, NOW)).toMatchObject({ at: null, why: "The last one ended with: Memory full." });
  expect(attemptBanner({ ...running, state: "completed" }, NOW)).toBeNull();
  expect(attemptWords({ ...running, attemptLimit: null })).toBe("attempt 2");
});
