/** Draws one curve with uPlot. Colours come from the style sheet, so that they follow the colour scheme. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Curve } from "../model/curves";

export interface Plot {
  update(curve: Curve): void;
  destroy(): void;
}

const HEIGHT = 200;
const DASHES = [[], [6, 4]]; // told apart without colour, too

export function drawCurve(target: HTMLElement, curve: Curve, onHover: (index: number | null) => void): Plot {
  let span = curve.span;
  const chart = new uPlot(
    options(target, curve, () => span, onHover),
    columns(curve),
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
      span = next.span;
      chart.setData(columns(next));
    },
    destroy() {
      size.disconnect();
      dark.removeEventListener("change", repaint);
      removeEventListener("themechange", repaint);
      chart.destroy();
    },
  };
}

function columns(curve: Curve): uPlot.AlignedData {
  return [curve.epochs, ...curve.series.map((series) => series.values)];
}

function options(
  target: HTMLElement,
  curve: Curve,
  span: () => number,
  onHover: (index: number | null) => void,
): uPlot.Options {
  const colour = (name: string) => () => getComputedStyle(target).getPropertyValue(name);
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
    cursor: { y: false, drag: { x: false, y: false } },
    scales: {
      x: { time: false, range: () => [0.5, span() + 0.5] },
      y: { range: (_, min, max) => valueRange(curve, min, max) },
    },
    axes: [
      { ...axis, size: 28, incrs: [1, 2, 5, 10, 20, 50, 100] },
      { ...axis, size: 52 },
    ],
    series: [
      {},
      ...curve.series.map((series, i) => ({
        label: series.label,
        stroke: colour(`--series-${i + 1}`),
        width: 2,
        dash: DASHES[i] ?? [],
        points: { show: true, size: 6, fill: colour(`--series-${i + 1}`) },
      })),
    ],
    hooks: { setCursor: [(chart) => onHover(chart.cursor.idx ?? null)] },
  };
}

/** A recall starts at zero; a loss uses the whole height, because its zero means nothing. */
function valueRange(curve: Curve, min: number, max: number): [number, number] {
  if (!Number.isFinite(min) || !Number.isFinite(max)) return [0, 1];
  const space = (max - min || Math.abs(max) || 1) * 0.1;
  return curve.lowerIsBetter ? [min - space, max + space] : [0, max > 0 ? max + max * 0.1 : 1];
}
