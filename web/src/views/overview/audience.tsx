/** Who the model works for: populations of the test, segments of customers and products (S2.18, S6.14). */

import { count, words } from "../../model/common/format";
import { formatOf, kindOf } from "../../model/common/registry";
import { type AudienceRow, audienceMetrics, audienceOf } from "../../model/run/audience";
import { intervalNote } from "../../model/run/metrics";
import type { Evaluation, Run } from "../../model/run/run";
import { Section } from "../parts";
import { SelectField } from "../ui/fields";
import { type Column, Table } from "../ui/table";

interface AudienceProps {
  run: Run;
  evaluation: Evaluation;
  /** The metric that was asked for; else the headline's. */
  chosen: string;
  onChoose: (metric: string) => void;
}

export function AudienceView({ run, evaluation, chosen, onChoose }: AudienceProps) {
  const metrics = audienceMetrics(evaluation);
  const metric = metrics.find((each) => each === chosen) ?? run.headline?.metric ?? metrics[0];
  if (metric === undefined || metrics.length === 0) return null;
  const rows = audienceOf(run, evaluation, metric);
  const options = metrics.map((value) => ({ value, label: words(value) }));
  return (
    <Section id="audience" title="Who it works for">
      <div class="fields">
        <SelectField label="Metric" value={metric} options={options} onEdit={onChoose} />
      </div>
      <Table
        caption={`Who it works for, ${words(metric)}`}
        columns={columnsOf(metric, rows)}
        rows={rows}
        id={({ key }) => key}
        file={`audience-${run.number ?? run.id}-${metric}`}
      />
      {kindOf(metric).lowerIsBetter && <p class="faint">Lower is better.</p>}
    </Section>
  );
}

function columnsOf(metric: string, rows: readonly AudienceRow[]): Column<AudienceRow>[] {
  const format = formatOf(metric);
  const end = Math.max(0, ...rows.map(({ measure }) => measure.high ?? measure.value ?? 0)) || 1;
  const each = kindOf(metric).per === "row" ? "Order lines" : "Customers";
  return [
    { name: "who", title: "Who", value: ({ label }) => label },
    {
      name: metric,
      title: "This model",
      value: ({ measure }) => measure.value,
      show: ({ measure }) => (
        <>
          <b>{format(measure.value)}</b> <span class="faint">{intervalNote(measure, metric)}</span>
        </>
      ),
      descending: true,
    },
    {
      name: "bar",
      title: <span class="visually-hidden">As a bar</span>,
      show: ({ measure }) => (
        <svg class="small-bar" width="90" height="8" aria-hidden="true">
          <rect class="small-bar-track" width="90" height="8" rx="2" />
          <rect class="small-bar-value" width={(90 * Math.max(0, measure.value ?? 0)) / end} height="8" rx="2" />
        </svg>
      ),
    },
    {
      name: "n",
      title: each,
      value: ({ measure }) => measure.n,
      show: ({ measure }) => count(measure.n),
      number: true,
    },
    {
      name: "baseline",
      title: "Strongest baseline there",
      value: ({ baseline }) => baseline?.measure.value ?? null,
      show: ({ baseline }) =>
        baseline === null ? (
          <span class="faint">not measured</span>
        ) : (
          `${format(baseline.measure.value)} ${words(baseline.name)}`
        ),
      descending: true,
    },
  ];
}
