import { useMemo, useState } from "preact/hooks";
import "../styles/curves.css";
import { bestEpoch, type Curve, evaluatedNames, shownSpan, trainingCurves, trainingSentence } from "../model/curves";
import { capitalised, count, loss, words } from "../model/format";
import { formatOf } from "../model/registry";
import { type EpochRecord, type Group, isLive, type Run, type Value } from "../model/run";
import { growing } from "../model/time";
import { Chart } from "./chart";
import { Section } from "./parts";

/** How training goes: a point for each finished epoch, drawn as it arrives. */
export function CurvesView({ run, history, training }: { run: Run; history: EpochRecord[]; training: Group | null }) {
  const span = shownSpan(history, isLive(run));
  const curves = useMemo(() => trainingCurves(history).map((curve) => ({ ...curve, span })), [history, span]);
  const told = training === null ? null : trainingSentence(training, run.progress?.epochs ?? null);
  if (history.length === 0 && !isLive(run)) return null; // it ended before training
  return (
    <Section id="curves" title="Training">
      {history.length === 0 ? (
        <p class="faint">Curves begin with the first finished epoch.</p>
      ) : (
        <>
          <div class="curves">
            {curves.map((curve) => (
              <CurveView key={curve.title} curve={curve} />
            ))}
          </div>
          {told !== null && <p>{told}</p>}
          <EpochTable history={history} best={training?.best_epoch ?? null} />
        </>
      )}
    </Section>
  );
}

interface CurveProps {
  curve: Curve;
  logarithmic?: boolean;
  /** Charts with the same name move their cursors together. */
  linked?: string | undefined;
}

/** A chart below its title and the values at the cursor; of the last epoch while there is none. */
export function CurveView({ curve, logarithmic = false, linked }: CurveProps) {
  const { format } = curve;
  const [hovered, setHovered] = useState<number | null>(null);
  const at = Math.min(hovered ?? curve.epochs.length - 1, curve.epochs.length - 1);
  return (
    <figure class="curve">
      <figcaption>
        <span>
          <b>{curve.title}</b> {curve.note !== undefined && <span class="faint">{curve.note}</span>}
        </span>
        <span class="legend number">
          {curve.series.map((series, i) => (
            <span key={series.label}>
              <LineMark index={i} /> {series.label} {format(series.values[at] ?? null)}
            </span>
          ))}
          <span class="faint">epoch {curve.epochs[at]}</span>
        </span>
      </figcaption>
      <Chart
        curve={curve}
        label={spoken(curve)}
        onHover={setHovered}
        logarithmic={logarithmic && curve.logarithmic}
        linked={linked}
      />
    </figure>
  );
}

/** A piece of a line as it is drawn in the chart. */
export function LineMark({ index }: { index: number }) {
  return (
    <svg class={`line line-${index + 1}`} viewBox="0 0 18 8" width="18" height="8" aria-hidden="true">
      <path d="M0 4h18" />
    </svg>
  );
}

/** What a chart shows, in a sentence. */
function spoken(curve: Curve): string {
  const parts = curve.series.map((series) => {
    const best = bestEpoch(curve, series);
    const last = curve.format(series.values[series.values.length - 1] ?? null);
    return `${series.label} ${last}${best === null ? "" : `, best at epoch ${best}`}`;
  });
  return `${curve.title} over ${curve.epochs.length} epochs: ${parts.join("; ")}`;
}

function EpochTable({ history, best }: { history: EpochRecord[]; best: Value }) {
  const measured = evaluatedNames(history);
  return (
    <details>
      <summary>Numbers of each epoch</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls sideways must be reachable by keyboard */}
      <section class="scroll" aria-label="Numbers of each epoch" tabIndex={0}>
        <table class="metrics epochs">
          <thead>
            <tr>
              <th scope="col">Epoch</th>
              <th scope="col">Train loss</th>
              {measured.map((name) => (
                <th scope="col" key={name}>
                  {name.includes("loss") ? `Eval ${words(name)}` : capitalised(words(name))}
                </th>
              ))}
              <th scope="col">Time</th>
            </tr>
          </thead>
          <tbody>
            {history.map((record) => (
              <tr key={record.epoch}>
                <th scope="row">
                  {count(record.epoch + 1)}
                  {record.epoch === best && <small>best</small>}
                </th>
                <td class="number">{loss(record.train.loss ?? null)}</td>
                {measured.map((name) => (
                  <td class="number" key={name}>
                    {(name.includes("loss") ? loss : formatOf(name))(record.evaluated[name] ?? null)}
                  </td>
                ))}
                <td class="number">{record.seconds === null ? "–" : growing(record.seconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
