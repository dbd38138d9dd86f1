import { asCsv, asJson, type Row } from "../../model/common/export";

interface DownloadProps {
  /** Without its ending. */
  name: string;
  rows: () => readonly Row[];
}

/** Saves a table, as CSV and as JSON. */
export function TableDownload({ name, rows }: DownloadProps) {
  return (
    <span class="downloads">
      <button type="button" class="quiet" onClick={() => save(`${name}.csv`, asCsv(rows()), "text/csv")}>
        CSV
      </button>
      <button type="button" class="quiet" onClick={() => save(`${name}.json`, asJson(rows()), "application/json")}>
        JSON
      </button>
    </span>
  );
}

/** Has the browser save a file. */
export function save(name: string, text: string, type: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000); // the browser reads it when it begins to save
}
