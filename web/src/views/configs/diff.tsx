import type { ConfigKind } from "../../model/common/routes";
import { type DiffRow, differs, diffWords } from "../../model/configs/diff";
import { CheckField } from "../ui/fields";
import { type Column, Table } from "../ui/table";

interface DiffProps {
  kind: ConfigKind;
  rows: readonly DiffRow[];
  /** What the two sides are called. */
  left: string;
  right: string;
  onlyDifferences: boolean;
  onOnlyDifferences: (only: boolean) => void;
  file: string;
}

/** Two contents beside each other, row by row. */
export function DiffView({ kind, onlyDifferences, onOnlyDifferences, ...rest }: DiffProps) {
  const { rows, left, right } = rest;
  return (
    <div class="diff">
      <p role="status">{diffWords(kind, rows)}</p>
      <CheckField label="Only differences" checked={onlyDifferences} onEdit={onOnlyDifferences} />
      <DiffTable {...rest} caption={`${left} and ${right}`} onlyDifferences={onlyDifferences} />
    </div>
  );
}

interface DiffTableProps extends Pick<DiffProps, "rows" | "left" | "right" | "onlyDifferences" | "file"> {
  caption: string;
  /** Whether the sides are figures, which are read from the right. */
  number?: boolean;
}

export function DiffTable({ rows, left, right, onlyDifferences, file, caption, number = false }: DiffTableProps) {
  const columns: Column<DiffRow>[] = [
    { name: "what", title: "What", value: ({ section, label }) => `${section}: ${label}`, show: What },
    {
      name: "marker",
      title: <span class="visually-hidden">Equal or different</span>,
      value: (row) => (differs(row) ? "≠" : "≡"),
      show: (row) => <span title={differs(row) ? "different" : "equal"}>{differs(row) ? "≠" : "≡"}</span>,
    },
    { name: "left", title: left, value: (row) => row.left, show: (row) => <Side text={row.left} />, number },
    { name: "right", title: right, value: (row) => row.right, show: (row) => <Side text={row.right} />, number },
  ];
  return (
    <Table
      caption={caption}
      columns={columns}
      rows={onlyDifferences ? rows.filter(differs) : rows}
      id={({ section, label }) => `${section} ${label}`}
      file={file}
      rowClass={(row) => (differs(row) && !onlyDifferences ? "diff-differs" : undefined)}
    />
  );
}

function What({ section, label }: DiffRow) {
  return (
    <>
      <span class="faint">{section}: </span>
      {label}
    </>
  );
}

function Side({ text }: { text: string | null }) {
  return text === null ? <span class="absent">not there</span> : <span>{text}</span>;
}
