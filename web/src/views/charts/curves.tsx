/** A line chart over epochs with its values in words. */
import { useState } from "preact/hooks";
import "../../styles/curves.css";
import { bestEpoch, type Curve } from "../../model/training/curves";
import { Chart } from "./chart";

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
function LineMark({ index }: { index: number }) {
  return (
    <svg class={`curve-mark curve-mark-${index + 1}`} viewBox="0 0 18 8" width="18" height="8" aria-hidden="true">
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
