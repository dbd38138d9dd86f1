import { expect, test } from "vitest";
import * as samples from "../common/samples";
import { costWords, remainingWords } from "./estimate";
import type { Run } from "./run";

const RUN: Run = {
  ...samples.RUN,
  state: "running",
  estimate: { seconds: 656, usd: 0.084, secondsRange: [393.6, 1180.6], usdRange: [0.062, 0.12] },
};

test("before the end it is what is expected, afterwards what it cost", () => {
  expect(costWords(RUN)).toBe("expected 6.6 to 20 min and 0.062 to 0.12 USD");
  expect(costWords({ ...RUN, state: "completed", cost: { computed: 0.0312 } })).toBe(
    "cost 0.031 USD, estimated 0.084 USD",
  );
});

test("what is left is about, at most, or longer than usual", () => {
  expect(remainingWords({ ...RUN, remaining: { seconds: 200, atMost: false } })).toBe("about 3 min 20 s left");
  expect(remainingWords({ ...RUN, remaining: { seconds: 40, atMost: true } })).toBe("at most 40 s left");
  expect(remainingWords({ ...RUN, remaining: { seconds: null, atMost: false } })).toBe("longer than usual");
  expect(remainingWords({ ...RUN, state: "completed", remaining: { seconds: 0, atMost: false } })).toBe("");
});

test("what is unknown is not said", () => {
  expect(costWords({ ...RUN, estimate: null })).toBe("");
  expect(costWords({ ...RUN, state: "completed" })).toContain("expected");
});
