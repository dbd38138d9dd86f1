import { capitalised, count, ratio, words } from "../../model/common/format";
import { formatOf, kindOf } from "../../model/common/registry";
import { group, numberOf, textOf } from "../../model/common/values";
import {
  bars,
  intervalNote,
  liftSentence,
  type MetricRow,
  type MetricTable,
  metricRows,
  metricTables,
  verdictWords,
} from "../../model/run/metrics";
import { badgesOf, protocolName } from "../../model/run/protocol";
import { type Evaluation, type Headline, isLive, type Lift, type Measure, type Run } from "../../model/run/run";
import { Intervals } from "../charts/intervals";
import { StateIcon } from "../icons";
import { Section } from "../parts";
import { TableDownload } from "../ui/download";
import { Scroll } from "../ui/scroll";

/** What came of a run: it leads with the lift over the best baseline and its verdict. */
export function ResultView({ run, evaluation }: { run: Run; evaluation: Evaluation | null }) {
  const tables = metricTables(run, evaluation);
  return (
    <Section id="result" title="Result">
      <Measured run={run} />
      {run.headlines.length === 0 && tables.length === 0 && <p class="faint">{noResult(run)}</p>}
      {run.headlines.map((headline) => (
        <div key={headline.metric} class="result-card">
          <HeadlineCard headline={headline} />
          <RowLine tables={tables} metric={headline.metric} />
          <BarsOf tables={tables} metric={headline.metric} />
        </div>
      ))}
      {evaluation?.warnings.map((warning) => (
        <p key={warning.code} class="notice warning">
          <StateIcon icon="warning" /> {warning.message}
        </p>
      ))}
    </Section>
  );
}

/** Final metrics beside the baselines, measured on the same test split; nothing before there are any. */
export function MetricsView({ run, evaluation }: { run: Run; evaluation: Evaluation | null }) {
  const tables = metricTables(run, evaluation);
  if (tables.length === 0) return null;
  return (
    <Section id="metrics" title="All metrics">
      <TableDownload name={`metrics-${run.number ?? run.id}`} rows={() => metricRows(tables)} />
      {tables.map((table) => (
        <MetricsTable key={table.caption} table={table} />
      ))}
    </Section>
  );
}

/** By what it is measured, and what its figures always wear. */
function Measured({ run }: { run: Run }) {
  const parameters = group(run.parameters);
  const protocol = protocolName(parameters, group(run.counts));
  if (protocol === "") return null;
  const split = textOf(group(parameters.split).kind);
  const badges = badgesOf({ split, samplePercent: numberOf(parameters.sample_percent) ?? 100 });
  return (
    <p class="measured">
      <span class="faint">Measured by: {protocol}</span>
      {badges.map(({ text, why }) => (
        <span key={text} class="badge" title={why}>
          {text}
        </span>
      ))}
      {badges.length > 0 && <small>{badges.map(({ why }) => why).join(" ")}</small>}
    </p>
  );
}

/** What the average order line sees, beside the average customer of the headline (S6.8). */
function RowLine({ tables, metric }: { tables: MetricTable[]; metric: string }) {
  const key = `row_${metric}`;
  const row = tables.flatMap((table) => table.rows).find((each) => each.key === key);
  if (row === undefined) return null;
  return (
    <p class="number faint">
      That is the average customer; the average order line has {formatOf(key)(row.model.value)} (
      {intervalNote(row.model, key)})
      {row.lift !== null && `, ${verdictWords(row.lift.verdict)}, ${liftSentence(row.lift, key)}`}.
    </p>
  );
}

function noResult(run: Run): string {
  if (isLive(run)) return "Measured after training, on the whole test split.";
  if (run.state === "completed") return "Missing: the run completed without metrics.";
  return run.state === "cancelled" ? "None: cancelled before it was measured." : "None: failed before it was measured.";
}

function HeadlineCard({ headline }: { headline: Headline }) {
  const { metric, population, measure, lift } = headline;
  return (
    <div class="headline">
      <p class="headline-value number">
        <span class="headline-metric">{words(metric)}</span> <b>{formatOf(metric)(measure.value)}</b>{" "}
        <span class="faint">
          {intervalNote(measure, metric)}
          {measure.n !== null && `, ${count(measure.n)} ${kindOf(metric).per === "row" ? "order lines" : "customers"}`}
          {population === "in_sample" && " of the sample"}
          {kindOf(metric).lowerIsBetter && ", lower is better"}
        </span>
      </p>
      {lift !== null && (
        <p class="number">
          <VerdictMark lift={lift} /> {liftSentence(lift, metric)}
        </p>
      )}
    </div>
  );
}

