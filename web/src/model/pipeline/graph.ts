/** The pipeline as a graph: its components, what flows between them, and where each of them is drawn (S9.9). */

import { codePath, experimentPath } from "../common/routes";
import { stageDuration } from "../common/time";
import { dataPath } from "../data/choice";
import { isLive, type Run, type Stage } from "../run/run";
import { tookWords } from "./gantt";

export interface Artifact {
  id: string;
  name: string;
  what: string;
  /** The view that shows it; null: it is nothing to look at by itself. */
  path: ((run: string) => string) | null;
}

export interface Component {
  stage: string;
  /** The name that the pipeline's own tools know it by. */
  task: string | null;
  what: string;
  makes: readonly Artifact[];
}

const overview = (run: string) => experimentPath(run);

export const COMPONENTS: readonly Component[] = [
  {
    stage: "Prepare",
    task: null,
    what: "checks the documents, freezes them, writes code and queries",
    makes: [
      { id: "snapshot", name: "code and queries", what: "all that the run is made of", path: (run) => codePath(run) },
    ],
  },
  {
    stage: "Compile",
    task: null,
    what: "makes one pipeline of it",
    makes: [{ id: "spec", name: "pipeline spec", what: "what is submitted", path: null }],
  },
  {
    stage: "Examples",
    task: "BigQueryExampleGen",
    what: "reads the rows of each split",
    makes: [{ id: "examples", name: "examples", what: "rows by split", path: (run) => dataPath(run, "features") }],
  },
  {
    stage: "Statistics",
    task: "StatisticsGen",
    what: "describes every column",
    makes: [
      {
        id: "statistics",
        name: "statistics",
        what: "columns by split, and drift",
        path: (run) => dataPath(run, "drift"),
      },
    ],
  },
  {
    stage: "Schema",
    task: "SchemaGen",
    what: "says what to expect of the data",
    makes: [{ id: "schema", name: "schema", what: "types and domains", path: (run) => dataPath(run, "schema") }],
  },
  {
    stage: "Transform",
    task: "Transform",
    what: "makes features of columns",
    makes: [
      {
        id: "graph",
        name: "transform graph",
        what: "what serving does, too",
        path: (run) => dataPath(run, "vocabularies"),
      },
      {
        id: "transformed",
        name: "transformed examples",
        what: "what the model is trained with",
        path: (run) => codePath(run, "transform.py"),
      },
    ],
  },
  {
    stage: "Train",
    task: "Trainer",
    what: "trains, evaluates, exports",
    makes: [
      { id: "model", name: "model", what: "both towers", path: (run) => experimentPath(run, "training") },
      { id: "evaluation", name: "evaluation", what: "on the test split, with baselines", path: overview },
      { id: "index", name: "index", what: "of all products, to be asked", path: overview },
    ],
  },
  { stage: "Collect", task: null, what: "checks and stores the results", makes: [] },
];

/** Source and target: stages by name, artifacts by id. */
export const EDGES: readonly (readonly [string, string])[] = [
  ["Prepare", "snapshot"],
  ["snapshot", "Compile"],
  ["Compile", "spec"],
  ["spec", "Examples"],
  ["Examples", "examples"],
  ["examples", "Statistics"],
  ["Statistics", "statistics"],
  ["statistics", "Schema"],
  ["Schema", "schema"],
  ["examples", "Transform"],
  ["schema", "Transform"],
  ["Transform", "graph"],
  ["Transform", "transformed"],
  ["graph", "Train"],
  ["transformed", "Train"],
  ["schema", "Train"],
  ["Train", "model"],
  ["Train", "evaluation"],
  ["Train", "index"],
  ["evaluation", "Collect"],
  ["model", "Collect"],
];

/** Where something is drawn: its middle, and its size, in pixels. */
export interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Layout {
  width: number;
  height: number;
  places: Readonly<Record<string, Place>>;
}

