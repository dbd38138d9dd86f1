import { useEffect, useState } from "preact/hooks";
import { toFeedError } from "../../data/errors";
import { fetchId, fetchLog, watchFetch, watchLogOf } from "../../data/logs";
import { type FeedError, latest } from "../../model/common/feed";
import { COMPONENTS } from "../../model/pipeline/graph";
import { chosenStage, isLogging, isStageLive, mayFetch } from "../../model/pipeline/logs";
import { LogView } from "../../views/experiment/logs";
import { PipelineView } from "../../views/experiment/pipeline";
import { FeedView } from "../../views/feed";
import { useDocument } from "../hooks";
import { useKeys } from "../keys";
import { replaceSearch } from "../navigation";
import type { TabProps } from "./tab";

const FOLLOW_EVERY = 5_000; // ms between the lines that came and the next question for more

/** The stage, the severity and the words of the log stand in the address. */
export default function PipelineTab({ app, run, now, fresh, search }: TabProps) {
  const { db, user } = app;
  const asked = new URLSearchParams(search);
  const stage = shownStage(asked.get("stage")) ?? chosenStage(run, null);
  const [level, words] = [asked.get("severity") ?? "", asked.get("words") ?? ""];
  const there = isLogging(stage);
  const [log, retry] = useDocument(watchLogOf(stage), db, there ? run.id : null);
  const [command] = useDocument(watchFetch, db, there ? fetchId(run.id, stage) : null);
  const [problem, setProblem] = useState<FeedError | null>(null);
  const [followed, setFollowed] = useState<string | null>(null);
  const fetching = latest(command);
  const known = latest(log);
  const following = followed === stage && isStageLive(run, stage);

  const choose = (fields: Record<string, string>) => {
    setProblem(null);
    replaceSearch({ stage: asked.get("stage") ?? "", severity: level, words, ...fields });
  };
  const fetch = () => {
    setProblem(null);
    fetchLog(db, run.id, stage, user.uid).catch((error) => {
      setProblem(toFeedError(error));
      setFollowed(null);
    });
  };
  useEffect(() => {
    if (!following || !fresh || fetching !== null) return;
    const timer = setTimeout(fetch, known === null ? 0 : FOLLOW_EVERY);
    return () => clearTimeout(timer);
  }, [following, fresh, fetching, known?.fetchedAt, stage]);

  const step = (by: number) => {
    const at = COMPONENTS.findIndex((component) => component.stage === stage);
    const next = COMPONENTS[(at + by + COMPONENTS.length) % COMPONENTS.length];
    if (next !== undefined) choose({ stage: next.stage });
  };
  useKeys([
    { keys: "j", what: "The next component's log", run: () => step(1) },
    { keys: "k", what: "The log of the component before", run: () => step(-1) },
    { keys: "l", what: "Fetch the newest lines", run: () => mayFetch(run, stage, known, now) && fresh && fetch() },
  ]);
  const shown = (value: typeof known) => (
    <LogView
      {...{ run, stage, now, fresh, level, words, fetching, following, problem }}
      log={value}
      onStage={(next) => choose({ stage: next })}
      onLevel={(next) => choose({ severity: next })}
      onWords={(next) => choose({ words: next })}
      onFetch={fetch}
      onFollow={(follow) => setFollowed(follow ? stage : null)}
    />
  );
  return (
    <PipelineView
      {...{ run, now }}
      chosen={stage}
      onChoose={(next) => {
        choose({ stage: next });
        showLog();
      }}
      log={
        there ? (
          <FeedView feed={log} what="the log" onRetry={retry}>
            {shown}
          </FeedView>
        ) : (
          shown(null)
        )
      }
    />
  );
}

/** On a narrow screen the log lies below the graph: whoever chose a component there wants to see it. */
function showLog(): void {
  const heading = document.getElementById("log");
  if (heading !== null && heading.getBoundingClientRect().top > innerHeight - 100) heading.scrollIntoView();
}

/** Any component can be chosen in the graph, those without a log, too. */
function shownStage(wanted: string | null): string | null {
  return COMPONENTS.find(({ stage }) => stage.toLowerCase() === wanted?.toLowerCase())?.stage ?? null;
}
