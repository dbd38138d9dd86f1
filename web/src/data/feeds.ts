/**
 * Live reads. Each calls `onValue` with every version of what it watches and returns the unsubscribe function.
 * `fresh` is false while the server cannot be reached: the value is then the last one known, or empty.
 */
import {
  type CollectionReference,
  collection,
  documentId,
  type Firestore,
  limit,
  onSnapshot,
  orderBy,
  query,
  type Unsubscribe,
  where,
} from "firebase/firestore";
import type { FeedError } from "../model/feed";
import type { EpochRecord, Evaluation, Request, Run, Shape, SourceFile } from "../model/run";
import { toFeedError } from "./errors";
import type { Fields } from "./fields";
import { toEvaluation, toHistory, toRequest, toRun, toShape, toSnapshotFile, toSourceFiles } from "./read";

export type OnValue<T> = (value: T, fresh: boolean) => void;
export type OnError = (error: FeedError) => void;

const LIST_LENGTH = 100;
const WITH_METADATA = { includeMetadataChanges: true };

/** The newest runs. */
export function watchRuns(db: Firestore, onValue: OnValue<Run[]>, onError: OnError): Unsubscribe {
  const newest = query(collection(db, "runs"), orderBy("created_at", "desc"), limit(LIST_LENGTH));
  return onSnapshot(
    newest,
    WITH_METADATA,
    (snapshot) => {
      const runs = snapshot.docs.map((run) => toRun(run.id, run.data()));
      onValue(runs, !snapshot.metadata.fromCache);
    },
    (error) => onError(toFeedError(error)),
  );
}

/** One run; null while no function has picked the experiment up. */
export function watchRun(db: Firestore, id: string, onValue: OnValue<Run | null>, onError: OnError): Unsubscribe {
  return watchDocument(collection(db, "runs"), id, (data) => toRun(id, data), onValue, onError);
}

/** What the user asked for; null when there is no such experiment. */
export function watchRequest(
  db: Firestore,
  id: string,
  onValue: OnValue<Request | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(collection(db, "experiments"), id, (data) => toRequest(id, data), onValue, onError);
}

/** One record per finished epoch; null before the first. */
export function watchHistory(
  db: Firestore,
  id: string,
  onValue: OnValue<EpochRecord[] | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(details(db, id), "history", toHistory, onValue, onError);
}

export function watchEvaluation(
  db: Firestore,
  id: string,
  onValue: OnValue<Evaluation | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(details(db, id), "evaluation", toEvaluation, onValue, onError);
}

export function watchCode(
  db: Firestore,
  id: string,
  onValue: OnValue<SourceFile[] | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(details(db, id), "code", toSourceFiles, onValue, onError);
}

/** What the towers of a run are; null until it is prepared. */
export function watchShape(db: Firestore, id: string, onValue: OnValue<Shape | null>, onError: OnError): Unsubscribe {
  return watchDocument(details(db, id), "snapshot", toShape, onValue, onError);
}

export function watchSnapshot(
  db: Firestore,
  id: string,
  onValue: OnValue<SourceFile | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(details(db, id), "snapshot", toSnapshotFile, onValue, onError);
}

/**
 * Watches one document, as a query for its id. The Firestore emulator (Cloud SDK 528) tells a listener on an absent
 * document that it is absent *now*, even when it was created a moment ago; the SDK then ignores the creation as older
 * news. Queries do not suffer from it and cost the same. To be a plain document listener once the emulator is mended.
 */
function watchDocument<T>(
  folder: CollectionReference,
  id: string,
  read: (data: Fields) => T | null,
  onValue: OnValue<T | null>,
  onError: OnError,
): Unsubscribe {
  return onSnapshot(
    query(folder, where(documentId(), "==", id)),
    WITH_METADATA,
    (snapshot) => {
      const data = snapshot.docs[0]?.data();
      onValue(data === undefined ? null : read(data), !snapshot.metadata.fromCache);
    },
    (error) => onError(toFeedError(error)),
  );
}

function details(db: Firestore, id: string): CollectionReference {
  return collection(db, "runs", id, "details");
}
