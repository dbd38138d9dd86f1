/** What the page asks of the index of experiments, and of the runs and requests beside it. */
import {
  collection,
  documentId,
  type Firestore,
  limit,
  orderBy,
  type Query,
  query,
  Timestamp,
  where,
} from "firebase/firestore";
import { LIVE_STATES } from "../../model/run/run";

const LATEST_REQUESTS = 100;
const HOUR_MS = 3_600_000;

export function liveRuns(db: Firestore, endpoint: string): Query {
  const mine = where("model_endpoint", "==", endpoint);
  return query(collection(db, "runs"), mine, where("state", "in", LIVE_STATES));
}

/** Of all endpoints: there are few, and another filter would need an index of its own. */
export function deletedRuns(db: Firestore): Query {
  return query(collection(db, "runs"), where("deletion.requested_at", ">", Timestamp.fromMillis(0)));
}

export function latestRequests(db: Firestore): Query {
  return query(collection(db, "experiments"), orderBy("updated_at", "desc"), limit(LATEST_REQUESTS));
}

export function tombstones(db: Firestore): Query {
  return query(collection(db, "tombstones"), where("deleted_at", ">", Timestamp.fromMillis(anHourAgo())));
}

/** Clocks differ, and what happened shortly before the page was opened may not be everywhere yet. */
export function anHourAgo(): number {
  return Date.now() - HOUR_MS;
}

/** Documents of the index, by their numbers. */
export function blocks(db: Firestore, endpoint: string, numbers: readonly number[]): Query {
  const names = numbers.map((number) => `${endpoint}__${number}`);
  return query(collection(db, "indexes"), where(documentId(), "in", names));
}

/** All of this endpoint: what follows the two lines is a number. */
export function allBlocks(db: Firestore, endpoint: string): Query {
  const [from, to] = [`${endpoint}__0`, `${endpoint}__:`];
  return query(collection(db, "indexes"), where(documentId(), ">=", from), where(documentId(), "<", to));
}

export function byIds(db: Firestore, folder: "runs" | "experiments", ids: readonly string[]): Query {
  return query(collection(db, folder), where(documentId(), "in", ids));
}
