/** What people say about an experiment: reads, and writes that never overwrite what somebody else saved meanwhile. */
import { doc, type Firestore, runTransaction, serverTimestamp, type Unsubscribe } from "firebase/firestore";
import { type Changes, type Described, isOther } from "../model/run/notes";
import { type Fields, text, timeOrNull } from "./fields";
import { type OnError, type OnValue, watchDocument } from "./watch";

const FOLDER = "experiments";

/** null when its request is not there. */
export function watchDescribed(
  db: Firestore,
  id: string,
  onValue: OnValue<Described | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, FOLDER, id, toDescribed, onValue, onError);
}

/** Saves `changes` if their fields still hold what they held `before`; else nothing, and gives what is there now. */
export function saveDescribed(db: Firestore, id: string, before: Changes, changes: Changes): Promise<Described | null> {
  const reference = doc(db, FOLDER, id);
  return runTransaction(db, async (transaction) => {
    const data = (await transaction.get(reference)).data();
    if (data === undefined) throw new Error("Its request is gone: the experiment was deleted.");
    const now = toDescribed(data);
    if (isOther(before, now)) return now;
    transaction.update(reference, { ...changes, updated_at: serverTimestamp() });
    return null;
  });
}

function toDescribed(data: Fields): Described {
  return {
    name: text(data.name),
    description: text(data.description),
    tags: Array.isArray(data.tags) ? data.tags.map(text) : [],
    notes: text(data.notes),
    starred: data.starred === true,
    createdAt: timeOrNull(data.created_at),
    updatedAt: timeOrNull(data.updated_at),
  };
}
