import { collection, type Firestore, limit, query, type Unsubscribe } from "firebase/firestore";
import { type OnError, type OnValue, watchQuery } from "./watch";

const MOST = 200;

/** The model endpoints that were written down; experiments that name none belong to `default`, which needs no document. */
export function watchEndpoints(db: Firestore, onValue: OnValue<string[]>, onError: OnError): Unsubscribe {
  return watchQuery(query(collection(db, "model_endpoints"), limit(MOST)), (id) => id, onValue, onError);
}
