import { initializeApp } from "firebase/app";
import {
  type Auth,
  browserLocalPersistence,
  connectAuthEmulator,
  indexedDBLocalPersistence,
  initializeAuth,
} from "firebase/auth";
import { connectFirestoreEmulator, type Firestore, getFirestore } from "firebase/firestore";
import type { Account, Config } from "./config";

export interface Connection {
  db: Firestore;
  auth: Auth;
  /** Whether this is the one-machine stack. */
  local: boolean;
  /** Its accounts; elsewhere there are none to choose from. */
  accounts: Account[];
}

export function connect(config: Config): Connection {
  const { projectId, apiKey, authDomain, emulators, accounts } = config;
  const app = initializeApp({ projectId, apiKey, authDomain });
  const auth = initializeAuth(app, { persistence: [indexedDBLocalPersistence, browserLocalPersistence] });
  const db = getFirestore(app);
  if (emulators !== null) {
    const [host, port] = hostAndPort(emulators.firestore);
    connectFirestoreEmulator(db, host, port);
    connectAuthEmulator(auth, `http://${emulators.auth}`, { disableWarnings: true });
  }
  return { db, auth, local: emulators !== null, accounts };
}

function hostAndPort(address: string): [string, number] {
  const at = address.lastIndexOf(":");
  return [address.slice(0, at), Number(address.slice(at + 1))];
}
