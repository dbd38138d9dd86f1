/** Curves over epochs, small: their course at a glance. */
import { useWidth } from "./frame";

interface SparklineProps {
  label: string;
  series: readonly { label: string; values: readonly (number | null)[] }[];
  fromZero: boolean;
}

const HEIGHT = 56;
const PAD = 4;

export function Sparkline({ label, series, fromZero }: SparklineProps) {
  const [place, width] = useWidth<HTMLDivElement>();
  const epochs = Math.max(...series.map(({ values }) => values.length));
  const known = series.flatMap(({ values }) => values.filter((value): value is number => value !== null));
  const [low, high] = [Math.min(...(fromZero ? [0] : []), ...known), Math.max(...known)];
  // Without an axis there is nothing to round, and the first view does without the library of scales.
  const x = (epoch: number) => PAD + (Math.max(0, width - 2 * PAD) * epoch) / Math.max(1, epochs - 1);
  const y = (value: number) => HEIGHT - PAD - (HEIGHT - 2 * PAD) * (high > low ? (value - low) / (high - low) : 0.5);
  return (
    <div class="svg-chart sparkline" ref={place} style={{ minHeight: HEIGHT }}>
      {width > 0 && (
        <svg width={width} height={HEIGHT} role="img" aria-label={label} data-points={epochs}>
          {series.map(({ label: name, values }, i) => {
            const points = values.flatMap((value, epoch) => (value === null ? [] : [[x(epoch), y(value)] as const]));
            const last = points.at(-1);
            return (
              <g key={name} class={`spark spark-${i + 1}`}>
                <polyline points={points.map((point) => point.join(",")).join(" ")} />
                {last !== undefined && <circle cx={last[0]} cy={last[1]} r="2.5" />}
              </g>
            );
          })}
        </svg>
      )}
    </div>
  );
}
