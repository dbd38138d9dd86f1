import type { Firestore } from "firebase/firestore";
import type { RefObject } from "preact";
import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import { toFeedError } from "../../data/errors";
import { watchTombstones } from "../../data/feeds";
import type { IndexState } from "../../data/index/reader";
import { setStarred } from "../../data/stars";
import { type FeedError, latest } from "../../model/common/feed";
import { mayEdit } from "../../model/common/roles";
import { experimentPath } from "../../model/common/routes";
import type { Entry } from "../../model/list/entry";
import { runOfEntry } from "../../model/list/listed_run";
import {
  asked,
  conditionOf,
  fidelityGroups,
  filtersOf,
  finder,
  listSummary,
  sorted,
  withCondition,
} from "../../model/list/listing";
import { COMMON_VIEWS, isSameView, type View } from "../../model/list/saved_views";
import { tableOf } from "../../model/list/table";
import { FIELD_NAMES } from "../../model/query/fields";
import { EVERYTHING, type Query } from "../../model/query/query";
import type { QueryError } from "../../model/query/text";
import type { Run, Tombstone } from "../../model/run/run";
import { stateWords } from "../../model/run/states";
import { DeletedView } from "../../views/experiment/deletion";
import { ListCards } from "../../views/list/cards";
import { ListView } from "../../views/list/list";
import { StarProblem } from "../../views/list/parts";
import { FiltersView, SaveViewDialog, SearchHelp, SearchView, ToolsView } from "../../views/list/search";
import { ListTable } from "../../views/list/table";
import { TableDownload } from "../../views/ui/download";
import type { PageProps } from "../context";
import { type Start, useFeed, useNow } from "../hooks";
import { navigate, useTitle } from "../navigation";
import { useIndex } from "../use_index";
import { useListKeys } from "./keys";
import { Selected, useSelection } from "./selection";
import { useOwnViews, useView } from "./views";

const NOTHING: readonly Entry[] = [];

export default function ListPage({ app, route }: PageProps<"list">) {
  const { db, user, deletions, endpoint } = app;
  const [feed, retry] = useIndex(db, endpoint);
  const known = latest(feed);
  const entries = known?.entries ?? NOTHING;
  const now = useNow((known?.runs.size ?? 0) > 0);
  const { view, show, settle } = useView(route.search);
  const { query, error } = useQuery(view.query);
  const find = useRef(finder()).current;
  const found = find(entries, query, now);
  const listed = useMemo(() => sorted(found, view.sort), [found, view.sort]);
  const runOf = (entry: Entry): Run => runFor(entry, known);
  const selection = useSelection(entries, known);
  const [star, starProblem] = useStar(db);
  const input = useRef<HTMLInputElement>(null);
  const edits = mayEdit(user.role);
  const active = useListKeys({
    listed,
    input,
    onSelect: (entry) => selection.select([entry.experiment], !selection.ids.has(entry.experiment)),
    onStar: edits ? star : null,
  });
  useTitle("Experiments · Quicktest");
  const isDeleting = (id: string) => known?.runs.get(id)?.deletion != null;
  const numbers = useMemo(() => new Map(entries.map((each) => [each.experiment, each.number])), [entries]);
  const items = {
    now,
    active,
    entries: listed,
    runOf,
    selection: { ids: selection.ids, onSelect: selection.select },
    onStar: edits ? star : null,
    numberOf: (id: string) => numbers.get(id) || null,
  };
  return (
    <ListView
      feed={feed}
      known={entries.length}
      found={listed.length}
      complete={known?.complete ?? false}
      damaged={known?.damaged ?? 0}
      summary={summaryOf(entries, listed, query, isDeleting)}
      mayEdit={edits}
      note={noteOf(view, listed, known)}
      onRetry={retry}
      onClear={() => show({ query: "" })}
      tools={
        <Tools
          {...{ view, show, entries, listed, query, input }}
          error={error}
          onLeave={settle}
          onOpen={() => {
            const [only] = listed;
            settle();
            if (only !== undefined && listed.length === 1) navigate(experimentPath(only.experiment));
          }}
        />
      }
      above={
        <>
          <Deleted db={db} ids={deletions.ids} onDismiss={deletions.dismiss} />
          {starProblem !== null && <StarProblem error={starProblem} />}
          <Selected
            {...{ db, user, entries, runOf }}
            ids={selection.ids}
            fresh={feed.status === "ready" && feed.fresh}
            onDelete={deletions.add}
            onClear={() => selection.select([...selection.ids], false)}
          />
        </>
      }
    >
      {view.layout === "cards" ? (
        <ListCards {...items} />
      ) : (
        <ListTable
          {...items}
          selectable={() => listed.filter((each) => !isDeleting(each.experiment)).map((each) => each.experiment)}
          sort={view.sort}
          onSort={(sort) => show({ sort })}
        />
      )}
    </ListView>
  );
}

