import { count, words } from "../../model/common/format";
import { formatOf } from "../../model/common/registry";
import {
  bestValue,
  effectNote,
  effectWords,
  evidenceSentence,
  type Insight,
  type ParameterRow,
  type ParameterValue,
  ratioWords,
  togetherSentence,
} from "../../model/dashboard/importance";
import { AxisBottom, AxisLeft, ChartFrame } from "../charts/frame";
import { linearOver, scaleLinear, scaleLog } from "../charts/scales";
import { type Column, Table } from "../ui/table";
import { domainOf, Interval } from "./interval";

const SHOWN = 12; // parameters before the others are asked for

/** What each parameter does: means always; from 20 runs on what good runs have more often, and what matters (S7.12). */
export function ImportanceView({ insight }: { insight: Insight }) {
  const { rows, n, needed } = insight;
  if (rows.length === 0)
    return <p class="faint">Nothing to tell apart yet: all finished runs have the same parameters. Vary one.</p>;
  const few = n < needed;
  return (
    <>
      {few ? <FewRuns insight={insight} /> : <p>{`${sentence(insight)} ${evidenceSentence(rows)}`}</p>}
      {!few && (
        <p class="dash-parameter dash-parameter-head faint" aria-hidden="true">
          <span>Rank and parameter</span>
          <span>Importance and share</span>
          <span>Value that good runs have more often</span>
        </p>
      )}
      <Parameters rows={rows.slice(0, SHOWN)} insight={insight} />
      {rows.length > SHOWN && (
        <details>
          <summary>
            {rows.length - SHOWN} more {rows.length - SHOWN === 1 ? "parameter" : "parameters"}
          </summary>
          <Parameters rows={rows.slice(SHOWN)} insight={insight} />
        </details>
      )}
      {insight.leftOut > 0 && <p class="faint dash-note">{insight.leftOut} parameters are left out.</p>}
      {!few && (
        <p class="faint dash-note">
          Importance: standard deviations above chance, with the spread of resampled runs; equal ranks cannot be told
          apart. {effectNote(insight.metric)} “Good runs have it”: how many times as often as the others, 90% interval
          of all values at once. A filled mark is evidence.
        </p>
      )}
    </>
  );
}

function sentence({ sentence: told }: Insight): string {
  return `${told.charAt(0).toUpperCase()}${told.slice(1)}.`;
}

function FewRuns({ insight: { n, needed } }: { insight: Insight }) {
  return (
    <p>
      <progress max={needed} value={n} aria-label="Runs that are needed" />{" "}
      <strong>
        {n} of {needed} runs.
      </strong>{" "}
      Until then these are means and no evidence: whatever else differs between the runs is in them.
    </p>
  );
}

function Parameters({ rows, insight }: { rows: readonly ParameterRow[]; insight: Insight }) {
  const domain = domainOf([
    0,
    ...rows.flatMap(({ importance }) => [importance?.low ?? null, importance?.high ?? null]),
  ]);
  return (
    <ul class="dash-parameters">
      {rows.map((row) => (
        <li key={row.name}>
          <details>
            <summary>
              <Summary row={row} domain={domain} metric={insight.metric} />
            </summary>
            <Values row={row} metric={insight.metric} />
            {row.curve !== null && <Curve row={row} curve={row.curve} />}
          </details>
        </li>
      ))}
    </ul>
  );
}

interface SummaryProps {
  row: ParameterRow;
  domain: readonly [number, number];
  metric: string;
}

function Summary({ row, domain, metric }: SummaryProps) {
  const { importance } = row;
  const best = bestValue(row);
  return (
    <span class="dash-parameter">
      <span class="dash-parameter-name">
        {importance !== null && (
          <span class="number dash-rank">
            <span class="visually-hidden">Rank </span>
            {importance.rank}
          </span>
        )}{" "}
        {row.name}
      </span>
      {importance !== null && (
        <span class="dash-parameter-bar">
          <Bar value={importance.value} low={importance.low} high={importance.high} domain={domain} />
          <span class="number faint">
            <span class="visually-hidden">importance </span>
            {Math.round(importance.share * 100)}%
          </span>
        </span>
      )}
      <span class="number">
        {best?.told != null ? (
          <>
            {best.value} {ratioWords(best.told)} {best.told.evidence && <span class="badge">evidence</span>}
          </>
        ) : (
          meansWords(row, metric)
        )}
      </span>
    </span>
  );
}

/** `256: 0.389 (1), 512: 0.505 (2)`. */
function meansWords(row: ParameterRow, metric: string): string {
  return row.values.map((value) => `${value.value}: ${formatOf(metric)(value.mean)} (${value.n})`).join(", ");
}

interface BarProps {
  value: number;
  low: number;
  high: number;
  domain: readonly [number, number];
}

