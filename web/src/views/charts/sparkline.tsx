/** Curves over epochs, small: their course at a glance. */
import { useWidth } from "./frame";
import { linearOver, scaleLinear } from "./scales";

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
  const x = scaleLinear()
    .domain([0, Math.max(1, epochs - 1)])
    .range([PAD, Math.max(PAD, width - PAD)]);
  const y = linearOver(known, [HEIGHT - PAD, PAD], fromZero);
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