function VerdictMark({ lift }: { lift: Lift }) {
  return (
    <span class={`verdict verdict-${(lift.verdict ?? "none").replace(" ", "-")}`}>{verdictWords(lift.verdict)}</span>
  );
}

function BarsOf({ tables, metric }: { tables: MetricTable[]; metric: string }) {
  const table = tables.find((candidate) => candidate.rows.some((row) => row.key === metric));
  const row = table?.rows.find((candidate) => candidate.key === metric);
  if (table === undefined || row === undefined || row.baselines.length === 0) return null;
  const { bars: all, end } = bars(row, table.baselines);
  const format = formatOf(metric);
  const figures = all.map(({ label, measure }) => `${label} ${format(measure.value)}`).join(", ");
  return (
    <>
      <Intervals label={`${row.label}: ${figures}`} bars={all} end={end} ceiling={row.ceiling} format={format} />
      {row.ceiling !== null && (
        <p class="bar-note">
          The dashed line marks {ratio(row.ceiling)}, the best {row.label} that any list could reach on this test split.
        </p>
      )}
    </>
  );
}

function MetricsTable({ table }: { table: MetricTable }) {
  const first = table.rows.filter((row) => row.primary);
  const more = table.rows.filter((row) => !row.primary);
  return (
    <>
      {first.length > 0 && <MetricRows table={{ ...table, rows: first }} caption={table.caption} />}
      {more.length > 0 && (
        <details>
          <summary>More metrics of the {table.caption.toLowerCase()}</summary>
          <MetricRows table={{ ...table, rows: more }} caption={`${table.caption}, more metrics`} />
        </details>
      )}
    </>
  );
}

function MetricRows({ table, caption }: { table: MetricTable; caption: string }) {
  const withLift = table.rows.some((row) => row.lift !== null);
  const withCeiling = table.rows.some((row) => row.ceiling !== null);
  const n = table.rows[0]?.model.n ?? null;
  return (
    <Scroll label={`Metrics, ${caption}`}>
      <table class="metrics">
        <caption>
          {caption}
          {n !== null && <span class="faint"> n = {count(n)}</span>}
        </caption>
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col">This model</th>
            {table.baselines.map((name) => (
              <th scope="col" key={name}>
                {capitalised(words(name))}
              </th>
            ))}
            {withLift && <th scope="col">Against the best baseline</th>}
            {withCeiling && <th scope="col">Ceiling</th>}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <MetricsRow key={row.key} row={row} withLift={withLift} withCeiling={withCeiling} names={table.baselines} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

interface RowProps {
  row: MetricRow;
  names: string[];
  withLift: boolean;
  withCeiling: boolean;
}

function MetricsRow({ row, names, withLift, withCeiling }: RowProps) {
  return (
    <tr>
      <th scope="row">
        {row.label}
        {row.lowerIsBetter && <small>lower is better</small>}
      </th>
      <td class="number">
        <MeasureCell measure={row.model} metric={row.key} strong />
      </td>
      {row.baselines.map((measure, i) => (
        <td class="number" key={names[i]}>
          <MeasureCell measure={measure} metric={row.key} strong={false} />
        </td>
      ))}
      {withLift && (
        <td class="number lift">
          {row.lift === null ? (
            <span class="faint">not compared</span>
          ) : (
            <>
              <VerdictMark lift={row.lift} />
              <small>{liftSentence(row.lift, row.key)}</small>
            </>
          )}
        </td>
      )}
      {withCeiling && (
        <td class="number">{row.ceiling === null ? <span class="faint">–</span> : ratio(row.ceiling)}</td>
      )}
    </tr>
  );
}

function MeasureCell({ measure, metric, strong }: { measure: Measure; metric: string; strong: boolean }) {
  const value = formatOf(metric)(measure.value);
  return (
    <>
      {strong ? <b>{value}</b> : value}
      <small>{intervalNote(measure, metric)}</small>
    </>
  );
}
