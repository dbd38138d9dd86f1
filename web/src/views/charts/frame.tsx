/** What every chart of ours stands in: an SVG as wide as its place, with a name for readers, and axes. */
import type { ComponentChildren, RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import "../../styles/charts.css";
import type { Margin } from "./scales";

interface FrameProps {
  /** What the chart shows, in a sentence. */
  label: string;
  height: number;
  margin?: Margin;
  /** Draws inside the margins; called again when the width changes. */
  children: (inner: { width: number; height: number }) => ComponentChildren;
}

export const MARGIN: Margin = { top: 8, right: 12, bottom: 28, left: 52 };

/** An image for readers; whatever in it can be pressed must be offered beside it, too (a table, a list of links). */
export function ChartFrame({ label, height, margin = MARGIN, children }: FrameProps) {
  const [place, width] = useWidth<HTMLDivElement>();
  const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
  return (
    <div class="svg-chart" ref={place}>
      {inner.width > 0 && (
        <svg width={width} height={height} role="img" aria-label={label}>
          <g transform={`translate(${margin.left} ${margin.top})`}>{children(inner)}</g>
        </svg>
      )}
    </div>
  );
}

/** How wide an element is, in whole pixels; 0 until it is known. */
export function useWidth<T extends HTMLElement>(): [RefObject<T | null>, number] {
  const place = useRef<T>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return;
    const measure = () => setWidth(Math.floor(element.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [place, width];
}

interface Tick {
  at: number;
  text: string;
}

/** Marks along the bottom. */
export function AxisBottom({
  ticks,
  width,
  y,
  title,
}: {
  ticks: readonly Tick[];
  width: number;
  y: number;
  title?: string;
}) {
  return (
    <g class="axis" transform={`translate(0 ${y})`}>
      <line x2={width} />
      {ticks.map(({ at, text }) => (
        <text key={text} x={at} y={17} text-anchor="middle">
          {text}
        </text>
      ))}
      {title !== undefined && (
        <text x={width} y={-5} text-anchor="end">
          {title}
        </text>
      )}
    </g>
  );
}

/** Marks along the left, with lines across the chart. */
export function AxisLeft({ ticks, width, title }: { ticks: readonly Tick[]; width: number; title?: string }) {
  return (
    <g class="axis">
      {ticks.map(({ at, text }) => (
        <g key={text} transform={`translate(0 ${at})`}>
          <line class="grid" x2={width} />
          <text x={-8} dy="0.32em" text-anchor="end">
            {text}
          </text>
        </g>
      ))}
      {title !== undefined && (
        <text x={4} y={10}>
          {title}
        </text>
      )}
    </g>
  );
}
