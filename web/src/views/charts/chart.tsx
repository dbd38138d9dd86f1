import { useEffect, useRef, useState } from "preact/hooks";
import type { Curve } from "../../model/training/curves";
import type { Plot } from "./plot";

interface ChartProps {
  curve: Curve;
  label: string;
  onHover: (index: number | null) => void;
  /** Whether the values stand on a logarithmic axis. */
  logarithmic?: boolean;
  /** Charts with the same name move their cursors together. */
  linked?: string | undefined;
}

/** A line chart. The drawing code is fetched with the first chart, so that lists do not pay for it. */
export function Chart({ curve, label, onHover, logarithmic = false, linked }: ChartProps) {
  const target = useRef<HTMLDivElement>(null);
  const [plot, setPlot] = useState<Plot | "loading" | "failed">("loading");
  const newest = useRef(curve);
  newest.current = curve;
  const lines = curve.series.map(({ label }) => label).join();

  // other lines are another drawing
  useEffect(() => {
    let wanted = true;
    let drawn: Plot | null = null;
    import("./plot").then(
      ({ drawCurve }) => {
        if (!wanted || target.current === null) return;
        drawn = drawCurve(target.current, newest.current, { onHover, logarithmic, linked });
        setPlot(drawn);
      },
      () => setPlot("failed"),
    );
    return () => {
      wanted = false;
      drawn?.destroy();
      setPlot("loading");
    };
  }, [onHover, logarithmic, linked, lines]);

  useEffect(() => {
    if (typeof plot !== "string") plot.update(curve);
  }, [plot, curve]);

  return (
    <>
      {plot === "failed" && <p class="faint">The chart could not be loaded. Reload the page; the numbers are below.</p>}
      <div class="chart" ref={target} role="img" aria-label={label} data-points={curve.epochs.length} />
    </>
  );
}
