import type { ComponentChildren } from "preact";
import { capitalised } from "../../model/common/format";
import { experimentPath, safeUrl, TABS, type Tab } from "../../model/common/routes";
import { runDuration } from "../../model/common/time";
import { attemptWords } from "../../model/run/attempts";
import { costWords, remainingWords } from "../../model/run/estimate";
import type { Origin, Run, Time } from "../../model/run/run";
import { isLive } from "../../model/run/run";
import "../../styles/experiment.css";
import { Crumbs, Offline, Percent, StateBadge, When } from "../parts";
import { AttemptBannerView } from "./attempts";

interface ExperimentProps {
  run: Run;
  fresh: boolean;
  now: Time;
  tab: Tab;
  title: ComponentChildren;
  parent: ComponentChildren;
  actions: ComponentChildren;
  children: ComponentChildren;
}

/** Head of one experiment, above its tabs. */
export function ExperimentView({ run, fresh, now, tab, title, parent, actions, children }: ExperimentProps) {
  return (
    <>
      <Crumbs places={[{ name: "Experiments", path: "/" }]} />
      {!fresh && <Offline />}
      <div class="heading">
        {title}
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
