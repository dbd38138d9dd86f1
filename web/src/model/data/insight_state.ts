/** Whether what a stage tells about the data is there: it appears when its stage ends, not at the end of the run. */
import { isLive, type Run } from "../run/run";
import type { Icon } from "../run/states";

type InsightKind = "statistics" | "schema" | "results";

type InsightState = { step: "there" } | { step: "waiting" | "never" | "failed"; icon: Icon; words: string };

const KINDS: Record<InsightKind, { stage: string; what: string; are: string }> = {
  statistics: { stage: "Statistics", what: "The statistics", are: "They are" },
  schema: { stage: "Schema", what: "The schema", are: "It is" },
  results: { stage: "Collect", what: "What was measured", are: "It is" },
};

export function insightState(run: Run, kind: InsightKind): InsightState {
  const { stage, what, are } = KINDS[kind];
  const mark = kind === "results" ? (run.metrics === null ? "" : "done") : (run.insights[kind] ?? "");
  if (mark === "done") return { step: "there" };
  if (mark.startsWith("failed")) {
    const reason = mark.replace(/^failed:? ?/, "").replace(/\.$/, "") || "nobody knows why";
    const words = `${what} cannot be shown: ${reason}. The run itself is not touched by that.`;
    return { step: "failed", icon: "failed", words };
  }
  if (isLive(run)) {
    const running = run.stages.find(({ name }) => name === stage)?.state === "running";
    const words = running
      ? `${are} there when the stage ${stage} ends, which is running.`
      : `${are} there when the stage ${stage} ends.`;
    return { step: "waiting", icon: running ? "live" : "pending", words };
  }
  if (run.state === "completed") {
    return { step: "never", icon: "skipped", words: `${what} ${kind === "statistics" ? "were" : "was"} not kept.` };
  }
  const ended = run.state === "cancelled" ? "was cancelled" : "failed";
  return { step: "never", icon: "skipped", words: `There is none: the run ${ended} before its stage ${stage} ended.` };
}
