import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import {
  changeComparison,
  comparisonId,
  createComparison,
  watchComparison,
  watchComparisonReport,
  watchComparisonRows,
  watchComparisons,
  watchHistories,
  watchNamesOf,
  watchRunsOf,
} from "../data/comparisons";
import { toFeedError } from "../data/errors";
import type { IndexState } from "../data/index/reader";
import { watchIndex } from "../data/index/watch";
import { type FeedError, latest } from "../model/common/feed";
import { comparePath, withSearch } from "../model/common/routes";
import { type Asked, askedOf, BOUNDS, searchOf } from "../model/compare/asked";
import { overlaysOf } from "../model/compare/curves";
import { pickableOf } from "../model/compare/pick";
import { type Comparison, isCurrent, isOutdated, protocolGroups } from "../model/compare/report";
import { rowsBySection } from "../model/compare/rows";
import { isLive, type Run } from "../model/run/run";
import { CompareView } from "../views/compare/compare";
import type { Member } from "../views/compare/members";
import { PickerView } from "../views/compare/picker";
import { KeepView, SavedComparisons } from "../views/compare/saved";
import { FeedView, PageFeedView } from "../views/feed";
import { NotFoundView } from "../views/frame";
import { Empty, PageFailed, PageLoading } from "../views/parts";
import { Dialog } from "../views/ui/dialog";
import type { Context, PageProps } from "./context";
import { type Start, useDocument, useFeed, useNow, useSlow } from "./hooks";
import { useKeys } from "./keys";
import { navigate, replaceSearch, useTitle } from "./navigation";
import { useIndex } from "./use_index";

type Runs = ReadonlyMap<string, Run>;

const SLOW_MS = 20_000; // five runs with 50,000 customers each take ten seconds; a function may have to start

/** Experiments side by side: those of the address, or of a comparison that was kept. */
export default function ComparePage({ app, route }: PageProps<"compare">) {
  const asked = askedOf(route.search);
  if (route.id !== null) return <Compared key={route.id} app={app} id={route.id} asked={asked} create={false} />;
  if (asked.experiments.length < BOUNDS.fewest) return <Beginning app={app} asked={asked} />;
  return <Asking app={app} asked={asked} />;
}

/** Fewer experiments than can be compared: one that is chosen, and a search for the others. */
function Beginning({ app, asked }: { app: Context; asked: Asked }) {
  const now = useNow(false);
  const [index, retryIndex] = useIndex(app.db, app.endpoint);
  const [comparisons, retry] = useFeed(
    useCallback<Start<Comparison[]>>((...on) => watchComparisons(app.db, ...on), [app.db]),
  );
  useTitle("Compare · Quicktest");
  const entries = latest(index)?.entries ?? [];
  const labels = new Map(entries.map(({ experiment, number }) => [experiment, `#${number}`]));
  const [first] = asked.experiments;
  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Compare experiments</h1>
      </div>
      <p>
        {first === undefined
          ? `Choose ${BOUNDS.fewest} to ${BOUNDS.most} experiments, here or with the boxes of the list.`
          : `${labels.get(first) ?? first} is chosen. Add another one to compare it with.`}
      </p>
      <PageFeedView feed={index} what="the experiments" title={null} onRetry={retryIndex}>
        {({ complete }, fresh) =>
          complete && entries.length < BOUNDS.fewest ? (
            fresh && (
              <Empty title="Nothing to compare yet">
                <p>
                  Two experiments are needed. <a href="/new">Start one</a>
                </p>
              </Empty>
            )
          ) : (
            <PickerView
              choices={pickableOf(entries, asked.experiments)}
              complete={complete}
              onPick={(experiment) =>
                navigate(addressOf({ ...asked, experiments: [...asked.experiments, experiment] }))
              }
            />
          )
        }
      </PageFeedView>
      <FeedView feed={comparisons} what="the earlier comparisons" onRetry={retry}>
        {(found) => <SavedComparisons comparisons={found} labels={labels} now={now} />}
      </FeedView>
    </>
  );
}

