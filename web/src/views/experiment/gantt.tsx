import { duration, exact } from "../../model/common/time";
import { type Bar, type GanttRow, ganttCells, scaleOf, timelineOf, tookWords } from "../../model/pipeline/gantt";
import type { Run, Time } from "../../model/run/run";
import { TableDownload } from "../ui/download";

/** When what happened: a table whose middle column is drawn, with the time that each row waited. */
export function GanttView({ run, now }: { run: Run; now: Time }) {
  const timeline = timelineOf(run, now);
  if (timeline === null || timeline.rows.length === 0) return <p class="faint">It has not begun.</p>;
  const scale = scaleOf(timeline);
  const waits = timeline.rows.some(({ waitedSeconds }) => waitedSeconds > 0);
  return (
    <div class="gantt">
      <table>
        <caption class="visually-hidden">When each part of the run happened, and how long it took</caption>
        <thead>
          <tr>
            <th scope="col">Part</th>
            <th scope="col" class="gantt-time">
              <span class="visually-hidden">Drawn</span>
            </th>
            <th scope="col" class="gantt-took">
              Took
            </th>
          </tr>
        </thead>
        <tbody>
          {timeline.rows.map((row) => (
            <tr key={row.id}>
              <th scope="row">
                {row.label}
                <span class="visually-hidden">: {row.words}</span>
              </th>
              <td class="gantt-time">
                <div class="gantt-track">
                  {row.bars.map((bar) => (
                    <BarView key={`${bar.kind} ${bar.from}`} bar={bar} row={row} at={scale.at} />
                  ))}
                  {scale.cuts.map((cut) => (
                    <span key={cut} class="gantt-cut" style={{ left: percent(cut) }} aria-hidden="true" />
                  ))}
                </div>
              </td>
              <td class="gantt-took number" title={row.from === null ? undefined : `began ${exact(row.from)}`}>
                {row.seconds === null ? <span class="faint">{row.words}</span> : tookWords(row.seconds)}
                {row.waitedSeconds > 0 && <small>waited {duration(row.waitedSeconds)}</small>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="gantt-foot faint">
        <span>
          {duration((timeline.to - timeline.from) / 1000)} in all
          {waits && ", pale: waited for what comes before, or for machines"}
          {scale.cuts.length > 0 && "; a long queue is cut"}
        </span>
        <TableDownload name={`timeline-${run.id}`} rows={() => ganttCells(timeline)} />
      </p>
    </div>
  );
}

function BarView({ bar, row, at }: { bar: Bar; row: GanttRow; at: (time: Time) => number }) {
  const [from, to] = [at(bar.from), at(bar.to)];
  const lasted = duration((bar.to - bar.from) / 1000);
  const what = bar.kind === "wait" || bar.kind === "queue" ? "waited" : row.words;
  return (
    <span
      class={`bar bar-${bar.kind} bar-${bar.state}`}
      style={{ left: percent(from), width: percent(Math.max(0, to - from)) }}
      title={`${what}, ${lasted}: from ${exact(bar.from)} to ${exact(bar.to)}`}
    />
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)}%`;
}
