import { describe, expect, test } from "vitest";
import { ERROR, RUN } from "../common/samples";
import { RUN_STATES, type Run, STAGE_STATES } from "./run";
import { runTitle, runWords, stageWords, stateDetail, stateSentence, stateWords } from "./states";

const TRAIN = { name: "Train", state: "running", startedAt: 0, endedAt: null, note: null } as const;

test("every state has an icon and a text", () => {
  for (const state of RUN_STATES)
    expect(stateWords(state)).toEqual({ icon: expect.any(String), text: expect.any(String) });
  for (const state of STAGE_STATES) expect(stageWords(state).text).not.toBe("");
});

test("completed is told apart from failed and cancelled without colour", () => {
  const icons = (["completed", "failed", "cancelled"] as const).map((state) => stateWords(state).icon);
  expect(new Set(icons).size).toBe(3);
});

describe("sentences", () => {
  test("waiting gives its reason", () =>
    expect(stateSentence({ ...RUN, reason: "2 experiments run already" })).toBe("Waiting: 2 experiments run already"));

  test("running names the stage and the epoch in work", () => {
    const run: Run = { ...RUN, state: "running", stages: [TRAIN], progress: { epochsDone: 1, epochs: 3 } };
    expect(stateSentence(run)).toBe("Running: Train, epoch 2 of 3");
    expect(stateSentence({ ...run, progress: { epochsDone: 3, epochs: 3 } })).toBe("Running: Train, evaluating");
    expect(stateSentence({ ...run, progress: null })).toBe("Running: Train");
    expect(stateSentence({ ...run, stages: [], reason: "waiting for machines" })).toBe("Running: waiting for machines");
  });

  test("failed gives the title of its error, else its problems", () => {
    const problem = { code: "E", path: "p", problem: "a", remedy: "b", severity: "error" } as const;
    expect(stateSentence({ ...RUN, state: "failed", error: ERROR })).toBe("Failed: Memory full");
    const nameless = { ...ERROR, title: "Failed in Train" };
    expect(stateSentence({ ...RUN, state: "failed", error: nameless })).toBe("Failed in Train");
    expect(stateDetail({ ...RUN, state: "failed", error: nameless })).toBe("in Train");
    expect(stateSentence({ ...RUN, state: "failed", problems: [problem] })).toBe("Failed: 1 problem in its documents");
    expect(stateSentence({ ...RUN, state: "failed" })).toBe("Failed");
  });

  test("a completed run may have finished before the cancel", () =>
    expect(stateSentence({ ...RUN, state: "completed", reason: "finished before the cancel" })).toBe(
      "Completed: finished before the cancel",
    ));
});

const DELETING: Run = { ...RUN, state: "completed", deletion: { requestedAt: 0, left: ["objects", "details"] } };

test("what is being deleted says only that", () => {
  expect(stateSentence(DELETING)).toBe("Deleting: removing its files");
  const reason = "waits for 2 experiments that may be reading its data";
  expect(stateSentence({ ...DELETING, reason })).toBe(`Deleting: ${reason}`);
  expect(runWords(DELETING).icon).toBe("live");
  expect(runWords(RUN)).toEqual(stateWords("requested"));
});

test("cancelled says where it was and what had been spent", () => {
  const reason = "while running (Train, epoch 3 of 20); about 0.04 USD had been spent";
  expect(stateSentence({ ...RUN, state: "cancelled", reason })).toBe(`Cancelled ${reason}`);
});

test("an experiment without a name has its number", () => {
  const nameless: Run = { ...RUN, names: { ...RUN.names, experiment: "" } };
  expect(runTitle({ ...nameless, number: 12 })).toBe("Experiment 12");
  expect(runTitle(nameless)).toBe("Unnamed experiment");
});
