import { localTimes } from "../../model/common/time";
import { afterWords, moveWords, type Step, stepCells, whoWords } from "../../model/run/activity";
import type { Run, Time } from "../../model/run/run";
import "../../styles/pipeline.css";
import { StateIcon } from "../icons";
import { Empty, Prose, Section, When } from "../parts";
import { TableDownload } from "../ui/download";

interface ActivityProps {
  run: Run;
  /** Oldest first. */
  steps: readonly Step[];
  /** The id of whoever is looking. */
  me: string;
  now: Time;
}

/** Who and what moved a run, the newest first. */
export function ActivityView({ run, steps, me, now }: ActivityProps) {
  if (steps.length === 0) {
    return (
      <Empty title="Nothing has happened yet">
        <p>Each move of the run, and whatever people wish of it, appears here by itself.</p>
      </Empty>
    );
  }
  return (
    <Section id="activity" title="Activity">
      <div class="activity-head">
        <p class="faint">The newest first. The service moves runs by itself; people ask, stop and delete.</p>
        <TableDownload name={`activity-${run.id}`} rows={() => stepCells(steps)} />
      </div>
      <ol class="activity">
        {steps.toReversed().map((step) => (
          <StepView key={step.id} {...{ step, me, now }} several={run.attempts.length > 0} />
        ))}
      </ol>
    </Section>
  );
}

function StepView({ step, me, now, several }: { step: Step; me: string; now: Time; several: boolean }) {
  const [move, after, who] = [moveWords(step), afterWords(step), whoWords(step, me)];
  const beside = [move, after, several && step.who === null ? `attempt ${step.attempt}` : null].filter(Boolean);
  return (
    <li class={step.who === null ? "step" : "step step-person"}>
      <span class="step-icon">
        <StateIcon icon={step.icon === "live" ? "pending" : step.icon} />
      </span>
      <div>
        <p>
          <b>{step.what}</b>
          {step.why !== "" && (
            <>
              : <Prose text={localTimes(step.why)} />
            </>
          )}
        </p>
        <p class="faint number">
          {[who === "" ? null : `by ${who}`, ...beside].filter(Boolean).join(", ")}
          {(who !== "" || beside.length > 0) && ", "}
          <When time={step.at} now={now} />
        </p>
      </div>
    </li>
  );
}
