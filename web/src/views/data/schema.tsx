/** What the examples of train look like, column by column, and what Transform makes of them (S7.5). */

import { count } from "../../model/common/format";
import { dataPath } from "../../model/data/choice";
import {
  domainWords,
  outputWords,
  requiredWords,
  type Schema,
  type SchemaRow,
  shapeWords,
  sourceWords,
} from "../../model/data/schema_table";
import type { Run } from "../../model/run/run";
import { type Column, Table } from "../ui/table";

export function SchemaView({ run, schema }: { run: Run; schema: Schema }) {
  return (
    <section aria-labelledby="schema">
      <h2 id="schema">Schema of train</h2>
      {schema.leftOut > 0 && (
        <p class="faint">{count(schema.leftOut)} more features are not in the schema: they would be too much.</p>
      )}
      <Table
        caption="Columns and what becomes of them"
        columns={columnsOf(run.id)}
        rows={schema.features}
        id={({ name }) => name}
        file={`schema-${run.number ?? run.id}`}
        empty="The schema has no feature."
      />
    </section>
  );
}

function columnsOf(run: string): Column<SchemaRow>[] {
  return [
    {
      name: "feature",
      title: "Feature",
      value: ({ name }) => name,
      show: ({ name }) => <a href={dataPath(run, "features", name)}>{name}</a>,
    },
    { name: "type", title: "Type", value: ({ type }) => type },
    { name: "required", title: "Required", value: requiredWords },
    { name: "shape", title: "Values in a row", value: shapeWords },
    { name: "domain", title: "Domain", value: ({ domain }) => domainWords(domain) },
    { name: "source", title: "From", value: ({ source }) => sourceWords(source) || null, show: From },
    {
      name: "outputs",
      title: "Becomes",
      value: ({ outputs }) => outputs.map(outputWords).join("; "),
      show: ({ outputs }) =>
        outputs.length === 0 ? (
          <span class="faint">no input of the model</span>
        ) : (
          <ul class="sentences">
            {outputs.map((output) => (
              <li key={`${output.output} ${output.feature}`}>
                <code>{output.output}</code> <span class="faint">{`${output.tower}, ${output.width ?? "–"} wide`}</span>
              </li>
            ))}
          </ul>
        ),
    },
  ];
}

/** The expression only where it says more than the column does. */
function From({ source }: SchemaRow) {
  const words = sourceWords(source);
  const plain = source?.expression?.replaceAll("`", "") === source?.column;
  if (words === "" && !source?.expression) return <span class="faint">not known</span>;
  return (
    <>
      {words}
      {source?.expression && !plain && (
        <small>
          <code>{source.expression}</code>
        </small>
      )}
    </>
  );
}
