/** Values with their intervals as bars below each other, on one scale; a line marks what nothing can exceed. */
import type { Bar } from "../../model/run/metrics";
import { useWidth } from "./frame";

interface IntervalsProps {
  /** What they are, in a sentence; the figures stand in a table beside them, too. */
  label: string;
  bars: readonly Bar[];
  end: number;
  ceiling: number | null;
  format: (value: number | null) => string;
}

const BAR = 14;
const WIDE = 520; // from here on a name stands beside its bar, else above it
const NAMES = 150;
const VALUES = 56;

export function Intervals({ label, bars, end, ceiling, format }: IntervalsProps) {
  const [place, width] = useWidth<HTMLDivElement>();
  const beside = width >= WIDE;
  const row = beside ? 26 : 42;
  const left = beside ? NAMES : 0;
  const most = Math.max(0, width - left - VALUES);
  const x = (value: number) => most * Math.min(1, Math.max(0, value / end));
  const height = bars.length * row + 4;
  return (
    <div class="svg-chart intervals" ref={place} style={{ minHeight: height }}>
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={label}>
          {bars.map(({ label: name, measure, model }, i) => {
            const middle = i * row + (beside ? row / 2 : row - BAR);
            return (
              <g key={name} transform={`translate(0 ${middle})`}>
                <text class="interval-name" x={0} y={beside ? 0 : -17} dy="0.35em">
                  {name}
                </text>
                <g transform={`translate(${left} 0)`}>
                  <rect
                    class={model ? "interval-bar interval-model" : "interval-bar"}
                    y={-BAR / 2}
                    width={x(measure.value ?? 0)}
                    height={BAR}
                    rx={2}
                  />
                  {measure.low !== null && measure.high !== null && (
                    <path
                      class="interval-range"
                      d={`M${x(measure.low)} -4v8 M${x(measure.low)} 0H${x(measure.high)} M${x(measure.high)} -4v8`}
                    />
                  )}
                </g>
                <text x={width} text-anchor="end" dy="0.35em" class={model ? "interval-strong" : undefined}>
                  {format(measure.value)}
                </text>
              </g>
            );
          })}
          {ceiling !== null && <path class="interval-ceiling" d={`M${left + x(ceiling)} 0V${height}`} />}
        </svg>
      )}
    </div>
  );
}