const COMPONENT = { width: 184, height: 50 };
const ARTIFACT_HEIGHT = 26;
const GAP = 17;
const LEFT = 98;
const RIGHT = 332;
const WIDTH = 436;

// From top to bottom; what stands in one row is drawn at one height, and the branch of the statistics at the right.
const ROWS: readonly (readonly (readonly [id: string, x: number, width: number])[])[] = [
  [["Prepare", LEFT, COMPONENT.width]],
  [["snapshot", LEFT, 140]],
  [["Compile", LEFT, COMPONENT.width]],
  [["spec", LEFT, 120]],
  [["Examples", LEFT, COMPONENT.width]],
  [["examples", LEFT, 96]],
  [["Statistics", RIGHT, COMPONENT.width]],
  [["statistics", RIGHT, 96]],
  [["Schema", RIGHT, COMPONENT.width]],
  [["schema", RIGHT, 96]],
  [["Transform", LEFT, COMPONENT.width]],
  [
    ["graph", 66, 128],
    ["transformed", 224, 164],
  ],
  [["Train", LEFT, COMPONENT.width]],
  [
    ["model", 44, 72],
    ["evaluation", 146, 100],
    ["index", 244, 68],
  ],
  [["Collect", LEFT, COMPONENT.width]],
];

/** Places that depend on nothing: a pipeline has the same shape in every run. */
export function layout(): Layout {
  const stages = new Set(COMPONENTS.map(({ stage }) => stage));
  const places: Record<string, Place> = {};
  let top = 1;
  for (const row of ROWS) {
    const height = row.some(([id]) => stages.has(id)) ? COMPONENT.height : ARTIFACT_HEIGHT;
    for (const [id, x, width] of row) places[id] = { x, y: top + height / 2, width, height };
    top += height + GAP;
  }
  return { width: WIDTH, height: top - GAP + 1, places };
}

/** A line from the bottom of one to the top of another; into a side when the target is beside. */
export function edgePath(from: Place, to: Place): string {
  const [x1, y1] = [from.x, from.y + from.height / 2];
  const isBeside = to.height === COMPONENT.height && from.x - to.x > to.width / 2;
  if (isBeside) {
    const x2 = to.x + to.width / 2;
    return `M${x1} ${y1}C${x1} ${to.y} ${x1} ${to.y} ${x2} ${to.y}`;
  }
  const [x2, y2] = [to.x, to.y - to.height / 2];
  if (x1 === x2) return `M${x1} ${y1}V${y2}`;
  const bend = Math.min(30, (y2 - y1) * 0.7);
  return `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
}

export function stageOf(run: Run, name: string): Stage {
  return (
    run.stages.find((stage) => stage.name === name) ?? {
      name,
      state: isLive(run) ? "pending" : "skipped",
      startedAt: null,
      endedAt: null,
      note: null,
    }
  );
}

/** Whether a component has made what it makes. */
export function hasMade(run: Run, stage: string): boolean {
  const { state } = stageOf(run, stage);
  return state === "done" || state === "reused";
}

/** `epoch 2 of 20`, `13 s`, `waiting for machines`: what a component says below its name. */
export function stageDetail(run: Run, stage: Stage, now: number): string | null {
  const { progress } = run;
  if (stage.state === "running" && stage.name === "Train" && progress !== null && progress.epochs > 0) {
    const done = progress.epochsDone >= progress.epochs;
    return done ? "evaluating" : `epoch ${progress.epochsDone + 1} of ${progress.epochs}`;
  }
  const { startedAt, endedAt } = stage;
  if (startedAt !== null && endedAt !== null) return tookWords((endedAt - startedAt) / 1000);
  return stageDuration(stage, now);
}

/** The stage that makes an artifact. */
export function makerOf(artifact: string): string | null {
  return COMPONENTS.find(({ makes }) => makes.some(({ id }) => id === artifact))?.stage ?? null;
}
