/** The columns of a dataset, each of which can become a feature. */
import { useState } from "preact/hooks";
import { count } from "../../../model/common/format";
import { group } from "../../../model/common/values";
import type { ColumnFacts } from "../../../model/configs/feature/columns";
import { featuresOf, TOWERS, type Tower } from "../../../model/configs/feature/document";
import type { Group } from "../../../model/run/run";
import { Prose } from "../../parts";
import { TextField } from "../../ui/fields";
import type { Drag } from "../cards";
import type { Dragged } from "./card";

interface ColumnsProps {
  content: Group;
  columns: readonly ColumnFacts[];
  drag: Drag<Dragged>;
  onAdd: (column: ColumnFacts, tower: Tower) => void;
}

/** What the dataset offers: each column with its use, what is known of it, and where smart defaults would put it. */
export function ColumnsView({ content, columns, drag, onAdd }: ColumnsProps) {
  const [query, setQuery] = useState("");
  const shown = columns.filter(({ name }) => name.toLowerCase().includes(query.trim().toLowerCase()));
  return (
    <section class="panel" aria-labelledby="columns">
      <h2 id="columns">Columns</h2>
      {columns.length > 12 && <TextField label="Find a column" type="search" value={query} onEdit={setQuery} />}
      {columns.length === 0 && <p>The dataset's report offers no columns. Mend the dataset first.</p>}
      <ul class="pieces columns-list">
        {shown.map((column) => (
          <li
            key={column.name}
            class="piece"
            draggable
            onDragStart={(event) => {
              event.dataTransfer?.setData("text/plain", column.name);
              drag.start({ column: column.name });
            }}
            onDragEnd={drag.end}
          >
            <div class="piece-head">
              <b class="piece-name">{column.name}</b>
              <span class="piece-buttons">
                {TOWERS.map((tower) => (
                  <button
                    key={tower}
                    type="button"
                    class="quiet"
                    aria-label={`Add ${column.name} to the ${tower} tower`}
                    onClick={() => onAdd(column, tower)}
                  >
                    {tower === "query" ? "Query" : "Candidate"}
                    {column.suggested?.tower === tower && " ★"}
                  </button>
                ))}
              </span>
            </div>
            <small>{columnWords(column)}</small>
            {column.suggested !== null && (
              <small>
                {column.suggested.tower !== null && "★ "}
                {column.suggested.setting}: <Prose text={column.suggested.reason} />
              </small>
            )}
            <UsedView content={content} column={column.name} />
          </li>
        ))}
      </ul>
      {columns.length > 0 && shown.length === 0 && <p class="faint">No column is called so.</p>}
    </section>
  );
}

function UsedView({ content, column }: { content: Group; column: string }) {
  const towers = TOWERS.filter((tower) => featuresOf(content, tower).some((feature) => feature.column === column));
  const target = group(content.target).column === column;
  const uses = [...towers.map((tower) => `${tower} tower`), ...(target ? ["target"] : [])];
  return uses.length === 0 ? null : <small>In the {uses.join(" and the ")}</small>;
}

function columnWords({ type, kind, role, distinct, nullShare }: ColumnFacts): string {
  const parts = [
    type,
    kind,
    role === null ? "" : (ROLE_WORDS[role] ?? role),
    distinct === null ? "" : `${count(distinct)} values`,
    nullShare === null || nullShare === 0 ? "" : `${(100 * nullShare).toPrecision(2)}% missing`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

const ROLE_WORDS: Record<string, string> = {
  customer_id: "customer's id",
  product_id: "product's id",
  order_id: "order's id",
  event_time: "time of the purchase",
  revenue: "revenue",
  quantity: "quantity",
};
