/** What of eval and test contradicts the schema of train (S7.6). */

import { dataPath } from "../../model/data/choice";
import type { Anomaly, Schema } from "../../model/data/schema_table";
import type { Run } from "../../model/run/run";
import { StateIcon } from "../icons";
import { Prose } from "../parts";
import { type Column, Table } from "../ui/table";

export function AnomaliesView({ run, schema }: { run: Run; schema: Schema }) {
  return (
    <section aria-labelledby="anomalies">
      <h2 id="anomalies">Against the schema of train</h2>
      <p class="faint">Checked by Quicktest from statistics and schema; the pipeline has no ExampleValidator.</p>
      {schema.anomalies.length === 0 ? (
        <p>
          <StateIcon icon="done" /> Nothing contradicts it.
        </p>
      ) : (
        <Table
          caption="Anomalies"
          columns={columnsOf(run.id)}
          rows={schema.anomalies}
          id={(row) => `${row.feature} ${row.split} ${row.kind}`}
          file={`anomalies-${run.number ?? run.id}`}
        />
      )}
    </section>
  );
}

function columnsOf(run: string): Column<Anomaly>[] {
  return [
    {
      name: "feature",
      title: "Feature",
      value: ({ feature }) => feature,
      show: ({ feature }) => (feature === "" ? "and more" : <a href={dataPath(run, "features", feature)}>{feature}</a>),
    },
    { name: "split", title: "Split", value: ({ split }) => split },
    {
      name: "words",
      title: "What contradicts",
      value: ({ words }) => words,
      show: ({ words }) => <Prose text={words} />,
    },
    { name: "kind", title: "As TFDV calls it", value: ({ kind }) => kind, show: ({ kind }) => <code>{kind}</code> },
  ];
}
