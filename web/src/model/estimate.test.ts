import { expect, test } from "vitest";
import { costWords } from "./estimate";
import { type Run, runOfRequest } from "./run";

const RUN: Run = {
  ...runOfRequest({ id: "exp-1", name: "", featureConfig: "", modelConfig: "", createdAt: 0 }),
  state: "running",
  estimate: { seconds: 656, usd: 0.084, secondsRange: [393.6, 1180.6], usdRange: [0.062, 0.12] },
};

test("before the end it is what is expected, afterwards what it cost", () => {
  expect(costWords(RUN)).toBe("expected 6.6 to 20 min and 0.062 to 0.12 USD");
  expect(costWords({ ...RUN, state: "completed", cost: { computed: 0.0312 } })).toBe(
    "cost 0.031 USD, estimated 0.084 USD",
  );
});

test("what is unknown is not said", () => {
  expect(costWords({ ...RUN, estimate: null })).toBe("");
  expect(costWords({ ...RUN, state: "completed" })).toContain("expected");
});