/** A bar from zero, with the spread as a whisker. */
function Bar({ value, low, high, domain }: BarProps) {
  const x = scaleLinear().domain([domain[0], domain[1]]).range([2, 158]).clamp(true);
  const [from, to] = [Math.min(x(0), x(value)), Math.max(x(0), x(value))];
  return (
    <svg class="dash-bar" width={160} height={14} aria-hidden="true">
      <rect x={from} width={Math.max(1, to - from)} y={2} height={10} />
      <line x1={x(low)} x2={x(high)} y1={7} y2={7} />
      <line x1={x(low)} x2={x(low)} y1={4} y2={10} />
      <line x1={x(high)} x2={x(high)} y1={4} y2={10} />
    </svg>
  );
}

function Values({ row, metric }: { row: ParameterRow; metric: string }) {
  const number = formatOf(metric);
  const told = row.values.some((value) => value.told !== null);
  const ratios = row.values.flatMap(({ told: each }) =>
    each === null ? [] : [Math.log(each.ratioLow), Math.log(each.ratioHigh), 0],
  );
  const domain = domainOf(ratios);
  const columns: Column<ParameterValue>[] = [
    { name: "value", title: "Value", show: (value) => value.value },
    { name: "n", title: "Runs", value: (value) => value.n, show: (value) => count(value.n), number: true },
    {
      name: "mean",
      title: `Mean ${words(metric)}`,
      value: (value) => value.mean,
      show: (value) => number(value.mean),
      number: true,
    },
  ];
  if (told) {
    columns.push(
      {
        name: "effect",
        title: "Effect",
        value: (value) => value.told?.effect ?? null,
        show: (value) => value.told && effectWords(value.told, metric),
        number: true,
      },
      {
        name: "ratio",
        title: "Good runs have it",
        value: (value) => value.told?.ratio ?? null,
        show: (value) => value.told && ratioWords(value.told),
        number: true,
      },
      {
        name: "drawn",
        title: <span class="visually-hidden">Interval</span>,
        show: (value) =>
          value.told && (
            <span class={value.told.evidence ? "dash-evidence" : "dash-chance"}>
              <Interval
                value={Math.log(value.told.ratio)}
                low={Math.log(value.told.ratioLow)}
                high={Math.log(value.told.ratioHigh)}
                domain={domain}
                mark={0}
              />
            </span>
          ),
      },
      {
        name: "evidence",
        title: "Verdict",
        value: (value) => value.told?.evidence ?? null,
        show: (value) => (value.told?.evidence ? "evidence" : "may be chance"),
      },
    );
  }
  const notes = row.values.flatMap((value) =>
    value.told?.evidence ? [togetherSentence(row, value)].filter((note) => note !== null) : [],
  );
  return (
    <>
      <Table caption={`Values of ${row.name}`} columns={columns} rows={row.values} id={(value) => value.value} />
      {notes.map((note) => (
        <p key={note} class="faint dash-note">
          {note}
        </p>
      ))}
    </>
  );
}

/** Above 1 good runs lie there more often than others. */
function Curve({ row, curve }: { row: ParameterRow; curve: { x: number[]; ratio: number[] } }) {
  const peak = curve.ratio.indexOf(Math.max(...curve.ratio));
  const label = `Good runs lie most often near ${row.name} ${short(curve.x[peak] ?? 0)}, ${(curve.ratio[peak] ?? 0).toFixed(1)} times as often as others.`;
  return (
    <>
      <p class="faint dash-note">{label}</p>
      <ChartFrame label={label} height={150}>
        {({ width, height }) => {
          const domain: [number, number] = [curve.x[0] ?? 0, curve.x.at(-1) ?? 1];
          const x = (row.log ? scaleLog() : scaleLinear()).domain(domain).range([0, width]);
          const y = linearOver([...curve.ratio, 1], [height, 0], true);
          const path = curve.x.map((at, i) => `${i === 0 ? "M" : "L"}${x(at)},${y(curve.ratio[i] ?? 0)}`).join("");
          const ticks = x
            .ticks(row.log ? 3 : 5)
            .filter((_, i, all) => all.length <= 8 || i % Math.ceil(all.length / 8) === 0);
          return (
            <>
              <AxisLeft ticks={y.ticks(3).map((tick) => ({ at: y(tick), text: `×${tick}` }))} width={width} />
              <AxisBottom
                ticks={ticks.map((tick) => ({ at: x(tick), text: short(tick) }))}
                width={width}
                y={height}
                title={row.name}
              />
              <line class="dash-one" x2={width} y1={y(1)} y2={y(1)} />
              <path class="dash-curve" d={path} />
            </>
          );
        }}
      </ChartFrame>
    </>
  );
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
