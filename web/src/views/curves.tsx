import { useMemo, useState } from "preact/hooks";
import { bestEpoch, type Curve, lossCurve, recallCurve } from "../model/curves";
import { count, loss, ratio } from "../model/format";
import { type EpochRecord, isLive, type Run } from "../model/run";
import { growing } from "../model/time";
import { Chart } from "./chart";
import { Section } from "./parts";

/** How training goes: a point for each finished epoch, drawn as it arrives. */
export function CurvesView({ run, history }: { run: Run; history: EpochRecord[] }) {
  const [losses, recalls] = useMemo(() => [lossCurve(history), recallCurve(history)], [history]);
  if (history.length === 0 && !isLive(run)) return null; // it ended before training
  return (
    <Section id="curves" title="Training">
      {history.length === 0 ? (
        <p class="faint">Curves begin with the first finished epoch.</p>
      ) : (
        <>
          <div class="curves">
            <CurveView curve={losses} format={loss} />
            <CurveView curve={recalls} format={ratio} />
          </div>
          <EpochTable history={history} />
        </>
      )}
    </Section>
  );
}

function CurveView({ curve, format }: { curve: Curve; format: (value: number | null) => string }) {
  const [hovered, setHovered] = useState<number | null>(null);
  const at = Math.min(hovered ?? curve.epochs.length - 1, curve.epochs.length - 1);
  return (
    <figure class="curve">
      <figcaption>
        <b>{curve.title}</b>
        <span class="legend number">
          {curve.series.map((series, i) => (
            <span key={series.label}>
              <svg class={`line line-${i + 1}`} viewBox="0 0 18 8" width="18" height="8" aria-hidden="true">
                <path d="M0 4h18" />
              </svg>{" "}
              {series.label} {format(series.values[at] ?? null)}
            </span>
          ))}
          <span class="faint">epoch {curve.epochs[at]}</span>
        </span>
      </figcaption>
      <Chart curve={curve} label={spoken(curve, format)} onHover={setHovered} />
    </figure>
  );
}

/** What a chart shows, in a sentence. */
function spoken(curve: Curve, format: (value: number | null) => string): string {
  const parts = curve.series.map((series) => {
    const best = bestEpoch(curve, series);
    const last = format(series.values[series.values.length - 1] ?? null);
    return `${series.label} ${last}${best === null ? "" : `, best at epoch ${best}`}`;
  });
  return `${curve.title} over ${curve.epochs.length} epochs: ${parts.join("; ")}`;
}

function EpochTable({ history }: { history: EpochRecord[] }) {
  const ks = [5, 10, 50, 100];
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
              <th scope="col">Eval loss</th>
              {ks.map((k) => (
                <th scope="col" key={k}>
                  Recall@{k}
                </th>
              ))}
              <th scope="col">Time</th>
            </tr>
          </thead>
          <tbody>
            {history.map((record) => (
              <tr key={record.epoch}>
                <th scope="row">{count(record.epoch + 1)}</th>
                <td class="number">{loss(record.trainLoss)}</td>
                <td class="number">{loss(record.evalLoss)}</td>
                {ks.map((k) => (
                  <td class="number" key={k}>
                    {ratio(record.evalRecall[`recall_at_${k}`] ?? null)}
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
