/** Histograms of one group over epochs, as ridges that lie one before the other; one of them is chosen. */
import { count } from "../../model/common/format";
import { edgeText, edgeTicks, type Ridge, type Ridgeline, shownRidges } from "../../model/training/ridgeline";
import { share } from "../../model/training/units";
import { type Column, Table } from "../ui/table";
import { ChartFrame } from "./frame";

interface RidgelineProps {
  title: string;
  /** What the numbers are of, for the label and the files. */
  of: string;
  ridgeline: Ridgeline;
  /** 1-based. */
  chosen: number;
  best: number | null;
  onChoose: (epoch: number) => void;
}

const MOST_RIDGES = 24;
const STEP = 18; // from ridge to ridge
const PEAK = 64;
const MARGIN = { top: PEAK - STEP + 4, right: 14, bottom: 26, left: 62 };
const MARK_WIDTH = 64; // that a mark on the axis needs

export function RidgelineView({ title, of, ridgeline, chosen, best, onChoose }: RidgelineProps) {
  const { ridges, edges, top } = ridgeline;
  const shown = shownRidges(ridges, chosen, MOST_RIDGES);
  const ridge = ridges.find(({ epoch }) => epoch === chosen) ?? ridges.at(-1);
  if (ridge === undefined) return <p class="faint">No histogram of {of} was recorded.</p>;
  const height = MARGIN.top + shown.length * STEP + MARGIN.bottom;
  return (
    <figure class="ridgeline">
      <figcaption>
        <b>{title}</b>{" "}
        <span class="faint">
          from epoch {shown[0]?.epoch} at the back to {shown.at(-1)?.epoch} in front
        </span>
      </figcaption>
      <ChartFrame label={spoken(of, ridgeline, ridge)} height={height} margin={MARGIN}>
        {({ width }) => (
          <>
            {edgeTicks(edges, Math.floor(width / MARK_WIDTH)).map(({ at, text }) => (
              <g key={at} class="axis" transform={`translate(${(at / (edges.length - 1)) * width} 0)`}>
                <line class="grid" y1={-MARGIN.top + 8} y2={shown.length * STEP} />
                <text y={shown.length * STEP + 17} text-anchor="middle">
                  {text}
                </text>
              </g>
            ))}
            {shown.map((each, i) => (
              // biome-ignore lint/a11y/noStaticElementInteractions: the slider beside it chooses an epoch, too
              <g
                key={each.epoch}
                class={each.epoch === ridge.epoch ? "ridge ridge-chosen" : "ridge"}
                transform={`translate(0 ${(i + 1) * STEP})`}
                onClick={() => onChoose(each.epoch)}
              >
                <path d={outline(each, width, top)} />
                <text x={-8} text-anchor="end">
                  {each.epoch}
                  {each.epoch === best && " best"}
                </text>
              </g>
            ))}
          </>
        )}
      </ChartFrame>
      <p class="faint ridge-note">{ridgeNote(ridgeline, ridge)}</p>
      <details>
        <summary>Numbers of epoch {ridge.epoch}</summary>
        <Table
          caption={`Histogram of ${of} in epoch ${ridge.epoch}`}
          columns={BIN_COLUMNS}
          rows={binsOf(ridgeline, ridge)}
          id={({ from }) => String(from)}
          file={`histogram-${of.replaceAll(" ", "-")}-epoch-${ridge.epoch}`}
        />
      </details>
    </figure>
  );
}

/** Steps, one for each bin; a share above `top` is cut off there. */
function outline({ shares }: Ridge, width: number, top: number): string {
  const bin = width / shares.length;
  const steps = shares.map((part, i) => {
    const y = -Math.min(1, part / top) * PEAK;
    return `L${round(i * bin)} ${round(y)}L${round((i + 1) * bin)} ${round(y)}`;
  });
  return `M0 0${steps.join("")}L${round(width)} 0Z`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function spoken(of: string, { ridges, edges }: Ridgeline, chosen: Ridge): string {
  const [first, last] = [ridges[0], ridges.at(-1)];
  const widest = chosen.shares.indexOf(Math.max(...chosen.shares));
  const range = `${edgeText(edges[widest] ?? 0)} to ${edgeText(edges[widest + 1] ?? 0)}`;
  return (
    `Histograms of ${of} in epochs ${first?.epoch} to ${last?.epoch}. Chosen: epoch ${chosen.epoch}, ` +
    `${count(chosen.total)} numbers, most of them from ${range} (${share(chosen.shares[widest] ?? null)})`
  );
}

function ridgeNote({ edges, cut }: Ridgeline, ridge: Ridge): string {
  const ends = `${count(ridge.outside)} outside of ${edgeText(edges[0] ?? 0)} to ${edgeText(edges.at(-1) ?? 0)}`;
  const zero =
    cut === null
      ? ""
      : ` The bin from 0 to ${edgeText(edges[cut + 1] ?? 0)} holds ${share(ridge.shares[cut] ?? null)} and is cut off: such numbers are zero, or nearly.`;
  return `Epoch ${ridge.epoch}: ${count(ridge.total)} numbers, ${ends}.${zero}`;
}

interface Bin {
  from: number;
  to: number;
  count: number;
  share: number;
}

const BIN_COLUMNS: Column<Bin>[] = [
  { name: "from", title: "From", value: ({ from }) => from, show: ({ from }) => edgeText(from), number: true },
  { name: "to", title: "to", value: ({ to }) => to, show: ({ to }) => edgeText(to), number: true },
  {
    name: "count",
    title: "Numbers",
    value: (bin) => bin.count,
    show: (bin) => count(bin.count),
    number: true,
    descending: true,
  },
  {
    name: "share",
    title: "Share",
    value: (bin) => bin.share,
    show: (bin) => share(bin.share),
    number: true,
    descending: true,
  },
];

function binsOf({ edges }: Ridgeline, { counts, shares }: Ridge): Bin[] {
  return counts.map((found, i) => ({
    from: edges[i] ?? 0,
    to: edges[i + 1] ?? 0,
    count: found,
    share: shares[i] ?? 0,
  }));
}
