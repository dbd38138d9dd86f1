import {
  type Artifact,
  COMPONENTS,
  type Component,
  EDGES,
  edgePath,
  hasMade,
  layout,
  makerOf,
  type Place,
  stageDetail,
  stageOf,
} from "../../model/pipeline/graph";
import type { Run, Time } from "../../model/run/run";
import { stageWords } from "../../model/run/states";
import { StateIcon } from "../icons";

interface GraphProps {
  run: Run;
  now: Time;
  /** Whose log is shown. */
  chosen: string;
  onChoose: (stage: string) => void;
}

const LAYOUT = layout();

/**
 * The pipeline: a list of components with what they make, drawn as a graph where there is room for one. The edges are
 * for eyes; what flows where is said in the list's words.
 */
export function GraphView({ run, now, chosen, onChoose }: GraphProps) {
  return (
    <div class="graph" style={{ "--graph-width": `${LAYOUT.width}px`, "--graph-height": `${LAYOUT.height}px` }}>
      <svg class="graph-edges" width={LAYOUT.width} height={LAYOUT.height} aria-hidden="true">
        <defs>
          <marker id="graph-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0.5L8 4L0 7.5z" />
          </marker>
        </defs>
        {EDGES.map(([from, to]) => (
          <Edge key={`${from} ${to}`} run={run} from={from} to={to} />
        ))}
      </svg>
      <ol class="graph-list" aria-label="Components of the pipeline">
        {COMPONENTS.map((component) => (
          <ComponentView
            key={component.stage}
            {...{ run, now, component, onChoose }}
            chosen={chosen === component.stage}
          />
        ))}
      </ol>
    </div>
  );
}

function Edge({ run, from, to }: { run: Run; from: string; to: string }) {
  const [source, target] = [LAYOUT.places[from], LAYOUT.places[to]];
  if (source === undefined || target === undefined) return null;
  const made = hasMade(run, makerOf(from) ?? from);
  return <path class={made ? "edge edge-made" : "edge"} d={edgePath(source, target)} marker-end="url(#graph-arrow)" />;
}

interface ComponentProps {
  run: Run;
  now: Time;
  component: Component;
  chosen: boolean;
  onChoose: (stage: string) => void;
}

function ComponentView({ run, now, component, chosen, onChoose }: ComponentProps) {
  const stage = stageOf(run, component.stage);
  const { icon, text } = stageWords(stage.state);
  const detail = stageDetail(run, stage, now);
  const isEpoch = stage.state === "running" && component.stage === "Train" && run.progress !== null; // and long
  const made = hasMade(run, component.stage);
  return (
    <li class="component">
      <button
        type="button"
        class={`graph-node node-${stage.state}`}
        style={at(LAYOUT.places[component.stage])}
        aria-pressed={chosen}
        title={[component.task, component.what].filter(Boolean).join(": ")}
        onClick={() => onChoose(component.stage)}
      >
        <StateIcon icon={icon} />
        <span>
          <b>{component.stage}</b>
          <span class="faint number">
            {isEpoch ? <span class="visually-hidden">{text}, </span> : text}
            {detail !== null && (isEpoch ? detail : `, ${detail}`)}
          </span>
        </span>
      </button>
      {component.makes.length > 0 && (
        <ul class="graph-made" aria-label={`What ${component.stage} makes`}>
          {component.makes.map((artifact) => (
            <ArtifactView key={artifact.id} {...{ run, artifact, made }} />
          ))}
        </ul>
      )}
    </li>
  );
}

function ArtifactView({ run, artifact, made }: { run: Run; artifact: Artifact; made: boolean }) {
  const path = made ? (artifact.path?.(run.id) ?? null) : null;
  const common = {
    class: `artifact ${made ? "artifact-made" : ""}`,
    style: at(LAYOUT.places[artifact.id]),
    title: artifact.what,
  };
  return (
    <li>
      {path === null ? (
        <span {...common}>
          {artifact.name}
          {!made && <span class="visually-hidden"> (not made)</span>}
        </span>
      ) : (
        <a {...common} href={path}>
          {artifact.name}
        </a>
      )}
    </li>
  );
}

/** As custom properties: on a phone the same elements are a list, and lie where they come. */
function at(place: Place | undefined): Record<string, string> {
  if (place === undefined) return {};
  return {
    "--x": `${place.x - place.width / 2}px`,
    "--y": `${place.y - place.height / 2}px`,
    "--width": `${place.width}px`,
    "--height": `${place.height}px`,
  };
}
