import type { Firestore, Unsubscribe } from "firebase/firestore";
import { useCallback, useState } from "preact/hooks";
import { requestCancel } from "../data/commands";
import { toFeedError } from "../data/errors";
import {
  type OnError,
  type OnValue,
  watchCode,
  watchEvaluation,
  watchHistory,
  watchRequest,
  watchRun,
  watchShape,
  watchSnapshot,
} from "../data/feeds";
import { type Feed, latest } from "../model/feed";
import { mayEdit, type Role } from "../model/roles";
import { isLive, type Run, runOfRequest, type SourceFile } from "../model/run";
import { runTitle, stateSentence } from "../model/states";
import { type CancelState, CancelView } from "../views/cancel";
import { CodeView } from "../views/code";
import { ExperimentView, Overview } from "../views/experiment";
import { NotFoundView } from "../views/frame";
import { Failed, Loading } from "../views/parts";
import { useFeed, useHeadingFocus, useNow, useTitle } from "./hooks";

interface PageProps {
  db: Firestore;
  id: string;
  uid: string;
  role: Role;
  code: { file: string | null } | null;
}

type Watch<T> = (db: Firestore, id: string, onValue: OnValue<T>, onError: OnError) => Unsubscribe;

/** The experiment at an address: its run, or while there is none, the request for it. */
export function ExperimentPage({ db, id, uid, role, code }: PageProps) {
  const [run, retry] = useDocument(watchRun, db, id);
  const missing = run.status === "ready" && run.value === null;
  const [request] = useDocument(watchRequest, db, missing ? id : null);
  const requested = latest(request);
  const shown = latest(run) ?? (requested === null ? null : runOfRequest(requested));
  const now = useNow(shown !== null && isLive(shown));
  useTitle(shown === null ? "Quicktest" : `${runTitle(shown)}: ${stateSentence(shown)} · Quicktest`);
  useHeadingFocus(shown !== null);

  if (run.status === "failed")
    return <Failed title="The experiment could not be read" error={run.error} onRetry={retry} />;
  if (shown === null) {
    const known = missing && request.status !== "loading" && run.fresh;
    return known ? <NotFoundView what="experiment" /> : <Loading what="the experiment" />;
  }
  return (
    <ExperimentView
      run={shown}
      fresh={run.status === "ready" && run.fresh}
      now={now}
      tab={code === null ? "overview" : "code"}
      cancel={mayEdit(role) && <Cancel key={id} db={db} run={shown} uid={uid} now={now} />}
    >
      {code === null ? (
        <OverviewTab db={db} run={shown} now={now} />
      ) : (
        <CodeTab db={db} run={shown} chosen={code.file} />
      )}
    </ExperimentView>
  );
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

function Cancel({ db, run, uid, now }: { db: Firestore; run: Run; uid: string; now: number }) {
  const [cancel, setCancel] = useState<CancelState>({ step: "idle" });
  const confirm = () => {
    setCancel({ step: "sending" }); // until the run itself says that it was asked to stop
    requestCancel(db, run.id, uid).catch((error) => setCancel({ step: "failed", error: toFeedError(error) }));
  };
  return (
    <CancelView
      run={run}
      cancel={cancel}
      now={now}
      onAsk={() => setCancel({ step: "confirm" })}
      onKeep={() => setCancel({ step: "idle" })}
      onConfirm={confirm}
    />
  );
}

/** Watches one document of an experiment; nothing while `id` is null. */
function useDocument<T>(watch: Watch<T>, db: Firestore, id: string | null): [Feed<T>, () => void] {
  const start = useCallback(
    (onValue: OnValue<T>, onError: OnError) => watch(db, id ?? "", onValue, onError),
    [watch, db, id],
  );
  return useFeed(id === null ? null : start);
}
