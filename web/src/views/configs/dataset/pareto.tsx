/** How revenue is spread (domain S1.19). */
import { capitalised, count } from "../../../model/common/format";
import { groups, numberOf } from "../../../model/common/values";
import { shareWords } from "../../../model/configs/dataset/figures";
import type { Group } from "../../../model/run/run";
import { AxisBottom, AxisLeft, ChartFrame } from "../../charts/frame";
import { scaleLinear } from "../../charts/scales";
import { Table } from "../../ui/table";

/** How revenue is spread over products or customers, and how many make most of it. */
export function ParetoView({ part, entity, file }: { part: Group; entity: "products" | "customers"; file: string }) {
  const entities = numberOf(part.entities) ?? 0;
  const points = groups(part.points).map(({ count: n, share }) => ({
    n: numberOf(n) ?? 0,
    share: numberOf(share) ?? 0,
  }));
  const markers = groups(part.markers).map(({ percent, kept }) => ({
    percent: numberOf(percent) ?? 0,
    kept: numberOf(kept) ?? 0,
  }));
  if (points.length === 0 || entities === 0) return <p class="faint">There is no revenue to draw.</p>;
  const half = markers.find(({ percent }) => percent === 80);
  const sentence =
    half === undefined
      ? `Revenue by ${entity}.`
      : `${count(half.kept)} of ${count(entities)} ${entity} make 80% of the revenue.`;
  return (
    <div>
      <h3>{capitalised(entity)}</h3>
      <p>{sentence}</p>
      <ChartFrame label={`Share of the revenue by the best ${entity}. ${sentence}`} height={180}>
        {({ width, height }) => {
          const x = scaleLinear().domain([0, entities]).range([0, width]);
          const y = scaleLinear().domain([0, 1]).range([height, 0]);
          const line = [{ n: 0, share: 0 }, ...points].map(({ n, share }) => `${x(n)},${y(share)}`).join(" ");
          return (
            <>
              <AxisLeft
                ticks={[0, 0.5, 1].map((share) => ({ at: y(share), text: `${100 * share}%` }))}
                width={width}
                title="of the revenue"
              />
              <AxisBottom
                ticks={[0, entities / 2, entities].map((n) => ({ at: x(n), text: count(Math.round(n)) }))}
                width={width}
                y={height}
                title={`best ${entity}`}
              />
              <polyline class="pareto" points={line} />
              {markers.map(({ percent, kept }) => (
                <circle key={percent} class="pareto-mark" cx={x(kept)} cy={y(percent / 100)} r={3.5} />
              ))}
            </>
          );
        }}
      </ChartFrame>
      <Table
        caption={`How many ${entity} make most of the revenue`}
        columns={[
          { name: "percent", title: "Of the revenue", value: ({ percent }) => `${percent}%` },
          {
            name: "kept",
            title: capitalised(entity),
            number: true,
            value: ({ kept }) => kept,
            show: ({ kept }) => count(kept),
          },
          {
            name: "share",
            title: `Of all ${entity}`,
            number: true,
            value: ({ kept }) => kept / entities,
            show: ({ kept }) => shareWords(kept / entities),
          },
        ]}
        rows={markers}
        id={({ percent }) => String(percent)}
        file={`${file}-revenue-${entity}`}
      />
    </div>
  );
}