/** The comparison of the address has an id that follows from it. */
function Asking({ app, asked }: { app: Context; asked: Asked }) {
  const [id, setId] = useState<string | null>(null);
  const [problem, setProblem] = useState<FeedError | null>(null);
  const { experiments, metric } = asked;
  const key = experiments.join();
  useEffect(() => {
    let wanted = true;
    comparisonId(key.split(","), metric).then(
      (found) => wanted && setId(found),
      (error) => wanted && setProblem(toFeedError(error)),
    );
    return () => {
      wanted = false;
    };
  }, [key, metric]);
  if (problem !== null) {
    const title = "The comparison could not be named";
    return <PageFailed heading="Compare" title={title} error={problem} onRetry={() => location.reload()} />;
  }
  if (id === null) return <PageLoading title="Compare" what="the comparison" />;
  return <Compared key={id} app={app} id={id} asked={asked} create />;
}

interface ComparedProps {
  app: Context;
  id: string;
  asked: Asked;
  /** Whether it is asked for, if nobody has before. */
  create: boolean;
}

function Compared({ app, id, asked, create }: ComparedProps) {
  const { db, user } = app;
  const [comparison, retry] = useDocument(watchComparison, db, id);
  const [report] = useDocument(watchComparisonReport, db, id);
  const [parts] = useDocument(watchComparisonRows, db, id);
  const [problem, setProblem] = useState<FeedError | null>(null);
  const [adding, setAdding] = useState(false);
  const stored = latest(comparison);
  const missing = comparison.status === "ready" && comparison.fresh && stored === null;
  const experiments = stored?.experiments ?? asked.experiments;
  const key = experiments.join();
  const [runs] = useFeed(
    useCallback<Start<Runs>>(
      (onValue, onError) =>
        key === "" ? () => {} : watchRunsOf(db, key.split(","), (found, fresh) => onValue(byId(found), fresh), onError),
      [db, key],
    ),
  );
  const [named] = useFeed(
    useCallback<Start<ReadonlyMap<string, string>>>(
      (...on) => (key === "" ? () => {} : watchNamesOf(db, key.split(","), ...on)),
      [db, key],
    ),
  );
  const [histories] = useFeed(
    useCallback<Start<Parameters<typeof overlaysOf>[1]>>(
      (...on) => (key === "" ? () => {} : watchHistories(db, key.split(","), ...on)),
      [db, key],
    ),
  );
  const ask = useCallback(
    () =>
      createComparison(db, id, key.split(","), asked.metric, user.uid).catch((error) => setProblem(toFeedError(error))),
    [db, id, key, asked.metric, user.uid],
  );
  useEffect(() => {
    if (missing && create) void ask();
  }, [missing, create, ask]);

  const told = latest(report);
  const known = latest(runs);
  const members: Member[] = experiments.map((experiment) => {
    const run = known?.get(experiment) ?? null;
    const name = latest(named)?.get(experiment) ?? null;
    return { experiment, name, run, known: known !== null && runs.status === "ready" && runs.fresh };
  });
  const mayChange = stored !== null && (user.role !== "viewer" || stored.owner === user.uid);
  const current = isCurrent(told, stored);
  const outdated =
    told !== null &&
    current &&
    known !== null &&
    runs.status === "ready" &&
    runs.fresh &&
    isOutdated(told, statesOf(known));
  const askedAgain = useRef(false);
  useEffect(() => {
    // The service looks by itself within an hour; whoever may ask has it at once. Once: it may see something else.
    if (!outdated || !mayChange || askedAgain.current) return;
    askedAgain.current = true;
    changeComparison(db, id).catch((error) => setProblem(toFeedError(error)));
  }, [outdated, mayChange, db, id]);
  const names = useProtocolNames(app, told !== null && protocolGroups(told.experiments).length > 0);
  const slow = useSlow(!current && stored !== null, SLOW_MS);
  const now = useNow(members.some(({ run }) => run !== null && isLive(run)));
  useTitle(
    `${stored?.name || `Compare ${members.map(({ run }) => (run?.number == null ? "…" : `#${run.number}`)).join(", ")}`} · Quicktest`,
  );

  const view = { ...asked, experiments, metric: stored?.metric ?? asked.metric };
  useKeys([
    { keys: "d", what: "Only differences, or all", run: () => show(view, { everything: !view.everything }, create) },
    ...(experiments.length < BOUNDS.most ? [{ keys: "a", what: "Add an experiment", run: () => setAdding(true) }] : []),
  ]);

  if (missing && !create) return <NotFoundView what="comparison" />;
  if (problem !== null) {
    const again = () => {
      setProblem(null);
      if (missing) void ask();
    };
    const title = "The comparison could not be asked for";
    return <PageFailed heading="Compare" title={title} error={problem} onRetry={again} />;
  }
  const add = (experiment: string) => navigate(addressOf({ ...view, experiments: [...experiments, experiment] }));
  return (
    <>
      <PageFeedView feed={comparison} what="the comparison" title="Compare" onRetry={retry}>
        {() => (
          <CompareView
            comparison={stored}
            members={members}
            report={told}
            current={current}
            outdated={outdated}
            slow={slow}
            protocolNames={names}
            rows={told === null ? {} : rowsBySection(told, latest(parts) ?? {})}
            overlays={told === null || histories.status !== "ready" ? null : overlaysOf(told, histories.value)}
            asked={view}
            link={location.href}
            now={now}
            onAsked={(changed) => show(view, changed, create)}
            onRemove={(experiment) =>
              navigate(addressOf({ ...view, experiments: experiments.filter((each) => each !== experiment) }))
            }
            onAdd={() => setAdding(true)}
          >
            {stored !== null && (
              <KeepView
                key={stored.id}
                comparison={stored}
                refused={mayChange ? null : "Only its author and editors may name it or write notes."}
                onSave={(changed) =>
                  changeComparison(db, id, changed).then(
                    () => null,
                    (error) => toFeedError(error),
                  )
                }
              />
            )}
          </CompareView>
        )}
      </PageFeedView>
      {adding && <Adding app={app} taken={experiments} onPick={add} onClose={() => setAdding(false)} />}
    </>
  );
}