/** What was searched for; while that is no query, the last one that was. */
function useQuery(text: string) {
  const last = useRef<Query>(EVERYTHING);
  const found = useMemo(() => asked(text), [text]);
  if (found.query !== null) last.current = found.query;
  return { query: last.current, error: found.error };
}

function runFor(entry: Entry, known: IndexState | null): Run {
  const run = known?.runs.get(entry.experiment);
  if (run === undefined) return runOfEntry(entry);
  return { ...run, names: { ...run.names, experiment: entry.name || run.names.experiment } };
}

function summaryOf(
  entries: readonly Entry[],
  listed: readonly Entry[],
  query: Query,
  isDeleting: (id: string) => boolean,
): string {
  const all = listSummary(listed, isDeleting);
  if (query.node === null) return all;
  const found = `${listed.length.toLocaleString("en")} of ${entries.length.toLocaleString("en")} found`;
  return all === "" ? found : `${found}: ${all}`;
}

function noteOf(view: View, listed: readonly Entry[], known: IndexState | null): string | null {
  if (view.sort.by === "date") return null;
  const notes = [];
  if (known !== null && !known.complete) notes.push("The order is of those that are read.");
  const groups = view.sort.by === "headline" ? fidelityGroups(listed) : 1;
  if (groups > 1) {
    notes.push(
      `These results were measured in ${groups} different ways (protocol, sample): their order is no ranking. Choose one protocol to compare them.`,
    );
  }
  return notes.join(" ") || null;
}

function useStar(db: Firestore): [(entry: Entry) => void, FeedError | null] {
  const [problem, setProblem] = useState<FeedError | null>(null);
  const star = useCallback(
    (entry: Entry) => {
      setProblem(null);
      setStarred(db, entry.experiment, !entry.starred).catch((error) => setProblem(toFeedError(error)));
    },
    [db],
  );
  return [star, problem];
}

interface ToolsProps {
  view: View;
  show: (part: Partial<View>) => void;
  entries: readonly Entry[];
  listed: readonly Entry[];
  query: Query;
  error: QueryError | null;
  input: RefObject<HTMLInputElement | null>;
  onLeave: () => void;
  onOpen: () => void;
}

function Tools({ view, show, entries, listed, query, error, input, onLeave, onOpen }: ToolsProps) {
  const [own, save, forget] = useOwnViews();
  const [open, setOpen] = useState(false);
  const [dialog, setDialog] = useState<"help" | "save" | null>(null);
  const views = [...COMMON_VIEWS, ...own];
  const shown = views.find((each) => isSameView(each, view)) ?? null;
  const filters = useMemo(
    () => (open ? filtersOf(entries, ({ state }) => stateWords(state).text) : []),
    [open, entries],
  );
  const filtering = FILTERED.filter((field) => conditionOf(query.node, field) !== null).length;
  return (
    <>
      <SearchView
        text={view.query}
        error={error}
        input={input}
        onText={(text) => show({ query: text })}
        onLeave={onLeave}
        onOpen={onOpen}
        onHelp={() => setDialog("help")}
      />
      <ToolsView
        views={views}
        view={shown?.name ?? null}
        own={own.some((each) => each.name === shown?.name)}
        sort={view.sort}
        layout={view.layout}
        filtersOpen={open}
        filtering={filtering}
        onView={(name) => {
          const chosen = views.find((each) => each.name === name);
          if (chosen !== undefined) show(chosen);
        }}
        onSave={() => setDialog("save")}
        onForget={() => shown !== null && forget(shown.name)}
        onSort={(sort) => show({ sort })}
        onLayout={(layout) => show({ layout })}
        onFilters={() => setOpen(!open)}
        downloads={<TableDownload name="experiments" rows={() => tableOf(listed)} />}
      />
      {open && (
        <FiltersView
          filters={filters}
          conditionOf={(field) => conditionOf(query.node, field)}
          onCondition={(field, condition) => show({ query: withCondition(query.node, field, condition) })}
          disabled={error !== null}
        />
      )}
      {dialog === "help" && <SearchHelp fields={FIELD_NAMES} onClose={() => setDialog(null)} />}
      {dialog === "save" && (
        <SaveViewDialog
          onSave={(name) => {
            save(name, view);
            setDialog(null);
          }}
          onClose={() => setDialog(null)}
        />
      )}
    </>
  );
}

const FILTERED = [
  ...["state", "model_type", "dataset", "feature_config", "model_config", "protocol", "tag", "owner", "starred"],
  "created",
];

function Deleted({ db, ids, onDismiss }: { db: Firestore; ids: readonly string[]; onDismiss: () => void }) {
  const watch = useCallback<Start<Tombstone[]>>((...on) => watchTombstones(db, ids, ...on), [db, ids]);
  const [tombstones] = useFeed<Tombstone[]>(ids.length === 0 ? null : watch);
  return <DeletedView tombstones={latest(tombstones) ?? []} onDismiss={onDismiss} />;
}
