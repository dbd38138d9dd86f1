/** An interval on a scale that all rows of a table share; the numbers stand beside it. */
import { scaleLinear } from "../charts/scales";

const WIDTH = 120;
const HEIGHT = 14;

interface IntervalProps {
  value: number;
  low: number | null;
  high: number | null;
  domain: readonly [number, number];
  /** A line across all rows: zero of a lift, 1 of a ratio. */
  mark?: number;
}

export function Interval({ value, low, high, domain, mark }: IntervalProps) {
  const x = scaleLinear()
    .domain([domain[0], domain[1]])
    .range([4, WIDTH - 4])
    .clamp(true);
  const middle = HEIGHT / 2;
  return (
    <svg class="dash-interval" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <line class="dash-interval-ground" x1={4} x2={WIDTH - 4} y1={middle} y2={middle} />
      {mark !== undefined && <line class="dash-interval-mark" x1={x(mark)} x2={x(mark)} y1={0} y2={HEIGHT} />}
      {low !== null && high !== null && (
        <line class="dash-interval-range" x1={x(low)} x2={x(high)} y1={middle} y2={middle} />
      )}
      <circle class="dash-interval-value" cx={x(value)} cy={middle} r={3.5} />
    </svg>
  );
}

/** From the lowest end to the highest, with room where all are equal. */
export function domainOf(ends: readonly (number | null)[]): [number, number] {
  const known = ends.filter((end): end is number => end !== null && Number.isFinite(end));
  if (known.length === 0) return [0, 1];
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return low === high ? [low - 1, high + 1] : [low, high];
}
