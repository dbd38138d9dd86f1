import { expect, test } from "vitest";
import { type Run, runOfRequest } from "../run/run";
import { insightState } from "./insight_state";

const RUN: Run = {
  ...runOfRequest({
    ...{ id: "exp-1", name: "", owner: "", modelEndpoint: "", parent: null, origin: null, featureConfig: "" },
    ...{ modelConfig: "", createdAt: null, document: {} },
  }),
  state: "running",
  stages: [{ name: "Statistics", state: "running", startedAt: 0, endedAt: null, note: null }],
};
const words = (run: Run, kind: "statistics" | "schema" | "results") => {
  const state = insightState(run, kind);
  return state.step === "there" ? "there" : `${state.step}: ${state.words}`;
};

test("what a live run does not have yet says which stage it waits for", () => {
  expect(words(RUN, "statistics")).toBe("waiting: They are there when the stage Statistics ends, which is running.");
  expect(words(RUN, "schema")).toBe("waiting: It is there when the stage Schema ends.");
  expect(words(RUN, "results")).toBe("waiting: It is there when the stage Collect ends.");
});

test("it is there as soon as the run says so, whatever state it is in", () => {
  expect(words({ ...RUN, insights: { statistics: "done" } }, "statistics")).toBe("there");
  expect(words({ ...RUN, metrics: {} }, "results")).toBe("there");
});

test("what failed says why, and what never comes says that", () => {
  expect(words({ ...RUN, insights: { schema: "failed: the file is too large." } }, "schema")).toBe(
    "failed: The schema cannot be shown: the file is too large. The run itself is not touched by that.",
  );
  expect(words({ ...RUN, state: "cancelled" }, "statistics")).toBe(
    "never: There is none: the run was cancelled before its stage Statistics ended.",
  );
  expect(words({ ...RUN, state: "failed" }, "results")).toBe(
    "never: There is none: the run failed before its stage Collect ended.",
  );
  expect(words({ ...RUN, state: "completed" }, "statistics")).toBe("never: The statistics were not kept.");
});
