/** The columns of a dataset with what their values are (domain S1.30). */
import { count } from "../../../model/common/format";
import { groups, numberOf, textOf } from "../../../model/common/values";
import { distinctWords, figure, nullShare, shareWords } from "../../../model/configs/dataset/figures";
import { type OutputColumn, typeWords } from "../../../model/configs/dataset/report";
import type { Group, Value } from "../../../model/run/run";
import { type Column, Table } from "../../ui/table";

interface ColumnRow {
  column: OutputColumn;
  role: string;
  known: Group;
}

interface ColumnsProps {
  columns: readonly OutputColumn[];
  roles: Group;
  /** By the report's part `statistics`; none while nothing was counted. */
  statistics: readonly Group[];
  file: string;
}

/** Every column with what its values are. */
export function ColumnsView({ columns, roles, statistics, file }: ColumnsProps) {
  const counted = new Map(statistics.map((each) => [textOf(each.name), each]));
  const rows = columns.map(
    (column): ColumnRow => ({
      column,
      role: Object.keys(roles).find((role) => roles[role] === column.name) ?? "",
      known: counted.get(column.name) ?? {},
    }),
  );
  const shared: Column<ColumnRow>[] = [
    {
      name: "column",
      title: "Column",
      value: ({ column }) => column.name,
      show: ({ column }) => (
        <>
          <code>{column.name}</code>
          {column.label !== null && <small>{column.label}</small>}
          {column.table !== "" && column.source !== column.name && (
            <small>
              {column.table}.{column.source}
            </small>
          )}
        </>
      ),
    },
    {
      name: "type",
      title: "Type",
      value: ({ column }) => typeWords(column),
      show: ({ column }) => (
        <>
          {typeWords(column)} <small class="becomes">becomes {column.becomes}</small>
        </>
      ),
    },
    { name: "role", title: "Role", value: ({ role }) => role.replaceAll("_", " ") },
  ];
  if (statistics.length === 0) {
    return <Table caption="Columns" columns={shared} rows={rows} id={nameOf} file={`${file}-columns`} />;
  }
  return (
    <Table
      caption="Columns and their values"
      columns={[
        ...shared,
        {
          name: "empty",
          title: "Empty",
          number: true,
          value: ({ known }) => nullShare(known),
          show: ({ known }) => shareWords(nullShare(known)),
          descending: true,
        },
        {
          name: "distinct",
          title: "Distinct",
          number: true,
          value: ({ known }) => numberOf(known.distinct),
          show: ({ known }) => distinctWords(known),
          descending: true,
        },
        {
          name: "range",
          title: "From, to",
          value: ({ known }) => (known.min === null || known.min === undefined ? null : `${known.min} to ${known.max}`),
          show: ({ known }) => rangeWords(known),
        },
        {
          name: "mean",
          title: "Mean",
          number: true,
          value: ({ known }) => numberOf(known.mean),
          show: ({ known }) => figure(numberOf(known.mean)),
        },
        {
          name: "top",
          title: "Most frequent",
          value: ({ known }) =>
            groups(known.top)
              .map(({ value }) => String(value))
              .join(", "),
          show: ({ known }) => <TopView known={known} />,
        },
      ]}
      rows={rows}
      id={nameOf}
      file={`${file}-columns`}
    />
  );
}

function nameOf({ column }: ColumnRow): string {
  return column.name;
}

function rangeWords({ min, max, list_min: shortest, list_max: longest }: Group): string {
  if (min !== null && min !== undefined) return `${valueWords(min)} to ${valueWords(max)}`;
  return numberOf(shortest) !== null ? `${shortest} to ${longest} entries` : "";
}

function valueWords(value: Value | undefined): string {
  return typeof value === "number" ? figure(value) : textOf(value).slice(0, 10);
}

const TOP_SHOWN = 3;

/** The most frequent values with their share of the rows that have one. */
function TopView({ known }: { known: Group }) {
  const top = groups(known.top);
  const rows = (numberOf(known.count) ?? 0) - (numberOf(known.nulls) ?? 0);
  if (top.length === 0 || rows <= 0) return null;
  return (
    <ul class="frequent-values">
      {top.slice(0, TOP_SHOWN).map(({ value, count: n }) => (
        <li key={String(value)}>
          <span class="share-bar" aria-hidden="true">
            <span style={{ width: `${Math.min(100, (100 * (numberOf(n) ?? 0)) / rows)}%` }} />
          </span>
          <span class="value">{String(value)}</span>{" "}
          <span class="faint number">{shareWords((numberOf(n) ?? 0) / rows)}</span>
        </li>
      ))}
      {top.length > TOP_SHOWN && (
        <li
          class="faint"
          title={top
            .slice(TOP_SHOWN)
            .map(({ value }) => String(value))
            .join(", ")}
        >
          and {count((numberOf(known.distinct) ?? top.length) - TOP_SHOWN)} others
        </li>
      )}
    </ul>
  );
}
