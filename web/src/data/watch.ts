/**
 * Live reads of one document, and of what a query finds. Each calls `onValue` with every version and returns the
 * unsubscribe function; `fresh` is false while the server cannot be reached: the value is then the last one known, or
 * empty.
 */
import {
  collection,
  documentId,
  type Firestore,
  onSnapshot,
  type Query,
  query,
  type Unsubscribe,
  where,
} from "firebase/firestore";
import type { FeedError } from "../model/common/feed";
import { toFeedError } from "./errors";
import type { Fields } from "./fields";

export type OnValue<T> = (value: T, fresh: boolean) => void;
export type OnError = (error: FeedError) => void;

export const WITH_METADATA = { includeMetadataChanges: true };

/**
 * Watches one document, as a query for its id. The Firestore emulator (Cloud SDK 528) tells a listener on an absent
 * document that it is absent *now*, even when it was created a moment ago; the SDK then ignores the creation as older
 * news. Queries do not suffer from it and cost the same. To be a plain document listener once the emulator is mended.
 */
export function watchDocument<T>(
  db: Firestore,
  folder: string,
  id: string,
  read: (data: Fields) => T | null,
  onValue: OnValue<T | null>,
  onError: OnError,
): Unsubscribe {
  const wanted = query(collection(db, folder), where(documentId(), "==", id));
  return watchQuery(
    wanted,
    (_, data) => read(data),
    (found, fresh) => onValue(found[0] ?? null, fresh),
    onError,
  );
}

/** Watches what a query finds, in its order. */
export function watchQuery<T>(
  wanted: Query,
  read: (id: string, data: Fields) => T,
  onValue: OnValue<T[]>,
  onError: OnError,
): Unsubscribe {
  return onSnapshot(
    wanted,
    WITH_METADATA,
    (snapshot) =>
      onValue(
        snapshot.docs.map((found) => read(found.id, found.data())),
        !snapshot.metadata.fromCache,
      ),
    (error) => onError(toFeedError(error)),
  );
}
