import type { ComponentChildren } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { toHeatmaps } from "../../data/insight_parts";
import { latest } from "../../model/common/feed";
import {
  cellQuery,
  drawnMap,
  type Heatmap,
  type Heatmaps,
  heatmapExport,
  heatmapOf,
} from "../../model/dashboard/heatmap";
import type { GroupHead } from "../../model/dashboard/insights";
import { HeatAxes, HeatmapView, HeatNotes } from "../../views/dashboard/heatmap";
import { FeedView } from "../../views/feed";
import { FeedPanel, type PanelBase, useGroupRuns, usePart, useSeen } from "./panels";

interface HeatmapPanelProps extends PanelBase {
  group: GroupHead;
  samplePercent: number;
  metric: string;
  modelType: string | null;
  asked: URLSearchParams;
  edit: (fields: Record<string, string>) => void;
}

/** Any two parameters by any metric; pairs that were not drawn beforehand are computed here (S7.11). */
export function HeatmapPanel({ group, samplePercent, metric, modelType, asked, edit, ...rest }: HeatmapPanelProps) {
  const [place, seen] = useSeen();
  const [feed, retry] = usePart(rest.app, seen ? group.id : null, `heatmaps-${samplePercent}`, toHeatmaps);
  const axes = latest(feed)?.axes ?? [];
  const x = axes.find((axis) => axis === asked.get("x")) ?? axes[0] ?? "";
  const y = axes.find((axis) => axis === asked.get("y") && axis !== x) ?? axes.find((axis) => axis !== x) ?? "";
  const drawn = useRef<Heatmap | null>(null); // what is shown is what is saved
  const choose = (next: { x?: string; y?: string }) => {
    const turned = next.x === y || next.y === x;
    edit(turned ? { x: y, y: x } : { x, y, ...next });
  };
  const shown = (map: Heatmap | null) => {
    drawn.current = map;
    if (map === null)
      return (
        <p class="faint">
          Among the runs that are looked at, {x} or {y} has one value only. Choose another one.
        </p>
      );
    const where = { protocol: group.protocol, samplePercent, modelType };
    return <HeatmapView map={map} query={(cell) => cellQuery(map, cell, where)} />;
  };
  return (
    <FeedPanel<Heatmaps>
      {...rest}
      {...{ place, feed, retry }}
      has={(found) => found.axes.length > 1}
      rows={() => (drawn.current === null ? [] : heatmapExport(drawn.current))}
      nothing="Two parameters must vary among the finished runs before they can be set against each other."
    >
      {(found) => {
        const stored = metric === group.metric && modelType === null ? drawnMap(found, x, y) : null;
        return (
          <>
            <HeatAxes axes={found.axes} x={x} y={y} onEdit={choose} />
            {stored !== null ? (
              shown(stored)
            ) : (
              <Computed {...{ group, samplePercent, metric, modelType, x, y, shown }} app={rest.app} />
            )}
            <HeatNotes />
          </>
        );
      }}
    </FeedPanel>
  );
}

interface ComputedProps extends Omit<HeatmapPanelProps, keyof PanelBase | "asked" | "edit"> {
  app: PanelBase["app"];
  x: string;
  y: string;
  shown: (map: Heatmap | null) => ComponentChildren;
}

function Computed({ app, group, samplePercent, metric, modelType, x, y, shown }: ComputedProps) {
  const [feed, retry] = useGroupRuns(app, group.protocol, samplePercent, modelType);
  const runs = latest(feed);
  const map = useMemo(() => (runs === null ? null : heatmapOf(runs, metric, x, y)), [runs, metric, x, y]);
  return (
    <FeedView feed={feed} what="the runs" onRetry={retry}>
      {() => shown(map)}
    </FeedView>
  );
}
