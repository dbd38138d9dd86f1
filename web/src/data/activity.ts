/** Who and what moved a run, as it is stored. */
import { collection, type Firestore, limit, orderBy, query, type Unsubscribe } from "firebase/firestore";
import type { AuditEvent, Wish } from "../model/run/activity";
import type { Time } from "../model/run/run";
import { numberOrNull, text, timeOrNull } from "./fields";
import { type OnError, type OnValue, watchDocument, watchQuery } from "./watch";

const MOST_EVENTS = 500; // a run of three attempts has about 40

/** The audit events of a run, oldest first. */
export function watchEvents(db: Firestore, id: string, onValue: OnValue<AuditEvent[]>, onError: OnError): Unsubscribe {
  const events = query(collection(db, `runs/${id}/events`), orderBy("__name__"), limit(MOST_EVENTS));
  return watchQuery(
    events,
    (revision, data) => ({
      revision: Number(revision),
      from: text(data.from),
      to: text(data.to),
      at: timeOrNull(data.at),
      why: text(data.why),
      attempt: numberOrNull(data.attempt) ?? 1,
    }),
    onValue,
    onError,
  );
}

export function watchCancel(db: Firestore, id: string, onValue: OnValue<Wish | null>, onError: OnError): Unsubscribe {
  return watchWish(db, id, "cancel", onValue, onError);
}

export function watchDelete(db: Firestore, id: string, onValue: OnValue<Wish | null>, onError: OnError): Unsubscribe {
  return watchWish(db, id, "delete", onValue, onError);
}

function watchWish(
  db: Firestore,
  id: string,
  kind: Wish["kind"],
  onValue: OnValue<Wish | null>,
  onError: OnError,
): Unsubscribe {
  const read = (data: Record<string, unknown>) => ({ kind, owner: text(data.owner), at: timeOrNull(data.created_at) });
  return watchDocument(db, "commands", `${id}--${kind}`, read, onValue, onError);
}

export interface Asked {
  owner: string;
  createdAt: Time | null;
  updatedAt: Time | null;
}

/** Who asked for an experiment and when, and when its labels were changed last. */
export function watchAsked(db: Firestore, id: string, onValue: OnValue<Asked | null>, onError: OnError): Unsubscribe {
  const read = (data: Record<string, unknown>) => ({
    owner: text(data.owner),
    createdAt: timeOrNull(data.created_at),
    updatedAt: timeOrNull(data.updated_at),
  });
  return watchDocument(db, "experiments", id, read, onValue, onError);
}
