/**
 * Tables for other programs, as CSV (RFC 4180) and JSON.
 *
 * Names and notes are other people's text. A spreadsheet takes one that begins with `=`, `+`, `-`, `@`, a tab or a return
 * for a formula and computes it, so such a text gets an apostrophe before it (OWASP, "CSV Injection"); numbers stay
 * numbers. The command line writes the same (quicktest/table_file.py).
 */

export type Cell = string | number | boolean | null;
export type Row = Record<string, Cell>;

const FORMULA = /^[=+\-@\t\r]/;
const QUOTED = /[",\r\n]/;

/** With a header of all columns that any row has, in the order in which they first appear. */
export function asCsv(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [columns.map(csvCell), ...rows.map((row) => columns.map((name) => csvCell(row[name] ?? null)))];
  return lines.map((cells) => `${cells.join(",")}\r\n`).join("");
}

export function asJson(rows: readonly Row[]): string {
  return `${JSON.stringify(rows, null, 1)}\n`;
}

export function csvCell(value: Cell): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
