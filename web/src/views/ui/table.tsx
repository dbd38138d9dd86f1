import type { ComponentChild } from "preact";
import { useState } from "preact/hooks";
import type { Cell, Row } from "../../model/common/export";
import { type Order, ordered } from "../../model/common/order";
import { TableDownload } from "./download";
import { Scroll } from "./scroll";

export interface Column<T> {
  /** Of the export, and of the key. */
  name: string;
  title: ComponentChild;
  /** What is sorted by, and exported; a column without cannot be sorted. */
  value?: (row: T) => Cell;
  /** What is shown; by default the value. */
  show?: (row: T) => ComponentChild;
  number?: boolean;
  /** Begins sorted with the largest first. */
  descending?: boolean;
}

interface TableProps<T> {
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  id: (row: T) => string;
  /** The file that it is saved as, without its ending; none: it cannot be saved. */
  file?: string;
  rowClass?: (row: T) => string | undefined;
  /** Said where there are no rows. */
  empty?: string;
  /** Kept by the view, in its address say; without, the table keeps it. */
  order?: Order | null;
  onOrder?: (order: Order) => void;
}

/** A table that sorts by its headings, scrolls sideways when it must, and can be saved. The first column is its head. */
export function Table<T>({ caption, columns, rows, id, file, rowClass, empty, ...kept }: TableProps<T>) {
  const [own, setOwn] = useState<Order | null>(null);
  const order = kept.order === undefined ? own : kept.order;
  const setOrder = kept.onOrder ?? setOwn;
  const by = columns.find(({ name }) => name === order?.column)?.value;
  const shown = order === null || by === undefined ? rows : ordered(rows, by, order.descending);
  return (
    <div class="table">
      {file !== undefined && rows.length > 0 && <TableDownload name={file} rows={() => shown.map(exported(columns))} />}
      <Scroll label={caption}>
        <table class="plain">
          <caption class="visually-hidden">{caption}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <Heading key={column.name} column={column} order={order} onOrder={setOrder} />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={id(row)} class={rowClass?.(row)}>
                {columns.map((column, i) => (
                  <BodyCell key={column.name} column={column} row={row} head={i === 0} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {rows.length === 0 && empty !== undefined && <p class="faint">{empty}</p>}
    </div>
  );
}

interface HeadingProps<T> {
  column: Column<T>;
  order: Order | null;
  onOrder: (order: Order) => void;
}

function Heading<T>({ column, order, onOrder }: HeadingProps<T>) {
  const { name, title, number, value } = column;
  const kind = number ? "number" : undefined;
  if (value === undefined) {
    return (
      <th scope="col" class={kind}>
        {title}
      </th>
    );
  }
  const sorted = order?.column === name;
  const descending = sorted ? !order.descending : (column.descending ?? false);
  return (
    <th scope="col" class={kind} aria-sort={sorted ? (order.descending ? "descending" : "ascending") : undefined}>
      <button type="button" class="sort" onClick={() => onOrder({ column: name, descending })}>
        {title}
        <span aria-hidden="true">{sorted ? (order.descending ? " ↓" : " ↑") : ""}</span>
      </button>
    </th>
  );
}

function BodyCell<T>({ column, row, head }: { column: Column<T>; row: T; head: boolean }) {
  const shown = column.show === undefined ? (column.value?.(row) ?? "–") : column.show(row);
  const kind = column.number ? "number" : undefined;
  return head ? (
    <th scope="row" class={kind}>
      {shown}
    </th>
  ) : (
    <td class={kind}>{shown}</td>
  );
}

function exported<T>(columns: readonly Column<T>[]): (row: T) => Row {
  const kept = columns.filter(({ value }) => value !== undefined);
  return (row) => Object.fromEntries(kept.map(({ name, value }) => [name, value?.(row) ?? null]));
}
