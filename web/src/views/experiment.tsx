import type { ComponentChildren } from "preact";
import { attemptWords } from "../model/attempts";
import { costWords, remainingWords } from "../model/estimate";
import { capitalised } from "../model/format";
import { experimentPath, safeUrl, TABS, type Tab } from "../model/routes";
import type { EpochRecord, Evaluation, Origin, Run, Shape, Time } from "../model/run";
import { isLive } from "../model/run";
import { runTitle } from "../model/states";
import { runDuration } from "../model/time";
import "../styles/experiment.css";
import { AttemptBannerView, AttemptsView } from "./attempts";
import { CurvesView } from "./curves";
import { ParametersView } from "./parameters";
import { Offline, Percent, StateBadge, When } from "./parts";
import { ProblemsView } from "./problems";
import { ResultView } from "./result";
import { StagesView } from "./stages";

interface ExperimentProps {
  run: Run;
  fresh: boolean;
  now: Time;
  tab: Tab;
  parent: ComponentChildren;
  actions: ComponentChildren;
  children: ComponentChildren;
}

/** Head of one experiment, above its tabs. */
export function ExperimentView({ run, fresh, now, tab, parent, actions, children }: ExperimentProps) {
  return (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/">Experiments</a>
      </nav>
      {!fresh && <Offline />}
      <div class="heading">
        <h1 tabIndex={-1}>
          {run.number !== null && <span class="number faint">#{run.number}</span>} {runTitle(run)}
        </h1>
        {actions}
      </div>
      <AttemptBannerView run={run} now={now} />
      <div class="now">
        <p role="status">
          <StateBadge run={run} detail />
        </p>
        <Percent run={run} />
        <p class="faint number">{remainingWords(run)}</p>
        <p class="faint number">
          <Times run={run} now={now} />
        </p>
        <p class="faint number">{costWords(run)}</p>
        {parent}
        <MirrorLink run={run} />
      </div>
      <nav aria-label="Views of this experiment">
        <ul class="tabs">
          {TABS.map((each) => (
            <li key={each}>
              <a href={experimentPath(run.id, each)} aria-current={tab === each ? "page" : undefined}>
                {capitalised(each)}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {children}
    </>
  );
}

interface OverviewProps {
  run: Run;
  history: EpochRecord[];
  evaluation: Evaluation | null;
  shape: Shape | null;
  now: Time;
}

/** Everything about a run that needs no code: what is wrong, the result once there is one, how it came about. */
export function Overview({ run, history, evaluation, shape, now }: OverviewProps) {
  const result = <ResultView run={run} evaluation={evaluation} />;
  const unfinished = isLive(run) && run.headline === null;
  return (
    <div class="overview">
      <ProblemsView run={run} />
      <AttemptsView run={run} />
      {!unfinished && result}
      <div class="columns">
        <StagesView run={run} now={now} />
        <CurvesView run={run} history={history} training={evaluation?.training ?? null} />
      </div>
      {unfinished && result}
      <ParametersView run={run} shape={shape} />
    </div>
  );
}

function Times({ run, now }: { run: Run; now: Time }) {
  const lasted = runDuration(run, now);
  const since = run.startedAt ?? run.createdAt;
  const attempt = isLive(run) ? null : attemptWords(run); // while it is live the banner says it
  return (
    <>
      {since !== null && (
        <>
          {run.startedAt === null ? "requested " : "started "}
          <When time={since} now={now} />
        </>
      )}
      {lasted !== null && `, ${isLive(run) ? "running for" : "took"} ${lasted}`}
      {attempt !== null && `, ${attempt}`}
    </>
  );
}

/** Where an experiment comes from (S5.12). */
export function ParentView({ origin, name, id }: { origin: Origin | null; name: string; id: string }) {
  return (
    <p>
      <span class="faint">{origin === "rerun" ? "Rerun" : "Clone"} of</span> <a href={experimentPath(id)}>{name}</a>
    </p>
  );
}

/** The mirror in MLflow (S6.21): a link, or why there is none. */
function MirrorLink({ run }: { run: Run }) {
  const url = safeUrl(run.mirror?.url ?? null);
  if (url !== null) {
    return (
      <a href={url} target="_blank" rel="noopener noreferrer">
        Open in MLflow
      </a>
    );
  }
  if (run.mirror?.state === "failed")
    return <span class="faint">Not in MLflow: {run.mirror.reason ?? "it failed"}</span>;
  return null;
}