interface AddingProps {
  app: Context;
  taken: readonly string[];
  onPick: (experiment: string) => void;
  onClose: () => void;
}

function Adding({ app, taken, onPick, onClose }: AddingProps) {
  const [index, retry] = useIndex(app.db, app.endpoint);
  return (
    <Dialog title="Add an experiment" onClose={onClose}>
      <FeedView feed={index} what="the experiments" onRetry={retry}>
        {({ entries, complete }) => (
          <PickerView choices={pickableOf(entries, taken)} complete={complete} onPick={onPick} />
        )}
      </FeedView>
    </Dialog>
  );
}

/** What is shown changes in place; what is decided by is another comparison. */
function show(asked: Asked, changed: Partial<Asked>, addressed: boolean): void {
  const next = { ...asked, ...changed };
  if (next.metric !== asked.metric) navigate(addressOf(next));
  else
    replaceSearch(addressed ? searchOf(next) : searchOf({ everything: next.everything, population: next.population }));
}

function addressOf(asked: Asked): string {
  const { ids: _, ...rest } = searchOf(asked);
  const fields = withSearch("", rest).replace("?", "&");
  return `${comparePath(asked.experiments)}${fields}`;
}

/** `strict 14 days to 9 Dec 2025, 812 customers` by experiment: only where protocols must be told apart. */
function useProtocolNames(app: Context, wanted: boolean): ReadonlyMap<string, string> {
  const { db, endpoint } = app;
  const watch = useCallback<Start<IndexState>>((...on) => watchIndex(db, endpoint, ...on), [db, endpoint]);
  const [index] = useFeed(wanted ? watch : null);
  const entries = latest(index)?.entries ?? [];
  return new Map(entries.map(({ experiment, protocolName }) => [experiment, protocolName]));
}

function byId(found: readonly Run[]): Runs {
  return new Map(found.map((run) => [run.id, run]));
}

/** What of the runs decides what a comparison says. */
function statesOf(runs: Runs): Parameters<typeof isOutdated>[1] {
  return new Map([...runs].map(([id, run]) => [id, { state: run.state, attempt: run.attempt, live: isLive(run) }]));
}
