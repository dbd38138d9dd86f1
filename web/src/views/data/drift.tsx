/** What differs between train and what is measured (S7.4), the largest first. */

import { count } from "../../model/common/format";
import { dataPath } from "../../model/data/choice";
import {
  alarm,
  type DriftRow,
  driftSentence,
  isMostlyChance,
  isTold,
  NOTICEABLE,
  STRONG,
} from "../../model/data/drift";
import { percent, type Statistics } from "../../model/data/statistics";
import type { Run } from "../../model/run/run";
import { type Column, Table } from "../ui/table";

interface DriftProps {
  run: Run;
  rows: readonly DriftRow[];
  statistics: Statistics | null;
}

export function DriftView({ run, rows, statistics }: DriftProps) {
  const told = rows.filter((row) => isTold(row) && !row.bySplit);
  const byTime = rows.filter((row) => isTold(row) && row.bySplit);
  const small = statistics?.splits.filter(({ name, rows: size }) => name !== "train" && (size ?? 0) < 1_000) ?? [];
  return (
    <section aria-labelledby="drift">
      <h2 id="drift">Drift from train</h2>
      <p class="faint">
        Jensen-Shannon divergence in bits, from 0 (alike) to 1 (nothing in common): numbers on train's 20 quantile bins,
        texts by value. From {NOTICEABLE.toFixed(2)} on it is called noticeable, from {STRONG.toFixed(2)} on strong. A
        model learns train and is measured on test: what drifts, it has seen otherwise.
      </p>
      {small.length > 0 && (
        <p class="faint number">
          {small.map(({ name, rows: size }) => `${name} has only ${count(size)} rows`).join(", ")}: part of each
          divergence is chance, and the table says how much.
        </p>
      )}
      <ul class="told">
        {told.map((row) => (
          <li key={`${row.feature} ${row.split}`} class={`told-${alarm(row) ?? "none"}`}>
            {driftSentence(row)}
            {isMostlyChance(row) && <b> Half of it or more is chance.</b>}
          </li>
        ))}
        {told.length === 0 && <li>Nothing noticeable.</li>}
      </ul>
      {byTime.length > 0 && (
        <details>
          <summary>{count(byTime.length)} more differ because of how the splits are made</summary>
          <ul class="told">
            {byTime.map((row) => (
              <li key={`${row.feature} ${row.split}`}>{driftSentence(row)}</li>
            ))}
          </ul>
        </details>
      )}
      <Table
        caption="Drift of every feature"
        columns={columnsOf(run.id)}
        rows={rows}
        id={(row) => `${row.feature} ${row.split}`}
        file={`drift-${run.number ?? run.id}`}
        empty="There is nothing to compare: only train has statistics."
      />
    </section>
  );
}

function columnsOf(run: string): Column<DriftRow>[] {
  return [
    {
      name: "feature",
      title: "Feature",
      value: (row) => row.feature,
      show: (row) => <a href={dataPath(run, "features", row.feature)}>{row.feature}</a>,
    },
    { name: "split", title: "Train to", value: (row) => row.split },
    {
      name: "divergence",
      title: "Divergence",
      value: (row) => row.js,
      show: Divergence,
      number: true,
      descending: true,
    },
    {
      name: "by_chance",
      title: "By chance",
      value: (row) => row.byChance,
      show: (row) => row.byChance?.toFixed(2) ?? "–",
      number: true,
      descending: true,
    },
    {
      name: "l_infinity",
      title: "Largest difference of a share",
      value: (row) => row.lInfinity,
      show: (row) => percent(row.lInfinity),
      number: true,
      descending: true,
    },
    { name: "level", title: "Level", value: (row) => row.flag ?? row.level, show: Level },
  ];
}

/** With a bar, and on it the part that chance alone gives. */
function Divergence({ js, byChance }: DriftRow) {
  if (js === null) return "–";
  return (
    <>
      {js.toFixed(2)}{" "}
      <svg class="divergence" width="60" height="8" aria-hidden="true">
        <rect class="divergence-track" width="60" height="8" />
        <rect class="divergence-bar" width={60 * js} height="8" />
        <rect class="divergence-chance" width={60 * Math.min(js, byChance ?? 0)} height="8" />
      </svg>
    </>
  );
}

function Level(row: DriftRow) {
  const level = alarm(row);
  const words = row.flag ?? (row.level === "unknown" ? "nothing to compare" : row.level);
  if (row.bySplit) return <span class="faint">{words}, by the split</span>;
  return level === null ? <span class="faint">{words}</span> : <b class={`drift-${level}`}>{words}</b>;
}
