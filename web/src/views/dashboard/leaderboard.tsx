import { useState } from "preact/hooks";
import { interval, MISSING, signed, words } from "../../model/common/format";
import { formatOf, kindOf } from "../../model/common/registry";
import { experimentPath } from "../../model/common/routes";
import { duration } from "../../model/common/time";
import {
  type Board,
  type BoardRow,
  boardNotes,
  isFirst,
  liftNumber,
  marksOf,
  type RunRow,
  shortCount,
} from "../../model/dashboard/leaderboard";
import { usd } from "../../model/run/estimate";
import { type Column, Table } from "../ui/table";
import { domainOf, Interval } from "./interval";

const SHOWN = 15; // rows before the others are asked for

interface LeaderboardProps {
  board: Board;
  rows: readonly BoardRow[];
  metric: string;
  modelType: string | null;
}

/** Runs and baselines in one order; those that share rank 1 are shaded (S7.9). */
export function LeaderboardView({ board, rows, metric, modelType }: LeaderboardProps) {
  const [all, setAll] = useState(false);
  const best = kindOf(metric).lowerIsBetter ? "less is better" : "";
  const shown = all ? rows : rows.slice(0, SHOWN);
  return (
    <>
      <Table
        caption={`Leaderboard by ${words(metric)}`}
        columns={columnsOf(board, rows, metric, best)}
        rows={shown}
        id={(row) => (row.kind === "run" ? row.experiment : `baseline ${row.name}`)}
        rowClass={(row) => (row.kind === "baseline" ? "dash-baseline" : isFirst(row) ? "dash-first" : undefined)}
        empty="No run of this type of model has finished under this protocol."
      />
      {rows.length > SHOWN && (
        <p>
          <button type="button" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? `Show the first ${SHOWN}` : `Show all ${rows.length} rows`}
          </button>
        </p>
      )}
      {boardNotes(board, rows, metric, modelType).map((note) => (
        <p key={note} class="faint dash-note">
          {note}
        </p>
      ))}
    </>
  );
}

function columnsOf(board: Board, rows: readonly BoardRow[], metric: string, note: string): Column<BoardRow>[] {
  const number = formatOf(metric);
  const domain = domainOf(rows.flatMap((row) => [row.low ?? row.value, row.high ?? row.value]));
  const judged = metric === board.metric;
  const ofRun =
    <T,>(read: (row: RunRow) => T) =>
    (row: BoardRow) =>
      row.kind === "run" ? read(row) : null;
  const columns: (Column<BoardRow> | null)[] = [
    { name: "run", title: "Run", value: (row) => row.rank ?? null, show: (row) => <RunCell row={row} /> },
    {
      name: "value",
      title: note === "" ? words(metric) : `${words(metric)}, ${note}`,
      value: (row) => row.value,
      show: (row) => (
        <>
          <strong>{number(row.value)}</strong> <small>{interval(row.low, row.high, number)}</small>
        </>
      ),
      number: true,
      descending: true,
    },
    {
      name: "interval",
      title: <span class="visually-hidden">Interval</span>,
      show: (row) => row.value !== null && <Interval value={row.value} low={row.low} high={row.high} domain={domain} />,
    },
    judged
      ? {
          name: "lift",
          title: "Lift",
          value: ofRun((row) => row.lift?.value ?? null),
          show: (row) => <LiftCell row={row} metric={metric} />,
          number: true,
          descending: true,
        }
      : null,
    { name: "marks", title: "Verdict", show: (row) => <Marks row={row} board={board} judged={judged} /> },
    {
      name: "parameters",
      title: "Parameters",
      value: ofRun((row) => row.parameters),
      show: (row) => (row.kind === "run" ? shortCount(row.parameters) : ""),
      number: true,
    },
    {
      name: "seconds",
      title: "Took",
      value: ofRun((row) => row.seconds),
      show: (row) => (row.kind === "run" ? (row.seconds === null ? MISSING : duration(row.seconds)) : ""),
      number: true,
    },
    {
      name: "cost_usd",
      title: "Cost",
      value: ofRun((row) => row.costUsd),
      show: (row) => (row.kind === "run" ? (row.costUsd === null ? "not known" : usd(row.costUsd)) : ""),
      number: true,
    },
  ];
  return columns.filter((column): column is Column<BoardRow> => column !== null);
}

function RunCell({ row }: { row: BoardRow }) {
  return (
    <span class="dash-run">
      <span class="number dash-rank">{row.rank ?? MISSING}</span>
      {row.kind === "run" ? (
        <a href={experimentPath(row.experiment)}>
          #{row.number} {row.name}
        </a>
      ) : (
        <span>{words(row.name)}</span>
      )}
    </span>
  );
}

function LiftCell({ row, metric }: { row: BoardRow; metric: string }) {
  if (row.kind === "baseline") return null;
  if (row.lift === null) return <span class="faint">no baseline</span>;
  return (
    <>
      {liftNumber(row.lift, metric)}{" "}
      <small>
        {kindOf(metric).unit === "ratio" && interval(row.lift.low, row.lift.high, signed)} over{" "}
        {words(row.lift.baseline)}
      </small>
    </>
  );
}

function Marks({ row, board, judged }: { row: BoardRow; board: Board; judged: boolean }) {
  const marks = marksOf(judged ? row : ({ ...row, mark: "" } as BoardRow), board);
  return (
    <span class="dash-marks">
      {marks.map(({ tone, text }) => (
        <span key={text} class={`verdict dash-mark-${tone}`}>
          {text}
        </span>
      ))}
    </span>
  );
}
