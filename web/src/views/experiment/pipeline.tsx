import type { ComponentChildren } from "preact";
import type { Run, Time } from "../../model/run/run";
import "../../styles/pipeline.css";
import { Section } from "../parts";
import { AttemptsView } from "./attempts";
import { GanttView } from "./gantt";
import { GraphView } from "./graph";
import { ProblemsView } from "./problems";

interface PipelineProps {
  run: Run;
  now: Time;
  chosen: string;
  onChoose: (stage: string) => void;
  log: ComponentChildren;
}

/** What runs where, when, and what it says: the error first when there is one. */
export function PipelineView({ run, now, chosen, onChoose, log }: PipelineProps) {
  return (
    <div class="pipeline">
      {run.error !== null && <ProblemsView run={run} />}
      <div class="pipeline-halves">
        <Section id="graph" title="Graph">
          <GraphView {...{ run, now, chosen, onChoose }} />
        </Section>
        <div class="pipeline-beside">
          <Section id="timeline" title="Timeline">
            <GanttView run={run} now={now} />
          </Section>
          <Section id="log" title={`Log of ${chosen}`}>
            {log}
          </Section>
        </div>
      </div>
      <AttemptsView run={run} />
    </div>
  );
}
