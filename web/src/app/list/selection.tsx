/** Several experiments at once: which are selected, and what is done with them. */
import type { Firestore } from "firebase/firestore";
import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import { sendCommand } from "../../data/commands";
import { toFeedError } from "../../data/errors";
import type { IndexState } from "../../data/index/reader";
import type { User } from "../../model/common/roles";
import type { Entry } from "../../model/list/entry";
import { bulkOf } from "../../model/run/actions";
import type { Run } from "../../model/run/run";
import { type BulkKind, type BulkState, SelectionView } from "../../views/list/selection";

interface Selecting {
  ids: ReadonlySet<string>;
  select: (ids: string[], selected: boolean) => void;
}

const NONE: ReadonlySet<string> = new Set();

/** What leaves the list, or is being deleted, is not selected any more; what a search hides still is. */
export function useSelection(entries: readonly Entry[], known: IndexState | null): Selecting {
  const [selected, setSelected] = useState<ReadonlySet<string>>(NONE);
  const ids = useMemo(() => {
    if (selected.size === 0) return NONE;
    const there = entries.filter(
      ({ experiment }) => selected.has(experiment) && known?.runs.get(experiment)?.deletion == null,
    );
    return new Set(there.map(({ experiment }) => experiment));
  }, [selected, entries, known]);
  const select = (changed: string[], add: boolean) =>
    setSelected((before) => {
      const next = new Set(before);
      for (const id of changed) {
        if (add) next.add(id);
        else next.delete(id);
      }
      return next;
    });
  return { ids, select };
}

interface SelectedProps {
  db: Firestore;
  user: User;
  entries: readonly Entry[];
  runOf: (entry: Entry) => Run;
  ids: ReadonlySet<string>;
  fresh: boolean;
  onDelete: (...ids: string[]) => void;
  onClear: () => void;
}

/** What may be done with the selection; Escape lets go of it. */
export function Selected({ db, user, entries, runOf, ids, fresh, onDelete, onClear }: SelectedProps) {
  const [state, setState] = useState<BulkState>({ step: "idle" });
  const chosen = useMemo(() => {
    return ids.size === 0 ? [] : entries.filter(({ experiment }) => ids.has(experiment)).map(runOf);
  }, [ids, entries]);
  const bulk = useMemo(() => bulkOf(chosen, user), [chosen, user]);
  const clear = () => {
    setState({ step: "idle" });
    onClear();
  };
  useEscape(chosen.length > 0 && state.step === "idle", clear);
  const confirm = async (kind: BulkKind) => {
    const asked = bulk[kind].map(({ id }) => id);
    if (kind === "delete") onDelete(...asked);
    setState({ step: "sending", kind });
    const sent = await Promise.allSettled(asked.map((id) => sendCommand(db, kind, id, user.uid)));
    const failed = sent.filter((result) => result.status === "rejected");
    if (failed[0] === undefined) clear();
    else setState({ step: "failed", kind, error: toFeedError(failed[0].reason), number: failed.length });
  };
  return (
    <SelectionView
      chosen={chosen.map(({ id }) => id)}
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
      if (event.key === "Escape" && !event.defaultPrevented) onEscape();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [active, onEscape]);
}
