import { exact, stageDuration } from "../../model/common/time";
import type { Run, Stage, Time } from "../../model/run/run";
import { stageWords } from "../../model/run/states";
import { StateIcon } from "../icons";
import { Section } from "../parts";

/** The stages of a run in their order, each with its state and its time (S9.1). */
export function StagesView({ run, now }: { run: Run; now: Time }) {
  return (
    <Section id="stages" title={run.attempt > 1 ? `Stages of attempt ${run.attempt}` : "Stages"}>
      {run.stages.length === 0 ? (
        <p class="faint">They begin when the experiment is picked up.</p>
      ) : (
        <table class="stages">
          <thead class="visually-hidden">
            <tr>
              <th scope="col">Stage</th>
              <th scope="col">State</th>
              <th scope="col">Time</th>
            </tr>
          </thead>
          <tbody>
            {run.stages.map((stage) => (
              <StageRow key={stage.name} stage={stage} now={now} />
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function StageRow({ stage, now }: { stage: Stage; now: Time }) {
  const { icon, text } = stageWords(stage.state);
  return (
    <tr class={`stage stage-${stage.state}`}>
      <th scope="row">{stage.name}</th>
      <td>
        <span class="state">
          <StateIcon icon={icon} />
          <span>{text}</span>
        </span>
        {stage.note !== null && <small>{stage.note}</small>}
      </td>
      <td class="number" title={stage.startedAt === null ? undefined : `started ${exact(stage.startedAt)}`}>
        {stageDuration(stage, now)}
      </td>
    </tr>
  );
}
