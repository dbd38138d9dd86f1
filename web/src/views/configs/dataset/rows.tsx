/** Rows of a dataset: where they go on their way through it, and some of them (domain S1.34). */

import { bytesWords, count } from "../../../model/common/format";
import { groups, list, numberOf, textOf } from "../../../model/common/values";
import type { Step } from "../../../model/configs/dataset/report";
import type { Group, Value } from "../../../model/run/run";
import { Prose } from "../../parts";
import { type Column, Table } from "../../ui/table";
import "../../../styles/dataset.css";

interface FunnelProps {
  steps: readonly Step[];
  file: string;
}

/** Rows after each step, as bars with their numbers. */
export function FunnelView({ steps, file }: FunnelProps) {
  const most = Math.max(1, ...steps.map(({ rows }) => rows));
  const columns: Column<Step>[] = [
    {
      name: "step",
      title: "Step",
      value: ({ words }) => words,
      show: ({ words }) => <Prose text={words} />,
    },
    { name: "rows", title: "Rows left", number: true, value: ({ rows }) => rows, show: ({ rows }) => count(rows) },
    {
      name: "removed",
      title: "Removed",
      number: true,
      value: ({ removed }) => removed,
      show: ({ removed }) => (removed < 0 ? `${count(-removed)} added` : count(removed)),
    },
    {
      name: "bar",
      title: <span class="visually-hidden">Share</span>,
      show: ({ rows }) => (
        <span class="share-bar" aria-hidden="true">
          <span style={{ width: `${(100 * rows) / most}%` }} />
        </span>
      ),
    },
  ];
  return (
    <div class="funnel">
      <Table
        caption="Rows after each step"
        columns={columns}
        rows={steps}
        id={({ path }) => path}
        file={`${file}-funnel`}
        empty="The rows were not counted."
      />
    </div>
  );
}

/** The default split, and how many rows it has (S2.13). */
export function SplitView({ fields, file }: { fields: Group; file: string }) {
  const counts = (fields.counts ?? {}) as Group;
  const rows = (counts.rows ?? {}) as Group;
  const customers = (counts.customers ?? {}) as Group;
  const products = (counts.products ?? {}) as Group;
  const split = (fields.split ?? {}) as Group;
  if (numberOf(rows.train) === null) return null;
  const of = (from: Group, name: string) => numberOf(from[name]);
  const parts = ["train", "eval", "test"].map((name) => ({
    name,
    rows: of(rows, name),
    customers: of(customers, name),
    products: of(products, name),
  }));
  const number = (name: "rows" | "customers" | "products", title: string): Column<(typeof parts)[number]> => ({
    name,
    title,
    number: true,
    value: (part) => part[name],
    show: (part) => count(part[name]),
  });
  return (
    <>
      <p>
        {textOf(fields.first_day) !== "" && (
          <>
            Purchases from {textOf(fields.first_day)} to {textOf(fields.last_day)}.{" "}
          </>
        )}
        An experiment that asks for nothing else is split{" "}
        {split.kind === "random" ? "at random" : `by time: the test begins on ${textOf(split.test_start)}`}.
      </p>
      <Table
        caption="The default split"
        columns={[
          { name: "split", title: "Split", value: ({ name }) => name },
          number("rows", "Rows"),
          number("customers", "Customers"),
          number("products", "Products"),
        ]}
        rows={parts}
        id={({ name }) => name}
        file={`${file}-split`}
      />
    </>
  );
}

type PreviewRow = { at: number; cells: Group };

/** Rows as a model would get them; what is empty is told from what is a zero. */
export function PreviewView({ part, file }: { part: Group; file: string }) {
  const shown = groups(part.columns);
  const rows = groups(part.rows).map((cells, at): PreviewRow => ({ at, cells }));
  const left = { columns: numberOf(part.omitted_columns) ?? 0, rows: numberOf(part.omitted_rows) ?? 0 };
  const columns = shown.map(
    (column): Column<PreviewRow> => ({
      name: textOf(column.name),
      title: (
        <>
          {textOf(column.label) || textOf(column.name)}
          <small>
            {textOf(column.type)}
            {column.repeated === true ? " list" : ""} → {textOf(column.example_type)}
          </small>
        </>
      ),
      number: numberOf(rows[0]?.cells[textOf(column.name)]) !== null,
      value: ({ cells }) => exported(cells[textOf(column.name)]),
      show: ({ cells }) => <CellView value={cells[textOf(column.name)]} digits={TIMES[textOf(column.type)] ?? null} />,
    }),
  );
  if (columns.length === 0) return <p class="faint">There are no rows to show.</p>;
  return (
    <div class="preview">
      <Table
        caption="Preview of rows"
        columns={columns}
        rows={rows}
        id={({ at }) => String(at)}
        file={`${file}-preview`}
      />
      {(left.columns > 0 || left.rows > 0) && (
        <p class="faint">
          {[left.columns > 0 ? `${left.columns} columns` : "", left.rows > 0 ? `${left.rows} rows` : ""]
            .filter(Boolean)
            .join(" and ")}{" "}
          did not fit.
        </p>
      )}
    </div>
  );
}

/** How much of `2025-09-30T08:22` each type of time says; a model gets their seconds (S1.12). */
const TIMES: Record<string, number> = { TIMESTAMP: 16, DATETIME: 16, DATE: 10 };

function CellView({ value, digits }: { value: Value | undefined; digits: number | null }) {
  if (value === null || value === undefined) return <i class="faint">empty</i>;
  if (digits !== null && typeof value === "number") {
    return <span title={String(value)}>{new Date(1000 * value).toISOString().slice(0, digits).replace("T", " ")}</span>;
  }
  if (Array.isArray(value)) return value.length === 0 ? <i class="faint">empty list</i> : value.join(", ");
  return <>{String(value)}</>;
}

function exported(value: Value | undefined): string | number | null {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return list(value).join(", ");
  return typeof value === "number" ? value : String(value);
}

interface LookProps {
  /** What the warehouse would read; null: it is not known. */
  bytes: number | null;
  looking: boolean;
  /** Whether what is shown is of before the last change. */
  old: boolean;
  seen: boolean;
  disabled: boolean;
  onLook: () => void;
}

/** Where the warehouse is asked for rows, with what that reads. */
export function LookView({ bytes, looking, old, seen, disabled, onLook }: LookProps) {
  return (
    <div class="actions">
      <button type="button" disabled={looking || disabled} onClick={onLook}>
        {looking ? "Looking…" : seen ? "Look again" : "Look at the rows"}
      </button>
      <span class="faint" role="status">
        {disabled
          ? "There is something to mend first."
          : `${bytes === null ? "What it reads is not known." : `Reads about ${bytesWords(bytes)}.`}${old ? " What you see is of before your last change." : ""}`}
      </span>
    </div>
  );
}
