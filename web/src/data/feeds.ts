/**
 * Live reads. Each calls `onValue` with every version of what it watches and returns the unsubscribe function.
 * `fresh` is false while the server cannot be reached: the value is then the last one known, or empty.
 */
import {
  type CollectionReference,
  collection,
  doc,
  documentId,
  type Firestore,
  getDoc,
  limit,
  onSnapshot,
  orderBy,
  query,
  type Unsubscribe,
  where,
} from "firebase/firestore";
import type { Choice, Frozen } from "../model/clone";
import type { FeedError } from "../model/feed";
import type { EpochRecord, Evaluation, Request, Run, Shape, SourceFile, Tombstone } from "../model/run";
import { toFeedError } from "./errors";
import type { Fields } from "./fields";
import {
  toChoice,
  toEvaluation,
  toFrozen,
  toHistory,
  toRequest,
  toRun,
  toShape,
  toSnapshotFile,
  toSourceFiles,
  toTombstone,
} from "./read";

export type OnValue<T> = (value: T, fresh: boolean) => void;
export type OnError = (error: FeedError) => void;

const LIST_LENGTH = 100;
const MOST_CHOICES = 500;
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
  return watchDocument(collection(db, "tombstones"), id, (data) => toTombstone(id, data), onValue, onError);
}

/** The stored configs of a kind, by name. */
export function watchChoices(
  db: Firestore,
  kind: "feature_configs" | "model_configs",
  onValue: OnValue<Choice[]>,
  onError: OnError,
): Unsubscribe {
  return onSnapshot(
    query(collection(db, kind), limit(MOST_CHOICES)),
    WITH_METADATA,
    (snapshot) => {
      const choices = snapshot.docs.map((config) => toChoice(config.id, config.data()));
      onValue(
        choices.sort((a, b) => a.name.localeCompare(b.name)),
        !snapshot.metadata.fromCache,
      );
    },
    (error) => onError(toFeedError(error)),
  );
}

/** Of which time the configs are that a run was started with; null until it is prepared. */
export function watchFrozen(db: Firestore, id: string, onValue: OnValue<Frozen | null>, onError: OnError): Unsubscribe {
  return watchDocument(details(db, id), "snapshot", toFrozen, onValue, onError);
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
