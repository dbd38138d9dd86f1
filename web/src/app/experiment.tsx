import type { Firestore } from "firebase/firestore";
import { useEffect, useRef } from "preact/hooks";
import {
  watchCode,
  watchEvaluation,
  watchHistory,
  watchRequest,
  watchRun,
  watchShape,
  watchSnapshot,
  watchTombstone,
} from "../data/feeds";
import { shortName, shortNameOf } from "../model/deletion";
import { type Feed, latest } from "../model/feed";
import type { User } from "../model/roles";
import { isLive, type Run, runOfRequest, type SourceFile } from "../model/run";
import { runTitle, stateSentence } from "../model/states";
import { CodeView } from "../views/code";
import { TombstoneView } from "../views/deletion";
import { ExperimentView, Overview, ParentView } from "../views/experiment";
import { NotFoundView } from "../views/frame";
import { Failed, Loading } from "../views/parts";
import { Actions } from "./actions";
import { navigate, useDocument, useHeadingFocus, useNow, useTitle } from "./hooks";

interface PageProps {
  db: Firestore;
  id: string;
  user: User;
  code: { file: string | null } | null;
  /** What this person asked to delete. */
  deleted: readonly string[];
  onDelete: (id: string) => void;
}

/** The experiment at an address: its run, while there is none the request for it, at the end what is left of it. */
export function ExperimentPage({ db, id, user, code, deleted, onDelete }: PageProps) {
  const [run, retry] = useDocument(watchRun, db, id);
  const missing = run.status === "ready" && run.value === null;
  const [request] = useDocument(watchRequest, db, missing ? id : null);
  const [rest] = useDocument(watchTombstone, db, missing ? id : null);
  const requested = latest(request);
  const known = latest(run) ?? (requested === null ? null : runOfRequest(requested));
  const last = useRef(known); // stays on the screen while the rest of a deleted run is looked for
  if (known !== null) last.current = known;
  const shown = known ?? (rest.status === "loading" ? last.current : null);
  const tombstone = known === null ? latest(rest) : null;
  const now = useNow(shown !== null && isLive(shown));
  useTitle(titleOf(shown, tombstone === null ? null : shortName(tombstone)));
  useHeadingFocus(shown !== null || tombstone !== null);
  const leave = tombstone !== null && deleted.includes(id);
  useEffect(() => {
    if (leave) navigate("/", { replace: true }); // the list says what was freed
  }, [leave]);

  if (run.status === "failed")
    return <Failed title="The experiment could not be read" error={run.error} onRetry={retry} />;
  if (tombstone !== null) return <TombstoneView tombstone={tombstone} now={now} />;
  if (shown === null) {
    const looked = missing && request.status !== "loading" && rest.status !== "loading" && run.fresh;
    return looked ? <NotFoundView what="experiment" /> : <Loading what="the experiment" />;
  }
  const fresh = run.status === "ready" && run.fresh;
  return (
    <ExperimentView
      run={shown}
      fresh={fresh}
      now={now}
      tab={code === null ? "overview" : "code"}
      parent={shown.parent !== null && <Parent db={db} run={shown} id={shown.parent} />}
      actions={
        <Actions key={phaseOf(shown)} db={db} run={shown} user={user} fresh={fresh} now={now} onDelete={onDelete} />
      }
    >
      {code === null ? (
        <OverviewTab db={db} run={shown} now={now} />
      ) : (
        <CodeTab db={db} run={shown} chosen={code.file} />
      )}
    </ExperimentView>
  );
}

function titleOf(run: Run | null, deleted: string | null): string {
  if (deleted !== null) return `${deleted} was deleted · Quicktest`;
  return run === null ? "Quicktest" : `${runTitle(run)}: ${stateSentence(run)} · Quicktest`;
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

function OverviewTab({ db, run, now }: { db: Firestore; run: Run; now: number }) {
  const [history] = useDocument(watchHistory, db, run.id);
  const [evaluation] = useDocument(watchEvaluation, db, run.id);
  const [shape] = useDocument(watchShape, db, run.id);
  return (
    <Overview
      run={run}
      history={latest(history) ?? NO_EPOCHS}
      evaluation={latest(evaluation)}
      shape={latest(shape)}
      now={now}
    />
  );
}

const NO_EPOCHS: [] = [];

function CodeTab({ db, run, chosen }: { db: Firestore; run: Run; chosen: string | null }) {
  const [code, retry] = useDocument(watchCode, db, run.id);
  const [snapshot] = useDocument(watchSnapshot, db, run.id);
  return <CodeView run={run} files={withSnapshot(code, latest(snapshot))} chosen={chosen} onRetry={retry} />;
}

function withSnapshot(code: Feed<SourceFile[] | null>, snapshot: SourceFile | null): Feed<SourceFile[]> {
  if (code.status !== "ready") return code;
  return { ...code, value: [...(code.value ?? []), ...(snapshot === null ? [] : [snapshot])] };
}
