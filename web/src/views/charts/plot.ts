/** Draws one curve with uPlot. Colours come from the style sheet, so that they follow the colour scheme. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Curve } from "../../model/training/curves";
import { scaleLinear } from "./scales";

export interface Plot {
  update(curve: Curve): void;
  destroy(): void;
}

interface Drawing {
  onHover: (index: number | null) => void;
  logarithmic: boolean;
  linked?: string | undefined;
}

const HEIGHT = 200;
const DASHES = [[], [6, 4], [2, 3], [10, 3, 2, 3], [1, 5]]; // told apart without colour, too
const MOST_MARKED = 60; // epochs whose points are marked; more would be a chain of beads

export function drawCurve(target: HTMLElement, curve: Curve, drawing: Drawing): Plot {
  let shown = curve;
  const chart = new uPlot(
    options(target, () => shown, drawing),
    columns(curve, drawing.logarithmic),
    target,
  );
  const size = new ResizeObserver(() => chart.setSize({ width: target.clientWidth, height: HEIGHT }));
  size.observe(target);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const repaint = () => chart.redraw(false, true);
  dark.addEventListener("change", repaint);
  addEventListener("themechange", repaint);
  return {
    update(next) {
      if (next === shown) return; // it is drawn already
      shown = next;
      chart.setData(columns(next, drawing.logarithmic));
    },
    destroy() {
      size.disconnect();
      dark.removeEventListener("change", repaint);
      removeEventListener("themechange", repaint);
      chart.destroy();
    },
  };
}

/** What is not above zero has no place on a logarithmic axis. */
function columns(curve: Curve, logarithmic: boolean): uPlot.AlignedData {
  const placed = (value: number | null) => (logarithmic && value !== null && value <= 0 ? null : value);
  return [curve.epochs, ...curve.series.map((series) => series.values.map(placed))];
}

function options(target: HTMLElement, shown: () => Curve, { onHover, logarithmic, linked }: Drawing): uPlot.Options {
  const colour = (name: string) => () => getComputedStyle(target).getPropertyValue(name);
  const { series, band } = shown();
  const axis: uPlot.Axis = {
    stroke: colour("--text-faint"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
  };
  return {
    width: target.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, ...(linked === undefined ? {} : { sync: { key: linked } }) },
    scales: {
      x: { time: false, range: () => [0.5, shown().span + 0.5] },
      y: logarithmic
        ? { distr: 3, range: (_, min, max) => logarithmicRange(min, max) }
        : { range: (_, min, max) => valueRange(shown(), min, max) },
    },
    axes: [
      { ...axis, size: 28, incrs: [1, 2, 5, 10, 20, 50, 100] },
      {
        ...axis,
        size: 58,
        values: (_, marks) => marks.map((mark) => axisText(shown(), mark)),
        ...(logarithmic
          ? { splits: (_, __, min, max) => logarithmicMarks(min, max), filter: (_, marks) => marks }
          : {}),
      },
    ],
    ...(band === undefined ? {} : { bands: [{ series: [band[1] + 1, band[0] + 1], fill: colour("--band") }] }),
    series: [
      {},
      ...series.map((line, i) => ({
        label: line.label,
        stroke: colour(`--series-${i + 1}`),
        width: 2,
        dash: DASHES[i] ?? [],
        points: {
          show: (chart: uPlot) => (chart.data[0]?.length ?? 0) <= MOST_MARKED,
          size: 6,
          fill: colour(`--series-${i + 1}`),
        },
      })),
    ],
    hooks: { setCursor: [(chart) => onHover(chart.cursor.idx ?? null)] },
  };
}

/** With the unit of the values beside the chart, and only the digits that marks differ in. */
function axisText(curve: Curve, mark: number): string {
  const unit = /[\d.]([^\d.,]+)$/.exec(curve.format(mark));
  if (unit !== null) return curve.format(mark).replace(/\.0+(?=\D|$)/, "");
  const size = Math.abs(mark);
  return size > 0 && size < 1e-4
    ? mark.toExponential()
    : Number(mark.toPrecision(6)).toLocaleString("en", { maximumFractionDigits: 6 });
}

/** A recall starts at zero; a loss uses the whole height, because its zero means nothing. */
function valueRange(curve: Curve, min: number, max: number): [number, number] {
  if (!Number.isFinite(min) || !Number.isFinite(max)) return [0, 1];
  const space = (max - min || Math.abs(max) || 1) * 0.1;
  return curve.fromZero ? [0, max > 0 ? max + max * 0.1 : 1] : [min - space, max + space];
}

const FEWEST_MARKS = 3;

/** Powers of ten; where these are too few, round numbers between them. */
function logarithmicMarks(min: number, max: number): number[] {
  const decades = Array.from(
    { length: Math.ceil(Math.log10(max / min)) + 1 },
    (_, i) => 10 ** (Math.floor(Math.log10(min)) + i),
  );
  const marks = [[1], [1, 2, 5]].map((digits) =>
    decades.flatMap((decade) => digits.map((digit) => digit * decade)).filter((mark) => mark >= min && mark <= max),
  );
  return (
    marks.find((found) => found.length >= FEWEST_MARKS) ??
    scaleLinear()
      .domain([min, max])
      .ticks(FEWEST_MARKS + 1)
  );
}

/** A little more than the values take: whole powers of ten would flatten a loss that halves. */
function logarithmicRange(min: number, max: number): [number, number] {
  if (!(min > 0) || !Number.isFinite(max)) return [1e-3, 1];
  const space = min === max ? 2 : (max / min) ** 0.1;
  return [min / space, max * space];
}
