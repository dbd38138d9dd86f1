import type { Firestore } from "firebase/firestore";
import { useCallback, useLayoutEffect, useState } from "preact/hooks";
import { sendCommand } from "../data/commands";
import { toFeedError } from "../data/errors";
import { watchRuns, watchTombstones } from "../data/feeds";
import { bulkOf } from "../model/actions";
import { latest } from "../model/feed";
import { mayEdit, type User } from "../model/roles";
import { isLive, type Run, type Tombstone } from "../model/run";
import { DeletedView } from "../views/deletion";
import { ListView } from "../views/list";
import { type BulkKind, type BulkState, SelectionView } from "../views/selection";
import type { PageProps } from "./context";
import { type Start, useFeed, useNow } from "./hooks";
import { useHeadingFocus, useTitle } from "./navigation";

export function ListPage({ app }: PageProps<"list">) {
  const { db, user, deletions } = app;
  const [runs, retry] = useFeed<Run[]>(useCallback<Start<Run[]>>((...on) => watchRuns(db, ...on), [db]));
  const [selected, select] = useSelection(latest(runs));
  const known = latest(runs);
  const now = useNow(known?.some((run) => isLive(run) || run.deletion !== null) ?? false);
  useTitle("Experiments · Quicktest");
  useHeadingFocus(true);
  const fresh = runs.status === "ready" && runs.fresh;
  const chosen = known?.filter(({ id }) => selected.has(id)) ?? [];
  return (
    <ListView
      runs={runs}
      now={now}
      onRetry={retry}
      selection={mayEdit(user.role) ? { ids: selected, onSelect: select } : null}
    >
      <Deleted db={db} ids={deletions.ids} onDismiss={deletions.dismiss} />
      <Selected
        {...{ db, user, chosen, fresh }}
        onDelete={deletions.add}
        onClear={() => select([...selected], false)}
      />
    </ListView>
  );
}

type Select = (ids: string[], selected: boolean) => void;

/** The ids that are selected; what leaves the list, or is being deleted, is not selected any more. */
function useSelection(runs: Run[] | null): [ReadonlySet<string>, Select] {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const kept = new Set(runs?.filter(({ id, deletion }) => selected.has(id) && deletion === null).map(({ id }) => id));
  const select: Select = (ids, add) =>
    setSelected((before) => new Set(add ? [...before, ...ids] : [...before].filter((id) => !ids.includes(id))));
  return [kept, select];
}

function Deleted({ db, ids, onDismiss }: { db: Firestore; ids: readonly string[]; onDismiss: () => void }) {
  const watch = useCallback<Start<Tombstone[]>>((...on) => watchTombstones(db, ids, ...on), [db, ids]);
  const [tombstones] = useFeed<Tombstone[]>(ids.length === 0 ? null : watch);
  return <DeletedView tombstones={latest(tombstones) ?? []} onDismiss={onDismiss} />;
}

interface SelectedProps {
  db: Firestore;
  user: User;
  chosen: Run[];
  fresh: boolean;
  onDelete: (...ids: string[]) => void;
  onClear: () => void;
}

function Selected({ db, user, chosen, fresh, onDelete, onClear }: SelectedProps) {
  const [state, setState] = useState<BulkState>({ step: "idle" });
  const bulk = bulkOf(chosen, user);
  const clear = () => {
    setState({ step: "idle" });
    onClear();
  };
  useEscape(chosen.length > 0 && state.step === "idle", clear);
  const confirm = async (kind: BulkKind) => {
    const ids = bulk[kind].map(({ id }) => id);
    if (kind === "delete") onDelete(...ids);
    setState({ step: "sending", kind });
    const sent = await Promise.allSettled(ids.map((id) => sendCommand(db, kind, id, user.uid)));
    const failed = sent.filter((result) => result.status === "rejected");
    if (failed[0] === undefined) clear();
    else setState({ step: "failed", kind, error: toFeedError(failed[0].reason), number: failed.length });
  };
  return (
    <SelectionView
      selected={chosen.length}
      bulk={bulk}
      state={state}
      fresh={fresh}
      onAsk={(kind) => setState({ step: "asked", kind })}
      onKeep={() => setState({ step: "idle" })}
      onConfirm={confirm}
      onClear={clear}
    />
  );
}

function useEscape(active: boolean, onEscape: () => void): void {
  // Before the paint: a key that is struck as soon as the bar is seen must find its listener.
  useLayoutEffect(() => {
    if (!active) return;
    const press = (event: KeyboardEvent) => {
      if (event.key === "Escape") onEscape();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [active, onEscape]);
}
