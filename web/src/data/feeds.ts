/** Live reads of experiments and of what belongs to them. */
import { doc, type Firestore, getDoc, type Unsubscribe } from "firebase/firestore";
import type { Frozen } from "../model/new/clone";
import type { EpochRecord, Evaluation, Request, Run, SourceFile, Tombstone } from "../model/run/run";
import {
  toEvaluation,
  toFrozen,
  toHistory,
  toRequest,
  toRun,
  toSnapshotFile,
  toSourceFiles,
  toTombstone,
} from "./read";
import { type OnError, type OnValue, watchDocument } from "./watch";

/** What is left of some experiments: of those that are deleted by now. */
export function watchTombstones(
  db: Firestore,
  ids: readonly string[],
  onValue: OnValue<Tombstone[]>,
  onError: OnError,
): Unsubscribe {
  const found = new Map<string, Tombstone>();
  const stops = ids.map((id) =>
    watchTombstone(
      db,
      id,
      (tombstone, fresh) => {
        if (tombstone !== null) onValue([...found.set(id, tombstone).values()], fresh);
      },
      onError,
    ),
  );
  return () => {
    for (const stop of stops) stop();
  };
}

/** One run; null while no function has picked the experiment up. */
export function watchRun(db: Firestore, id: string, onValue: OnValue<Run | null>, onError: OnError): Unsubscribe {
  return watchDocument(db, "runs", id, (data) => toRun(id, data), onValue, onError);
}

/** What the user asked for; null when there is no such experiment. */
export function watchRequest(
  db: Firestore,
  id: string,
  onValue: OnValue<Request | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, "experiments", id, (data) => toRequest(id, data), onValue, onError);
}

/** The same, once. */
export async function readRequest(db: Firestore, id: string): Promise<Request | null> {
  const data = (await getDoc(doc(db, "experiments", id))).data();
  return data === undefined ? null : toRequest(id, data);
}

/** What is left of a deleted experiment; null of any other. */
export function watchTombstone(
  db: Firestore,
  id: string,
  onValue: OnValue<Tombstone | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, "tombstones", id, (data) => toTombstone(id, data), onValue, onError);
}

/** Of which time the configs are that a run was started with; null until it is prepared. */
export function watchFrozen(db: Firestore, id: string, onValue: OnValue<Frozen | null>, onError: OnError): Unsubscribe {
  return watchDocument(db, details(id), "snapshot", toFrozen, onValue, onError);
}

/** One record per finished epoch; null before the first. */
export function watchHistory(
  db: Firestore,
  id: string,
  onValue: OnValue<EpochRecord[] | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, details(id), "history", toHistory, onValue, onError);
}

export function watchEvaluation(
  db: Firestore,
  id: string,
  onValue: OnValue<Evaluation | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, details(id), "evaluation", toEvaluation, onValue, onError);
}

export function watchCode(
  db: Firestore,
  id: string,
  onValue: OnValue<SourceFile[] | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, details(id), "code", toSourceFiles, onValue, onError);
}

export function watchSnapshot(
  db: Firestore,
  id: string,
  onValue: OnValue<SourceFile | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, details(id), "snapshot", toSnapshotFile, onValue, onError);
}

function details(id: string): string {
  return `runs/${id}/details`;
}
