/** Weights and gradients by group: norms and clipping, where their numbers lie, and their histograms. */
import { useMemo, useState } from "preact/hooks";
import { capitalised, count } from "../../model/common/format";
import { MOST_POINTS, thinned } from "../../model/training/charts";
import type { TrainingOptions } from "../../model/training/options";
import { ridgelineOf } from "../../model/training/ridgeline";
import {
  distributionCurve,
  exportedWeights,
  groupLabel,
  groupsOf,
  KINDS,
  type Level,
  normCurvesOf,
  type WeightHistory,
} from "../../model/training/weights";
import { CurveView } from "../charts/curves";
import { RidgelineView } from "../charts/ridgeline";
import { Empty } from "../parts";
import { TableDownload } from "../ui/download";
import { SelectField } from "../ui/fields";
import { LINKED } from "./training";

interface WeightsProps {
  history: WeightHistory;
  /** 0-based. */
  best: number | null;
  /** The last epoch that is planned: where charts end. */
  span: number;
  /** Of the files. */
  name: string;
  options: TrainingOptions;
  onOptions: (changed: Partial<TrainingOptions>) => void;
}

const LEVEL_LABELS: Record<Level, string> = { parts: "towers and head", layers: "embeddings and layers" };

export function WeightsView({ history, best, span, name, options, onOptions }: WeightsProps) {
  const { edges, epochs } = history;
  const level: Level = options.level === "layers" ? "layers" : "parts";
  const groups = useMemo(() => groupsOf(epochs), [epochs]);
  const group = groups.includes(options.group) ? options.group : (groups[0] ?? "");
  const drawn = useMemo(() => thinned(epochs, best, MOST_POINTS), [epochs, best]);
  const norms = useMemo(() => normCurvesOf(drawn, level, span), [drawn, level, span]);
  const distributions = useMemo(
    () => KINDS.map((kind) => distributionCurve(drawn, kind, group, span)),
    [drawn, group, span],
  );
  if (epochs.length === 0) {
    return (
      <Empty title="No distributions yet">
        <p>They are written with each finished epoch; a run of an earlier version has none.</p>
      </Empty>
    );
  }
  return (
    <div class="weights">
      <div class="training-bar">
        <SelectField
          label="Norms of"
          value={level}
          options={Object.entries(LEVEL_LABELS).map(([value, label]) => ({ value, label }))}
          onEdit={(chosen) => onOptions({ level: chosen })}
        />
        <TableDownload name={`weights-${name}`} rows={() => exportedWeights(epochs)} />
      </div>
      <div class="curves">
        {norms.map((curve) => (
          <CurveView key={curve.title} curve={curve} logarithmic={options.logarithmic} linked={LINKED} />
        ))}
      </div>
      <SelectField
        label="Distributions and histograms of"
        value={group}
        options={groups.map((value) => ({ value, label: capitalised(groupLabel(value)) }))}
        onEdit={(chosen) => onOptions({ group: chosen })}
      />
      <div class="curves wide">
        {distributions.map((curve) => (
          <CurveView key={curve.title} curve={curve} linked={LINKED} />
        ))}
      </div>
      <Histograms
        {...{ edges, epochs, group, best }}
        chosen={options.epoch}
        onChoose={(epoch) => onOptions({ epoch })}
      />
    </div>
  );
}

interface HistogramsProps extends WeightHistory {
  group: string;
  best: number | null;
  /** As the address has it. */
  chosen: number | null;
  onChoose: (epoch: number) => void;
}

function Histograms({ edges, epochs, group, best, chosen, onChoose }: HistogramsProps) {
  const last = (epochs.at(-1)?.epoch ?? 0) + 1;
  const [moved, setMoved] = useState<number | null>(null); // while the slider is held: the address follows at its end
  const epoch = Math.min(moved ?? chosen ?? last, last);
  const choose = (next: number) => {
    setMoved(null);
    onChoose(next);
  };
  const both = useMemo(
    () =>
      KINDS.map((kind) => ({
        title: kind === "weights" ? "Weights at the epoch's end" : "Gradients of sampled steps",
        of: `${kind} of ${groupLabel(group)}`,
        ridgeline: ridgelineOf(epochs, edges[kind], kind, group),
      })),
    [epochs, edges, group],
  );
  return (
    <>
      <div class="field epoch-choice">
        <label for="epoch-choice">Epoch</label>
        <input
          id="epoch-choice"
          type="range"
          min={(epochs[0]?.epoch ?? 0) + 1}
          max={last}
          value={epoch}
          aria-valuetext={`epoch ${epoch} of ${last}`}
          onInput={(event) => setMoved(event.currentTarget.valueAsNumber)}
          onChange={(event) => choose(event.currentTarget.valueAsNumber)}
        />
        <output class="number" for="epoch-choice">
          {count(epoch)} of {count(last)}
        </output>
      </div>
      <div class="curves wide">
        {both.map((each) => (
          <RidgelineView
            key={each.title}
            {...each}
            chosen={epoch}
            best={best === null ? null : best + 1}
            onChoose={choose}
          />
        ))}
      </div>
    </>
  );
}
