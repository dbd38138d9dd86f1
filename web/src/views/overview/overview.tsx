import type { ComponentChildren } from "preact";
import type { Step } from "../../model/run/next";
import type { Kept } from "../../model/run/retention";
import type { EpochRecord, Evaluation, Group, Run, Shape, Time } from "../../model/run/run";
import { isLive } from "../../model/run/run";
import { AttemptsView } from "../experiment/attempts";
import { ProblemsView } from "../experiment/problems";
import { Section } from "../parts";
import { TrainingSummary } from "../training/summary";
import { AudienceView } from "./audience";
import { ParametersView } from "./parameters";
import { KeptView, ReproduceView } from "./reproduce";
import { MetricsView, ResultView } from "./result";
import { StagesView } from "./stages";

interface OverviewProps {
  run: Run;
  history: EpochRecord[];
  evaluation: Evaluation | null;
  snapshot: { configs: Group; shape: Shape | null; images: Record<string, string> } | null;
  /** What to do next; none while it runs. */
  steps: readonly Step[];
  kept: readonly Kept[] | null;
  keptWords: string;
  notes: ComponentChildren;
  /** By which it is told who the model works for. */
  metric: string;
  onMetric: (metric: string) => void;
  now: Time;
}

/** Everything about a run that needs no code: what is wrong, the result once there is one, how it came about. */
export function Overview(props: OverviewProps) {
  const { run, history, evaluation, snapshot, steps, kept, keptWords, notes, metric, onMetric, now } = props;
  const unfinished = isLive(run) && run.headline === null;
  // It moves when the result arrives, and keeps what somebody writes in it: hence its key.
  const lead = (
    <div class="lead" key="lead">
      <ResultView run={run} evaluation={evaluation} />
      <div class="aside">
        <NextView steps={steps} />
        {notes}
      </div>
    </div>
  );
  return (
    <div class="overview">
      <ProblemsView run={run} />
      <AttemptsView run={run} />
      {!unfinished && lead}
      <MetricsView run={run} evaluation={evaluation} />
      {evaluation !== null && <AudienceView run={run} evaluation={evaluation} chosen={metric} onChoose={onMetric} />}
      <div class="columns">
        <StagesView run={run} now={now} />
        <TrainingSummary run={run} history={history} training={evaluation?.training ?? null} />
      </div>
      {unfinished && lead}
      <ParametersView run={run} shape={snapshot?.shape ?? null} configs={snapshot?.configs ?? null} />
      {snapshot !== null && (
        <div class="halves">
          <ReproduceView run={run} images={snapshot.images} />
          {kept !== null && <KeptView kept={kept} words={keptWords} />}
        </div>
      )}
    </div>
  );
}

function NextView({ steps }: { steps: readonly Step[] }) {
  if (steps.length === 0) return null;
  return (
    <Section id="next" title="What to do next">
      <ul class="next">
        {steps.map(({ words, link, path }) => (
          <li key={words}>
            {words} {link !== "" && <a href={path}>{link}</a>}
          </li>
        ))}
      </ul>
    </Section>
  );
}
