/** How training went, at a glance; the tab has the whole of it. */
import { useMemo } from "preact/hooks";
import { experimentPath } from "../../model/common/routes";
import { type EpochRecord, type Group, isLive, type Run } from "../../model/run/run";
import { type Curve, trainingCurves, trainingSentence } from "../../model/training/curves";
import { Sparkline } from "../charts/sparkline";
import { Section } from "../parts";

export function TrainingSummary({
  run,
  history,
  training,
}: {
  run: Run;
  history: EpochRecord[];
  training: Group | null;
}) {
  const curves = useMemo(() => trainingCurves(history), [history]);
  if (history.length === 0 && !isLive(run)) return null; // it ended before training
  const told = training === null ? null : trainingSentence(training, run.progress?.epochs ?? null);
  return (
    <Section id="training" title="Training">
      {history.length === 0 ? (
        <p class="faint">Curves begin with the first finished epoch.</p>
      ) : (
        <div class="sparklines">
          {curves.map((curve) => (
            <figure key={curve.title}>
              <figcaption>
                <b>{curve.title}</b> <span class="number faint">{lastValues(curve)}</span>
              </figcaption>
              <Sparkline label={spoken(curve)} series={curve.series} fromZero={curve.fromZero} />
            </figure>
          ))}
        </div>
      )}
      {told !== null && <p>{told}</p>}
      <p>
        <a href={experimentPath(run.id, "training")}>All curves and each epoch</a>
      </p>
    </Section>
  );
}

/** `Loss over 3 epochs: train 5.402, eval 5.811`. */
function spoken(curve: Curve): string {
  const epochs = curve.epochs.length;
  return `${curve.title} over ${epochs} ${epochs === 1 ? "epoch" : "epochs"}: ${lastValues(curve)}`;
}

function lastValues({ series, format }: Curve): string {
  return series.map(({ label, values }) => `${label} ${format(values.at(-1) ?? null)}`).join(", ");
}
