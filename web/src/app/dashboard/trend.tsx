import { useMemo } from "preact/hooks";
import { toTrend } from "../../data/insight_parts";
import type { Measured } from "../../model/dashboard/heatmap";
import type { GroupHead } from "../../model/dashboard/insights";
import { trendExport, trendOf } from "../../model/dashboard/trend";
import type { Time } from "../../model/run/run";
import { TrendView } from "../../views/dashboard/trend";
import { navigate } from "../navigation";
import { IndexPanel, type PanelBase, PartPanel } from "./panels";

interface TrendPanelProps extends PanelBase {
  group: GroupHead;
  samplePercent: number;
  metric: string;
  modelType: string | null;
}

/** Read as it was computed; by another metric, or of one type of model, computed here. */
export function TrendPanel({ group, samplePercent, metric, modelType, ...rest }: TrendPanelProps) {
  const nothing = "No run has finished yet: the trend begins with the first one.";
  if (metric === group.metric && modelType === null) {
    return (
      <PartPanel
        {...rest}
        insights={group.id}
        part={`trend-${samplePercent}`}
        read={toTrend}
        has={(trend) => trend.points.length > 0}
        rows={trendExport}
        nothing={nothing}
      >
        {(trend) => <TrendView trend={trend} now={rest.now} onOpen={navigate} />}
      </PartPanel>
    );
  }
  return (
    <IndexPanel
      {...rest}
      {...{ samplePercent, modelType, nothing }}
      protocol={group.protocol}
      rows={(runs) => trendExport(trendOf(runs, metric))}
    >
      {(runs) => <Computed runs={runs} metric={metric} now={rest.now} />}
    </IndexPanel>
  );
}

function Computed({ runs, metric, now }: { runs: readonly Measured[]; metric: string; now: Time }) {
  const trend = useMemo(() => trendOf(runs, metric), [runs, metric]);
  return <TrendView trend={trend} now={now} onOpen={navigate} />;
}
