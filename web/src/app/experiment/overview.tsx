import { watchDescribed } from "../../data/described";
import { watchEvaluation, watchHistory, watchRun } from "../../data/feeds";
import { watchLeaders } from "../../data/leader";
import { watchFrozenConfigs } from "../../data/snapshot";
import { latest } from "../../model/common/feed";
import { HEADLINES, kindOf } from "../../model/common/registry";
import { mayEdit } from "../../model/common/roles";
import { insightsId } from "../../model/dashboard/insights";
import { shortNameOf } from "../../model/run/deletion";
import { nextSteps } from "../../model/run/next";
import { keptOf, keptWords } from "../../model/run/retention";
import type { Run } from "../../model/run/run";
import { Overview } from "../../views/overview/overview";
import { useDocument } from "../hooks";
import { replaceSearch } from "../navigation";
import { Notes } from "./described";
import type { TabProps } from "./tab";

const NO_EPOCHS: [] = [];

export default function OverviewTab({ app, run, now, fresh, search }: TabProps) {
  const { db, user, local } = app;
  const [history] = useDocument(watchHistory, db, run.id);
  const [evaluation] = useDocument(watchEvaluation, db, run.id);
  const [snapshot] = useDocument(watchFrozenConfigs, db, run.id);
  const [described] = useDocument(watchDescribed, db, run.id);
  const ended = run.state === "completed";
  const [parent] = useDocument(watchRun, db, ended ? run.parent : null);
  const [leaders] = useDocument(watchLeaders, db, ended ? groupOf(run) : null);
  const starred = latest(described)?.starred ?? false;
  const before = latest(parent);
  const rival = before?.state === "completed" ? { id: before.id, name: shortNameOf(before) } : null;
  const percent = run.parameters?.sample_percent;
  const leader = (typeof percent === "number" && latest(leaders)?.get(percent)) || null;
  return (
    <Overview
      run={run}
      history={latest(history) ?? NO_EPOCHS}
      evaluation={latest(evaluation)}
      snapshot={latest(snapshot)}
      steps={nextSteps(run, rival, leader, mayEdit(user.role))}
      kept={keptOf(run, starred, local, now)}
      keptWords={keptWords(starred, local)}
      metric={new URLSearchParams(search).get("metric") ?? ""}
      onMetric={(metric) => replaceSearch({ metric })}
      notes={<Notes {...{ app, run, fresh, now }} />}
      now={now}
    />
  );
}

/** The read model of those that are measured as this run's headline is. */
function groupOf(run: Run): string | null {
  const metric = run.headline?.metric ?? HEADLINES[0];
  const protocol = metric === undefined ? undefined : run.protocols[kindOf(metric).family];
  return protocol === undefined || run.modelEndpoint === "" ? null : insightsId(run.modelEndpoint, protocol);
}
