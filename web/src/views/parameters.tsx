import { lines } from "../model/parameters";
import { type Group, isLive, type Run } from "../model/run";
import { Section } from "./parts";

/** What the run really used: resolved parameters and counted rows. */
export function ParametersView({ run }: { run: Run }) {
  const { featureConfig, modelConfig, dataset } = run.names;
  const documents: Group = {
    dataset: dataset || null,
    feature_config: featureConfig || null,
    model_config: modelConfig || null,
  };
  const unknown = isLive(run) ? "not known yet" : "never known: it ended before";
  return (
    <Section id="parameters" title="Configuration">
      <div class="parameters">
        <Lines title="Documents" group={documents} unknown={unknown} />
        <Lines title="Parameters" group={run.parameters} unknown={unknown} />
        <Lines title="Counts" group={run.counts} unknown={unknown} />
      </div>
      {run.modelUri !== null && (
        <p class="faint">
          Model: <code>{run.modelUri}</code>
        </p>
      )}
    </Section>
  );
}

function Lines({ title, group, unknown }: { title: string; group: Group | null; unknown: string }) {
  return (
    <div>
      <h3>{title}</h3>
      {group === null ? (
        <p class="faint">{unknown}</p>
      ) : (
        <dl>
          {lines(group).map((line) => (
            <div key={line.label}>
              <dt>{line.label}</dt>
              <dd class="number">{line.text}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
