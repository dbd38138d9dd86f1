import type { Firestore } from "firebase/firestore";
import { useEffect, useRef } from "preact/hooks";
import { watchDescribed } from "../data/described";
import { watchRequest, watchRun, watchTombstone } from "../data/feeds";
import { latest, nothingKnown } from "../model/common/feed";
import type { Tab } from "../model/common/routes";
import { shortName, shortNameOf } from "../model/run/deletion";
import type { Described } from "../model/run/notes";
import { isLive, type Run, runOfRequest } from "../model/run/run";
import { runTitle, stateSentence } from "../model/run/states";
import { TombstoneView } from "../views/experiment/deletion";
import { ExperimentView, ParentView } from "../views/experiment/experiment";
import { NotFoundView } from "../views/frame";
import { PageFailed, PageLoading, PageOffline } from "../views/parts";
import { Actions } from "./actions";
import type { PageProps } from "./context";
import { Title } from "./experiment/described";
import type { TabProps } from "./experiment/tab";
import { useDocument, useNow } from "./hooks";
import { lazy } from "./lazy";
import { navigate, useTitle } from "./navigation";

const OverviewTab = lazy("the overview", () => import("./experiment/overview"));
const PipelineTab = lazy("the pipeline", () => import("./experiment/pipeline"));
const DataTab = lazy("the data", () => import("./experiment/data"));
const TrainingTab = lazy("the training", () => import("./experiment/training"));
const CodeTab = lazy("the code", () => import("./experiment/code"));
const ActivityTab = lazy("the activity", () => import("./experiment/activity"));

/** The experiment at an address: its run, while there is none the request for it, at the end what is left of it. */
export default function ExperimentPage({ app, route }: PageProps<"experiment">) {
  const { db, user, deletions } = app;
  const { id, tab } = route;
  const [run, retry] = useDocument(watchRun, db, id);
  const missing = run.status === "ready" && run.value === null;
  const [request] = useDocument(watchRequest, db, missing ? id : null);
  const [rest] = useDocument(watchTombstone, db, missing ? id : null);
  const requested = latest(request);
  const [said] = useDocument(watchDescribed, db, run.status === "ready" ? id : null);
  const described = latest(said);
  const known = named(latest(run) ?? (requested === null ? null : runOfRequest(requested)), described);
  const last = useRef(known); // stays on the screen while the rest of a deleted run is looked for
  if (known !== null) last.current = known;
  const shown = known ?? (rest.status === "loading" ? last.current : null);
  const tombstone = known === null ? latest(rest) : null;
  const now = useNow(shown !== null && isLive(shown));
  useTitle(titleOf(shown, tombstone === null ? null : shortName(tombstone)));
  const leave = tombstone !== null && deletions.ids.includes(id);
  useEffect(() => {
    if (leave) navigate("/", { replace: true }); // the list says what was freed
  }, [leave]);

  if (run.status === "failed") {
    const title = "The experiment could not be read";
    return <PageFailed heading="Experiment" title={title} error={run.error} onRetry={retry} />;
  }
  if (tombstone !== null) return <TombstoneView tombstone={tombstone} now={now} />;
  if (shown === null) {
    const looked = missing && request.status !== "loading" && rest.status !== "loading" && run.fresh;
    if (looked) return <NotFoundView what="experiment" />;
    if (nothingKnown(run)) return <PageOffline title="Experiment" />;
    return <PageLoading title="Experiment" what="the experiment" />;
  }
  const fresh = run.status === "ready" && run.fresh;
  return (
    <ExperimentView
      run={shown}
      fresh={fresh}
      now={now}
      tab={tab}
      title={<Title app={app} run={shown} described={described} fresh={fresh} />}
      parent={shown.parent !== null && <Parent db={db} run={shown} id={shown.parent} />}
      actions={
        <Actions
          key={phaseOf(shown)}
          db={db}
          run={shown}
          user={user}
          fresh={fresh}
          now={now}
          onDelete={deletions.add}
        />
      }
    >
      <TabView {...{ app, now, fresh, tab }} run={shown} file={route.file} search={route.search} />
    </ExperimentView>
  );
}

/** By its name of now: a run keeps the one that it was started with. */
function named(run: Run | null, described: Described | null): Run | null {
  if (run === null || described === null) return run;
  return { ...run, names: { ...run.names, experiment: described.name } };
}

function TabView({ tab, file, ...props }: TabProps & { tab: Tab; file: string | null }) {
  switch (tab) {
    case "overview":
      return <OverviewTab {...props} />;
    case "pipeline":
      return <PipelineTab {...props} />;
    case "data":
      return <DataTab {...props} />;
    case "training":
      return <TrainingTab {...props} />;
    case "code":
      return <CodeTab {...props} file={file} />;
    case "activity":
      return <ActivityTab {...props} />;
  }
}

function titleOf(run: Run | null, deleted: string | null): string {
  if (deleted !== null) return `${deleted} was deleted · Quicktest`;
  return run === null ? "Experiment · Quicktest" : `${runTitle(run)}: ${stateSentence(run)} · Quicktest`;
}

/** What was asked in one phase means nothing in the next. */
function phaseOf(run: Run): string {
  return `${run.id} ${isLive(run) ? "live" : "ended"} ${run.deletion === null ? "" : "deleting"}`;
}

/** The experiment that this one repeats or varies; its number is known to its run, or to what is left of it. */
function Parent({ db, run, id }: { db: Firestore; run: Run; id: string }) {
  const [parent] = useDocument(watchRun, db, id);
  const gone = parent.status === "ready" && parent.value === null;
  const [tombstone] = useDocument(watchTombstone, db, gone ? id : null);
  const [found, rest] = [latest(parent), latest(tombstone)];
  const name =
    found !== null ? shortNameOf(found) : rest === null ? "another experiment" : `${shortName(rest)}, deleted`;
  return <ParentView origin={run.origin} name={name} id={id} />;
}
