/** The words and icons of states (S9.8). Colour is never alone: every tone comes with an icon and a text. */

import { localTimes } from "../common/time";
import { attemptWords, isResting, restingReason } from "./attempts";
import { deletionStep } from "./deletion";
import type { Run, RunState, Stage, StageState } from "./run";

export type Icon = "waiting" | "live" | "done" | "reused" | "failed" | "cancelled" | "skipped" | "pending" | "warning";

interface Words {
  icon: Icon;
  text: string;
}

const STATES: Record<RunState, Words> = {
  requested: { icon: "waiting", text: "Waiting" },
  preparing: { icon: "live", text: "Preparing" },
  compiling: { icon: "live", text: "Compiling" },
  submitting: { icon: "live", text: "Submitting" },
  running: { icon: "live", text: "Running" },
  collecting: { icon: "live", text: "Collecting" },
  completed: { icon: "done", text: "Completed" },
  failed: { icon: "failed", text: "Failed" },
  cancelling: { icon: "live", text: "Cancelling" },
  cancelled: { icon: "cancelled", text: "Cancelled" },
  unknown: { icon: "warning", text: "Unknown state" },
};

const STAGES: Record<StageState, Words> = {
  pending: { icon: "pending", text: "waiting" },
  running: { icon: "live", text: "running" },
  done: { icon: "done", text: "done" },
  reused: { icon: "reused", text: "reused" },
  failed: { icon: "failed", text: "failed" },
  skipped: { icon: "skipped", text: "skipped" },
  cancelling: { icon: "live", text: "cancelling" },
  cancelled: { icon: "cancelled", text: "cancelled" },
};

export function stateWords(state: RunState): Words {
  return STATES[state];
}

const DELETING: Words = { icon: "live", text: "Deleting" };

/** As `stateWords`, and of a run that is being deleted. */
export function runWords(run: Run): Words {
  return run.deletion === null ? stateWords(run.state) : DELETING;
}

export function stageWords(state: StageState): Words {
  return STAGES[state];
}

function runningStage(run: Run): Stage | null {
  return run.stages.find((stage) => stage.state === "running") ?? null;
}

/** What a state means for this run: the stage and epoch it is in, why it waits, why it failed. */
export function stateDetail(run: Run): string | null {
  if (run.deletion !== null) return run.reason === null ? deletionStep(run.deletion) : localTimes(run.reason);
  if (isResting(run)) return restingReason(run);
  if (run.state === "failed") return run.error?.title.replace(/^Failed (?=in )/, "") ?? failureOfProblems(run);
  if (run.state !== "running") return run.reason;
  const stage = runningStage(run);
  return [stage?.name, stage?.name === "Train" ? epochWords(run) : null, run.reason].filter(Boolean).join(", ") || null;
}

const GOES_ON = /^(while|in) /; // a detail that continues the state: `Cancelled while waiting`, `Failed in Train`

/** `Failed: Memory full`, `Failed in Train`, `Running: Train, epoch 2 of 3`, `Waiting for attempt 2 of 3`. */
export function stateSentence(run: Run): string {
  const { text } = runWords(run);
  if (isResting(run) && run.deletion === null) return `${text} for ${attemptWords(run) ?? "another attempt"}`;
  const detail = stateDetail(run);
  if (!detail) return text;
  return GOES_ON.test(detail) ? `${text} ${detail}` : `${text}: ${detail}`;
}

/** The name people know a run by. */
export function runTitle(run: Run): string {
  return run.names.experiment || (run.number === null ? "Unnamed experiment" : `Experiment ${run.number}`);
}

function epochWords(run: Run): string | null {
  const { progress } = run;
  if (progress === null || progress.epochs === 0) return null;
  if (progress.epochsDone >= progress.epochs) return "evaluating";
  return `epoch ${progress.epochsDone + 1} of ${progress.epochs}`;
}

function failureOfProblems(run: Run): string | null {
  const errors = run.problems.filter((problem) => problem.severity === "error").length;
  if (errors === 0) return run.reason;
  return errors === 1 ? "1 problem in its documents" : `${errors} problems in its documents`;
}
