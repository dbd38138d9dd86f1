import { expect, test } from "vitest";
import { nextSteps } from "./next";
import { type Run, runOfRequest, type Verdict } from "./run";

const RUN: Run = {
  ...runOfRequest({
    ...{ id: "exp-1", name: "", owner: "", modelEndpoint: "", parent: null, origin: null, featureConfig: "" },
    ...{ modelConfig: "", createdAt: null, document: {} },
  }),
  state: "completed",
  parameters: { sample_percent: 100 },
};
const judged = (verdict: Verdict, percent = 100): Run => ({
  ...RUN,
  parameters: { sample_percent: percent },
  headline: {
    ...{ metric: "recall_at_10", population: "all", measure: { value: 1, low: 0, high: 2, n: 9, reason: null } },
    lift: { baseline: "ease", value: 0, low: 0, high: 0, verdict },
  },
});
const PARENT = { id: "exp-0", name: "#7 First" };
const links = (...given: Parameters<typeof nextSteps>) =>
  nextSteps(...given).map(({ link, path }) => `${link} ${path}`);

test("a finished run is compared with its parent and the leader of its group, then cloned", () => {
  expect(links(RUN, PARENT, { id: "exp-9", name: "#9 Ninth" }, true)).toEqual([
    "Compare with its parent /compare?ids=exp-1,exp-0",
    "Compare with the leader /compare?ids=exp-1,exp-9",
    "Clone and change it /new?parent=exp-1",
  ]);
  expect(links(RUN, PARENT, PARENT, true)).toHaveLength(2); // the parent leads: one comparison is enough
});

test("the leader is told that none is better", () => {
  expect(nextSteps(RUN, null, { id: "exp-1", name: "#1" }, true)[0]?.words).toContain(
    "none that was measured on the same rows",
  );
});

test("what a verdict asks for", () => {
  const words = (run: Run) => nextSteps(run, null, null, true).at(-1)?.words;
  expect(words(judged("better"))).toContain("one thing at a time");
  expect(words(judged("better", 10))).toContain("run it on all customers");
  expect(words(judged("worse"))).toContain("below the best baseline");
  expect(words(judged("cannot tell"))).toContain("cannot be told");
  expect(words(RUN)).toContain("not compared");
});

test("what failed is mended in a copy, what was cancelled is started anew, and live runs are left alone", () => {
  expect(nextSteps({ ...RUN, state: "failed" }, PARENT, null, true)).toHaveLength(1);
  expect(links({ ...RUN, state: "cancelled" }, null, null, true)).toEqual(["Clone and change it /new?parent=exp-1"]);
  expect(nextSteps({ ...RUN, state: "running" }, PARENT, null, true)).toEqual([]);
});

test("viewers start nothing", () => {
  expect(links(RUN, null, null, false)).toEqual([" "]);
});
