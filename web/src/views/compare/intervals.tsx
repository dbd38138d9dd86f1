/** Differences with their intervals on one axis: where zero is outside, one of the two is better. */
import { type Call, callWords } from "../../model/compare/report";
import { AxisBottom, ChartFrame } from "../charts/frame";
import { linearOver } from "../charts/scales";

export interface Interval {
  key: string;
  label: string;
  verdict: Call;
  value: number | null;
  low: number | null;
  high: number | null;
}

interface IntervalsProps {
  /** What the chart shows, in a sentence. */
  label: string;
  intervals: readonly Interval[];
  /** Below which a difference decides nothing. */
  margin: number | null;
  format: (value: number | null) => string;
}

const ROW = 40;
const MARGIN = { top: 6, right: 14, bottom: 28, left: 14 };
const MARK = 5;
const TICK_WIDTH = 90;

/** Each interval below its words, so that both have room on a phone. */
export function IntervalChart({ label, intervals, margin, format }: IntervalsProps) {
  const drawn = intervals.filter(({ value }) => value !== null);
  if (drawn.length === 0) return null;
  const ends = drawn.flatMap(({ value, low, high }) => [value ?? 0, low ?? value ?? 0, high ?? value ?? 0]);
  const height = MARGIN.top + drawn.length * ROW + MARGIN.bottom;
  return (
    <ChartFrame label={label} height={height} margin={MARGIN}>
      {({ width }) => {
        const x = linearOver([...ends, -(margin ?? 0), margin ?? 0], [0, width], true);
        const bottom = drawn.length * ROW;
        const ticks = x
          .ticks(Math.max(2, Math.floor(width / TICK_WIDTH)))
          .map((at) => ({ at: x(at), text: format(at) }));
        return (
          <>
            {margin !== null && (
              <rect class="interval-margin" x={x(-margin)} width={x(margin) - x(-margin)} y={0} height={bottom} />
            )}
            <AxisBottom ticks={ticks} width={width} y={bottom} />
            <line class="interval-zero" x1={x(0)} x2={x(0)} y1={0} y2={bottom} />
            {drawn.map((each, i) => (
              <g key={each.key} class={`interval interval-${each.verdict}`} transform={`translate(0 ${i * ROW})`}>
                <text class="interval-label" x={0} y={14}>
                  {each.label}: {callWords(each.verdict)}
                </text>
                {each.low !== null && each.high !== null && (
                  <path class="interval-span" d={`M${x(each.low)} 22v8m0-4H${x(each.high)}m0-4v8`} />
                )}
                <Mark verdict={each.verdict} x={x(each.value ?? 0)} />
              </g>
            ))}
          </>
        );
      }}
    </ChartFrame>
  );
}

/** Full where something is claimed; a diamond where it is the worse one. */
function Mark({ verdict, x }: { verdict: Call; x: number }) {
  if (verdict === "worse") {
    return (
      <path
        class="interval-mark"
        d={`M${x - MARK - 1} 26l${MARK + 1}-${MARK + 1}l${MARK + 1} ${MARK + 1}l-${MARK + 1} ${MARK + 1}z`}
      />
    );
  }
  return <circle class="interval-mark" cx={x} cy={26} r={MARK} />;
}
