import type { ComponentChildren } from "preact";
import { attemptWords } from "../model/attempts";
import type { Feed } from "../model/feed";
import { words } from "../model/format";
import { intervalNote, liftSentence, verdictWords } from "../model/metrics";
import { formatOf } from "../model/registry";
import { experimentPath } from "../model/routes";
import { isLive, type Run, type Time } from "../model/run";
import { runTitle, stateDetail, summary } from "../model/states";
import { runDuration } from "../model/time";
import { Empty, Failed, Loading, Offline, Percent, StateBadge, When } from "./parts";

interface ListProps {
  runs: Feed<Run[]>;
  now: Time;
  /** Null for people who may not change anything. */
  selection: Selection | null;
  /** What stands above the list: what was deleted, what may be done with the selection. */
  children: ComponentChildren;
  onRetry: () => void;
}

export interface Selection {
  ids: ReadonlySet<string>;
  onSelect: (ids: string[], selected: boolean) => void;
}

/** Every experiment, newest first, each with its live state. */
export function ListView({ runs, now, selection, children, onRetry }: ListProps) {
  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Experiments</h1>
        <p class="summary" role="status">
          {runs.status === "ready" ? summary(runs.value) : ""}
        </p>
      </div>
      {children}
      <ListBody runs={runs} now={now} selection={selection} onRetry={onRetry} />
    </>
  );
}

function ListBody({ runs, now, selection, onRetry }: Omit<ListProps, "children">) {
  if (runs.status === "loading") return <Loading what="experiments" />;
  if (runs.status === "failed") {
    return <Failed title="The experiments could not be read" error={runs.error} onRetry={onRetry} />;
  }
  if (runs.value.length === 0) return runs.fresh ? <NoRuns /> : <Offline />;
  return (
    <>
      {!runs.fresh && <Offline />}
      <RunTable runs={runs.value} now={now} selection={selection} />
    </>
  );
}

function NoRuns() {
  return (
    <Empty title="No experiments yet">
      <p>
        Write one document to see its result here: <code>quicktest run -f experiment.yaml</code>
      </p>
    </Empty>
  );
}

interface TableProps {
  runs: Run[];
  now: Time;
  selection: Selection | null;
}

function RunTable({ runs, now, selection }: TableProps) {
  const byId = new Map(runs.map((run) => [run.id, run]));
  const several = new Set(runs.map((run) => run.modelEndpoint)).size > 1; // each numbers its own
  return (
    <table class="runs">
      <caption class="visually-hidden">Experiments, newest first</caption>
      <thead>
        <tr>
          {selection !== null && <SelectAll runs={runs} selection={selection} />}
          <th scope="col">Experiment</th>
          <th scope="col">State</th>
          <th scope="col">Dataset</th>
          <th scope="col">Result</th>
          <th scope="col">Started</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <RunRow
            key={run.id}
            run={run}
            parent={run.parent === null ? null : (byId.get(run.parent) ?? null)}
            endpoint={several ? run.modelEndpoint : null}
            now={now}
            selection={selection}
          />
        ))}
      </tbody>
    </table>
  );
}

function SelectAll({ runs, selection }: { runs: Run[]; selection: Selection }) {
  const kept = runs.filter((run) => run.deletion === null).map(({ id }) => id);
  const all = kept.length > 0 && kept.every((id) => selection.ids.has(id));
  const some = !all && kept.some((id) => selection.ids.has(id));
  return (
    <td class="run-select">
      <label>
        <input
          type="checkbox"
          checked={all}
          indeterminate={some}
          onChange={(event) => selection.onSelect(kept, event.currentTarget.checked)}
        />
        <span class="words">Select all experiments</span>
      </label>
    </td>
  );
}

interface RowProps {
  run: Run;
  /** When it is in the list as well. */
  parent: Run | null;
  /** Null when all in the list are of one. */
  endpoint: string | null;
  now: Time;
  selection: Selection | null;
}

function RunRow({ run, parent, endpoint, now, selection }: RowProps) {
  const selected = selection?.ids.has(run.id) ?? false;
  const attempt = attemptWords(run);
  return (
    <tr class={selected ? "selected" : undefined}>
      {selection !== null && (
        <td class="run-select">
          <label>
            <input
              type="checkbox"
              checked={selected}
              disabled={run.deletion !== null}
              onChange={(event) => selection.onSelect([run.id], event.currentTarget.checked)}
            />
            <span class="visually-hidden">
              Select {run.number === null ? "" : `#${run.number} `}
              {runTitle(run)}
            </span>
          </label>
        </td>
      )}
      <th scope="row" class="run-name">
        {run.number !== null && <span class="number faint">#{run.number} </span>}
        <a href={experimentPath(run.id)}>{runTitle(run)}</a>
        {endpoint !== null && <small>{endpoint}</small>}
        {run.origin !== null && (
          <small>
            {run.origin}
            {parent !== null && parent.number !== null && ` of #${parent.number}`}
          </small>
        )}
      </th>
      <td class="run-state">
        <StateBadge run={run} detail={false} />
        {attempt !== null && (
          <small>
            <span class="badge number">{attempt}</span>
          </small>
        )}
        <small>{stateDetail(run)}</small>
        <Percent run={run} />
      </td>
      <td class="run-configs">
        {run.names.dataset || <span class="faint">not known yet</span>}
        <small>{[run.names.featureConfig, run.names.modelConfig].filter(Boolean).join(" · ")}</small>
      </td>
      <td class="run-result">
        <Result run={run} />
      </td>
      <td class="run-time">
        <Started run={run} now={now} />
      </td>
    </tr>
  );
}

/** The headline value and what it is worth; not yet, none and missing read differently from zero. */
function Result({ run }: { run: Run }) {
  if (run.headline === null) return <span class="faint">{noResult(run)}</span>;
  const { metric, measure, lift } = run.headline;
  return (
    <>
      <span class="number">
        {words(metric)} <b>{formatOf(metric)(measure.value)}</b>{" "}
        <span class="faint">{intervalNote(measure, metric)}</span>
      </span>
      {lift !== null && (
        <small class="number">
          <span class={`verdict verdict-${(lift.verdict ?? "none").replace(" ", "-")}`}>
            {verdictWords(lift.verdict)}
          </span>{" "}
          {liftSentence(lift, metric)}
        </small>
      )}
    </>
  );
}

function noResult(run: Run): string {
  if (isLive(run)) return "not yet";
  return run.state === "completed" ? "missing" : "no result";
}

function Started({ run, now }: { run: Run; now: Time }) {
  const started = run.startedAt ?? run.createdAt;
  const lasted = runDuration(run, now);
  return (
    <>
      {started === null ? <span class="faint">not yet</span> : <When time={started} now={now} />}
      <small class="number">{lasted === null ? "requested" : `${isLive(run) ? "for" : "took"} ${lasted}`}</small>
    </>
  );
}
