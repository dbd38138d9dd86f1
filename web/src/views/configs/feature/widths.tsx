import { count } from "../../../model/common/format";
import { TOWERS, type Tower } from "../../../model/configs/feature/document";
import { byFeature, type Width } from "../../../model/configs/feature/report";
import { type Column, Table } from "../../ui/table";

interface WidthsProps {
  widths: Readonly<Record<Tower, Width[]>>;
  /** Whether the service has said them; without, nothing is known of them. */
  known: boolean;
  /** Whether the service still looks at the newest change. */
  checking: boolean;
  /** Of the files. */
  name: string;
}

const BAR = 120;
const PERCENT = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 0 });

/** What each feature takes of the input of its tower, in numbers and as bars (S3.14). */
export function WidthsView({ widths, known, checking, name }: WidthsProps) {
  return (
    <div class="two widths" aria-busy={checking}>
      {TOWERS.map((tower) => (
        <TowerWidths key={tower} tower={tower} rows={widths[tower]} known={known} name={name} />
      ))}
    </div>
  );
}

interface TowerProps {
  tower: Tower;
  rows: readonly Width[];
  known: boolean;
  name: string;
}

function TowerWidths({ tower, rows, known, name }: TowerProps) {
  const total = rows.reduce((sum, { width }) => sum + width, 0);
  const largest = Math.max(1, ...byFeature(rows).map(({ width }) => width));
  const columns: Column<Width>[] = [
    { name: "feature", title: "Feature", value: ({ feature }) => feature },
    { name: "output", title: "Output", value: ({ output }) => output, show: ({ output }) => <code>{output}</code> },
    { name: "width", title: "Width", value: ({ width }) => width, number: true, descending: true },
    {
      name: "share",
      title: "Share",
      value: ({ share }) => share,
      show: ({ width, share }) => (
        <span class="number">
          <svg class="widths-bar" width={BAR} height="10" aria-hidden="true">
            <rect width={Math.max(1, (BAR * width) / largest)} height="10" rx="2" />
          </svg>{" "}
          {PERCENT.format(share)}
        </span>
      ),
      descending: true,
    },
  ];
  return (
    <div class={`tower-${tower}`}>
      <h3>
        {tower === "query" ? "Query tower" : "Candidate tower"}
        {known && `, ${count(total)} wide`}
      </h3>
      <Table
        caption={`Widths of the ${tower} tower`}
        columns={columns}
        rows={rows}
        id={({ output }) => output}
        file={`${name}-${tower}-widths`}
        empty={known ? "Nothing enters this tower yet." : "Not known yet: the service has not looked at it."}
      />
    </div>
  );
}
