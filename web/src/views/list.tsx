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
  onRetry: () => void;
}

/** Every experiment, newest first, each with its live state. */
export function ListView({ runs, now, onRetry }: ListProps) {
  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Experiments</h1>
        <p class="summary" role="status">
          {runs.status === "ready" ? summary(runs.value) : ""}
        </p>
      </div>
      <ListBody runs={runs} now={now} onRetry={onRetry} />
    </>
  );
}

function ListBody({ runs, now, onRetry }: ListProps) {
  if (runs.status === "loading") return <Loading what="experiments" />;
  if (runs.status === "failed") {
    return <Failed title="The experiments could not be read" error={runs.error} onRetry={onRetry} />;
  }
  if (runs.value.length === 0) return runs.fresh ? <NoRuns /> : <Offline />;
  return (
    <>
      {!runs.fresh && <Offline />}
      <RunTable runs={runs.value} now={now} />
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

function RunTable({ runs, now }: { runs: Run[]; now: Time }) {
  return (
    <table class="runs">
      <caption class="visually-hidden">Experiments, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Experiment</th>
          <th scope="col">State</th>
          <th scope="col">Dataset</th>
          <th scope="col">Result</th>
          <th scope="col">Started</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <RunRow key={run.id} run={run} now={now} />
        ))}
      </tbody>
    </table>
  );
}

function RunRow({ run, now }: { run: Run; now: Time }) {
  return (
    <tr>
      <th scope="row" class="run-name">
        {run.number !== null && <span class="number faint">#{run.number} </span>}
        <a href={experimentPath(run.id)}>{runTitle(run)}</a>
      </th>
      <td class="run-state">
        <StateBadge run={run} detail={false} />
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
