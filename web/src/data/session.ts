/** Who looks at the page. On the one-machine stack everybody is anonymous; elsewhere people sign in with Google. */
import {
  browserPopupRedirectResolver,
  GoogleAuthProvider,
  onAuthStateChanged,
  signInAnonymously,
  signInWithPopup,
  signOut,
  type Unsubscribe,
} from "firebase/auth";
import type { FeedError } from "../model/feed";
import type { Connection } from "./connect";
import { toFeedError } from "./errors";

export type Session =
  | { status: "checking" }
  | { status: "signed-out" }
  | { status: "signed-in"; uid: string; name: string }
  | { status: "failed"; error: FeedError };

export function watchSession(connection: Connection, onSession: (session: Session) => void): Unsubscribe {
  const fail = (error: unknown) => onSession({ status: "failed", error: toFeedError(error) });
  return onAuthStateChanged(
    connection.auth,
    (user) => {
      if (user !== null) onSession({ status: "signed-in", uid: user.uid, name: user.displayName ?? user.email ?? "" });
      else if (connection.local) signInAnonymously(connection.auth).catch(fail);
      else onSession({ status: "signed-out" });
    },
    fail,
  );
}

export async function signIn(connection: Connection): Promise<void> {
  await signInWithPopup(connection.auth, new GoogleAuthProvider(), browserPopupRedirectResolver);
}

export function leave(connection: Connection): Promise<void> {
  return signOut(connection.auth);
}
