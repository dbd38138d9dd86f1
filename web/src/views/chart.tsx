import { useEffect, useRef, useState } from "preact/hooks";
import type { Curve } from "../model/curves";
import type { Plot } from "./plot";

interface ChartProps {
  curve: Curve;
  label: string;
  onHover: (index: number | null) => void;
}

/** A line chart. The drawing code is fetched with the first chart, so that lists do not pay for it. */
export function Chart({ curve, label, onHover }: ChartProps) {
  const target = useRef<HTMLDivElement>(null);
  const [plot, setPlot] = useState<Plot | "loading" | "failed">("loading");

  useEffect(() => {
    let wanted = true;
    let drawn: Plot | null = null;
    import("./plot").then(
      ({ drawCurve }) => {
        if (!wanted || target.current === null) return;
        drawn = drawCurve(target.current, curve, onHover);
        setPlot(drawn);
      },
      () => setPlot("failed"),
    );
    return () => {
      wanted = false;
      drawn?.destroy();
    };
  }, [onHover]);

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
