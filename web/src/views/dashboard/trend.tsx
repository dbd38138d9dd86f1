import { useRef, useState } from "preact/hooks";
import { interval, words } from "../../model/common/format";
import { formatOf, kindOf } from "../../model/common/registry";
import { experimentPath } from "../../model/common/routes";
import { relative, shortMonth } from "../../model/common/time";
import { type Trend, type TrendPoint, trendSentence } from "../../model/dashboard/trend";
import type { Time } from "../../model/run/run";
import { AxisBottom, AxisLeft, MARGIN, useWidth } from "../charts/frame";
import { linearOver, scaleTime } from "../charts/scales";
import "../../styles/charts.css";

const HEIGHT = 260;
const DAY = 86_400_000;
const MINUTE = 60_000;
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const SECONDS = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

interface TrendProps {
  trend: Trend;
  now: Time;
  onOpen: (path: string) => void;
}

/** Each run a point with its interval, the best so far a step line, the best baseline a band (S7.10). */
export function TrendView({ trend, now, onOpen }: TrendProps) {
  const [place, width] = useWidth<HTMLDivElement>();
  const [shown, setShown] = useState<number | null>(null);
  const point = shown === null ? undefined : trend.points[shown];
  return (
    <>
      <p>{trendSentence(trend)}</p>
      {trend.points.length > 0 && (
        <>
          <div class="svg-chart" ref={place}>
            {width > 0 && <TrendChart {...{ trend, width, now, shown, setShown, onOpen }} />}
          </div>
          <p class="faint dash-hint">
            {point === undefined
              ? `Each point is a run${kindOf(trend.metric).lowerIsBetter ? "; less is better" : ""}. Arrow keys go from point to point, Enter opens the run.`
              : pointWords(point, trend.metric, now)}
            {trend.leftOut > 0 && ` ${trend.leftOut} runs that were not the best are left out.`}
          </p>
        </>
      )}
    </>
  );
}

interface ChartProps extends TrendProps {
  width: number;
  shown: number | null;
  setShown: (place: number | null) => void;
}

/** A group and not an image: its points are links, of which one at a time can be reached by Tab. */
function TrendChart({ trend, width, now, shown, setShown, onOpen }: ChartProps) {
  const { points, baseline, metric } = trend;
  const inner = { width: width - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
  const chart = useRef<SVGSVGElement>(null);
  const times = points.map((point) => point.endedAt);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const pad = Math.max((last - first) * 0.02, 1_000);
  const x = scaleTime()
    .domain([first - pad, last + pad])
    .range([0, inner.width]);
  const ends = [...points, ...(baseline === null ? [] : [baseline])].flatMap(({ value, low, high }) => [
    value,
    low ?? value,
    high ?? value,
  ]);
  const y = linearOver(
    ends.filter((end): end is number => end !== null),
    [inner.height, 0],
  );
  const number = formatOf(metric);
  const ticks = x.ticks(Math.max(2, Math.floor(inner.width / 110)));
  const time = last - first > 2 * DAY ? DATE : last - first > 10 * MINUTE ? CLOCK : SECONDS;
  const go = (place: number) => {
    const next = Math.min(points.length - 1, Math.max(0, place));
    setShown(next);
    chart.current?.querySelector<SVGAElement>(`[data-point="${next}"]`)?.focus();
  };
  const steps: Record<string, (place: number) => number> = {
    ArrowRight: (at) => at + 1,
    ArrowLeft: (at) => at - 1,
    Home: () => 0,
    End: () => points.length - 1,
  };
  const tabStop = shown ?? points.length - 1;
  const best = points.findLast((point) => point.best);
  // The name of the baseline stands on the side of its line where the best so far does not run.
  const bestAbove = best?.value != null && baseline?.value != null && y(best.value) < y(baseline.value);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a chart whose points are links is a group of them
    <svg ref={chart} width={width} height={HEIGHT} role="group" aria-label={`Trend of ${words(metric)}`}>
      <g transform={`translate(${MARGIN.left} ${MARGIN.top})`}>
        {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it can be focused; the points say it all */}
        <g aria-hidden="true">
          <AxisLeft ticks={y.ticks(5).map((tick) => ({ at: y(tick), text: number(tick) }))} width={inner.width} />
          <AxisBottom
            ticks={ticks.map((tick) => ({ at: x(tick), text: shortMonth(time.format(tick)) }))}
            width={inner.width}
            y={inner.height}
          />
          {baseline?.value != null && (
            <g class="dash-band">
              {baseline.low !== null && baseline.high !== null && (
                <rect
                  width={inner.width}
                  y={y(baseline.high)}
                  height={Math.max(1, y(baseline.low) - y(baseline.high))}
                />
              )}
              <line x2={inner.width} y1={y(baseline.value)} y2={y(baseline.value)} />
              <text x={inner.width - 4} y={y(baseline.value) + (bestAbove ? 14 : -5)} text-anchor="end">
                {words(baseline.name)}
              </text>
            </g>
          )}
          <path class="dash-steps" d={stepPath(points, x, y, inner.width)} />
        </g>
        {points.map((point, i) => (
          <a
            key={point.experiment}
            href={experimentPath(point.experiment)}
            class={`dash-point${point.best ? " dash-point-best" : ""}`}
            aria-label={pointWords(point, metric, now)}
            tabIndex={i === tabStop ? 0 : -1}
            data-point={i}
            onMouseEnter={() => setShown(i)}
            onFocus={() => setShown(i)}
            onKeyDown={(event) => {
              const step = steps[event.key];
              if (step === undefined) return;
              event.preventDefault();
              go(step(i));
            }}
            onClick={(event) => {
              if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
              event.preventDefault();
              onOpen(experimentPath(point.experiment));
            }}
          >
            <Mark point={point} x={x(point.endedAt)} y={y} />
          </a>
        ))}
      </g>
    </svg>
  );
}

function Mark({ point, x, y }: { point: TrendPoint; x: number; y: (value: number) => number }) {
  if (point.value === null) return null;
  return (
    <>
      {point.low !== null && point.high !== null && <line x1={x} x2={x} y1={y(point.low)} y2={y(point.high)} />}
      <circle class="dash-target" cx={x} cy={y(point.value)} r={11} />
      <circle class="dash-dot" cx={x} cy={y(point.value)} r={point.best ? 5 : 3.5} />
    </>
  );
}

/** Along the best so far, to the right end. */
function stepPath(
  points: readonly TrendPoint[],
  x: (time: number) => number,
  y: (value: number) => number,
  end: number,
): string {
  const best = points.filter((point) => point.best && point.value !== null);
  const corners = best.map((point, i) => {
    const [px, py] = [x(point.endedAt), y(point.value ?? 0)];
    return i === 0 ? `M${px},${py}` : `H${px}V${py}`;
  });
  return corners.length === 0 ? "" : `${corners.join("")}H${end}`;
}

function pointWords(point: TrendPoint, metric: string, now: Time): string {
  const number = formatOf(metric);
  const range = interval(point.low, point.high, number);
  const best = point.best ? ", the best until then" : "";
  return `#${point.number}: ${number(point.value)}${range && ` (${range})`}${best}, ${relative(point.endedAt, now)}`;
}
