/** Who is better by one metric, how sure that is, and the numbers of it. */
import { count, MISSING, quantity, words } from "../../model/common/format";
import {
  type ComparisonReport,
  callWords,
  type Heading,
  type MetricVerdict,
  marginWords,
  signedOf,
} from "../../model/compare/report";
import { exportedVerdicts } from "../../model/compare/rows";
import { StateIcon } from "../icons";
import { type Column, Table } from "../ui/table";
import { type Interval, IntervalChart } from "./intervals";

export function VerdictView({ verdict, experiments }: { verdict: MetricVerdict; experiments: readonly Heading[] }) {
  const { metric, pairs, baselines, sentence, success } = verdict;
  const label = (place: number) => experiments[place]?.label ?? "?";
  const margin = pairs.find((pair) => pair.margin !== null)?.margin ?? null;
  const between: Interval[] = pairs.map((pair) => ({
    ...pair,
    key: `${pair.one} ${pair.other}`,
    label: `${label(pair.one)} against ${label(pair.other)}`,
    value: pair.difference,
  }));
  const over: Interval[] = baselines.map((each) => ({
    ...each,
    key: `baseline ${each.run}`,
    label: `${label(each.run)} against ${each.baseline === null ? "its best baseline" : words(each.baseline)}`,
  }));
  const format = signedOf(metric);
  const judged = pairs.filter(({ verdict }) => verdict !== "not_comparable");
  const unjudged = [
    ...new Set(pairs.flatMap(({ verdict, reason }) => (verdict === "not_comparable" ? (reason ?? []) : []))),
  ];
  return (
    <div class="verdict-view">
      <h3>By {words(metric)}</h3>
      <p class={success ? "verdict-sentence verdict-success" : "verdict-sentence"}>
        {success && <StateIcon icon="done" />} {sentence}
      </p>
      <div class="compare-intervals">
        <Intervals title="Between the experiments" intervals={between} {...{ metric, margin, format }} />
        <Intervals title="Against the best baseline" intervals={over} margin={null} {...{ metric, format }} />
      </div>
      {pairs.length > 1 && <Sentences all={judged.map((pair) => pair.sentence)} />}
      <Sentences all={baselines.map((each) => each.sentence)} />
      {pairs.length > 1 && unjudged.length > 0 && (
        <p class="faint">
          {judged.length === 0 ? "No pair" : "Not every pair"} can be compared. {unjudged.join(" ")}
        </p>
      )}
    </div>
  );
}

interface IntervalGroup {
  title: string;
  metric: string;
  intervals: readonly Interval[];
  margin: number | null;
  format: (value: number | null) => string;
}

function Intervals({ title, metric, intervals, margin, format }: IntervalGroup) {
  if (!intervals.some(({ value }) => value !== null)) return null;
  const said = intervals.map(
    ({ label, verdict, value, low, high }) =>
      `${label} ${format(value)}${low === null ? "" : ` (${format(low)} to ${format(high)})`}, ${callWords(verdict)}`,
  );
  return (
    <figure class="interval-chart">
      <figcaption>
        <b>{title}</b>{" "}
        <span class="faint">
          difference in {words(metric)} with its 95% interval; right of zero the first is better
          {margin !== null && `; grey: less than ${marginWords(metric, margin)} decides nothing`}
        </span>
      </figcaption>
      <IntervalChart label={`${title}: ${said.join("; ")}`} intervals={intervals} margin={margin} format={format} />
    </figure>
  );
}

function Sentences({ all }: { all: readonly string[] }) {
  if (all.length === 0) return null;
  return (
    <ul class="compare-sentences">
      {all.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}

type VerdictRow = ReturnType<typeof exportedVerdicts>[number];

export function VerdictTable({ report, file }: { report: ComparisonReport; file: string }) {
  const rows = exportedVerdicts(report);
  const figure = (name: string, title: string, number: (value: number) => string): Column<VerdictRow> => ({
    name,
    title,
    number: true,
    value: (row) => row[name] ?? null,
    show: (row) => {
      const value = row[name];
      return typeof value === "number" ? number(value) : MISSING;
    },
  });
  const plain = (name: string, title: string, show?: (value: string) => string): Column<VerdictRow> => ({
    name,
    title,
    value: (row) => row[name] ?? null,
    ...(show === undefined ? {} : { show: (row: VerdictRow) => show(String(row[name] ?? MISSING)) }),
  });
  return (
    <Table
      caption="Numbers of the verdicts"
      columns={[
        plain("one", "One"),
        plain("other", "Other", words),
        plain("metric", "Metric", words),
        plain("verdict", "Verdict", words),
        figure("difference", "Difference", quantity),
        figure("low", "from", quantity),
        figure("high", "to", quantity),
        figure("p", "p, after Holm", (p) => p.toFixed(3)),
        figure("customers", "Customers", count),
        figure("customers_needed", "Customers needed", count),
        figure("spread_per_customer", "Spread per customer", quantity),
      ]}
      rows={rows}
      id={(row) => `${row.metric} ${row.one} ${row.other}`}
      file={file}
    />
  );
}
