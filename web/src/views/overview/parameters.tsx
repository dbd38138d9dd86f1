import { ratio } from "../../model/common/format";
import { lines, targetWords } from "../../model/run/parameters";
import { type Group, type Input, isLive, type Run, type Shape } from "../../model/run/run";
import { Prose, Section } from "../parts";
import { SnapshotView } from "./snapshot";

interface ParametersProps {
  run: Run;
  shape: Shape | null;
  /** null before it is prepared. */
  configs: Group | null;
}

/** What the run really used: documents, towers, resolved parameters, counted rows, hardware, and the frozen configs. */
export function ParametersView({ run, shape, configs }: ParametersProps) {
  const { featureConfig, modelConfig, dataset } = run.names;
  const named = dataset !== "" || featureConfig !== "" || modelConfig !== "";
  const documents: Group = { dataset, feature_config: featureConfig, model_config: modelConfig };
  const { reason, ...hardware } = run.hardware ?? {};
  const counts = run.counts === null ? null : { ...run.counts };
  if (counts !== null) delete counts.fingerprints; // for machines, in snapshot.json
  const unknown = isLive(run) ? "not known yet" : "never known: it ended before";
  return (
    <Section id="parameters" title="Configuration">
      {shape !== null && <ShapeView shape={shape} />}
      <div class="parameters">
        <Lines title="Documents" group={named ? documents : null} unknown={unknown} />
        <Lines title="Parameters" group={run.parameters} unknown={unknown} />
        <Lines title="Counts" group={counts} unknown={unknown} />
        {run.hardware !== null && <Lines title="Hardware" group={hardware} unknown={unknown} />}
      </div>
      {typeof reason === "string" && (
        <p class="faint">
          Hardware: <Prose text={reason} />
        </p>
      )}
      {run.modelUri !== null && (
        <p class="faint">
          Model: <code>{run.modelUri}</code>
        </p>
      )}
      {configs !== null && <SnapshotView run={run} configs={configs} shape={shape} />}
    </Section>
  );
}

/** The towers as text: `customer_id(64)`, `a × b(16)`, `128→64→32` (S7.7). */
function ShapeView({ shape }: { shape: Shape }) {
  return (
    <dl class="pairs shape">
      {shape.towers.map((tower) => (
        <div key={tower.name}>
          <dt>{tower.name} tower</dt>
          <dd>
            <ul>
              {summed(tower.inputs).map((input) => (
                <li key={input.feature} title={`${ratio(input.share)} of the tower's input`}>
                  <code>
                    {input.feature}({input.width})
                  </code>
                </li>
              ))}
            </ul>
            layers <code>{tower.layers}</code>
          </dd>
        </div>
      ))}
      {shape.head !== null && (
        <div>
          <dt>rating head</dt>
          <dd>
            layers <code>{shape.head}</code>
            {shape.target !== null && `; target ${targetWords(shape.target)}`}
          </dd>
        </div>
      )}
      {shape.filters.length > 0 && (
        <div>
          <dt>filters</dt>
          <dd>
            <ul class="sentences">
              {shape.filters.map((sentence) => (
                <li key={sentence}>
                  <Prose text={sentence} />
                </li>
              ))}
            </ul>
          </dd>
        </div>
      )}
    </dl>
  );
}

/** One entry for each feature; a feature with several outputs is as wide as all of them. */
function summed(inputs: Input[]): Input[] {
  const byFeature = new Map<string, Input>();
  for (const input of inputs) {
    const before = byFeature.get(input.feature);
    const width = input.width + (before?.width ?? 0);
    byFeature.set(input.feature, { ...input, width, share: input.share + (before?.share ?? 0) });
  }
  return [...byFeature.values()];
}

function Lines({ title, group, unknown }: { title: string; group: Group | null; unknown: string }) {
  return (
    <div>
      <h3>{title}</h3>
      {group === null ? (
        <p class="faint">{unknown}</p>
      ) : (
        <dl class="pairs">
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
