/**
 * Who looks at the page, and in which role. On the one-machine stack the browser is one of its accounts without being
 * asked; elsewhere people sign in with Google and are given a role by `quicktest grant`.
 */
import {
  browserPopupRedirectResolver,
  GoogleAuthProvider,
  onIdTokenChanged,
  signInWithEmailAndPassword,
  signInWithPopup,
  signOut,
  type Unsubscribe,
  type User,
} from "firebase/auth";
import type { FeedError } from "../model/common/feed";
import { ROLES, type Role } from "../model/common/roles";
import type { Connection } from "./connect";
import { toFeedError } from "./errors";
import { oneOf } from "./fields";

export type Session =
  | { status: "checking" }
  | { status: "signed-out" }
  | { status: "signed-in"; uid: string; name: string; role: Role }
  | { status: "no-role"; name: string }
  | { status: "failed"; error: FeedError };

/** Tells of every change of who is signed in, and of their role: tokens are renewed within the hour. */
export function watchSession(connection: Connection, onSession: (session: Session) => void): Unsubscribe {
  const fail = (error: unknown) => onSession({ status: "failed", error: toFeedError(error) });
  return onIdTokenChanged(
    connection.auth,
    (user) => {
      const stranger = user === null || user.isAnonymous; // older pages of the one-machine stack were anonymous
      if (stranger && connection.accounts.length > 0) enter(connection, rememberedRole()).catch(fail);
      else if (user === null) onSession({ status: "signed-out" });
      else toSession(user).then(onSession, fail);
    },
    fail,
  );
}

async function toSession(user: User): Promise<Session> {
  const name = user.displayName ?? user.email ?? "";
  const { claims } = await user.getIdTokenResult();
  const role = ROLES.find((known) => known === claims.role);
  return role === undefined ? { status: "no-role", name } : { status: "signed-in", uid: user.uid, name, role };
}

export async function signIn(connection: Connection): Promise<void> {
  await signInWithPopup(connection.auth, new GoogleAuthProvider(), browserPopupRedirectResolver);
}

export function leave(connection: Connection): Promise<void> {
  return signOut(connection.auth);
}

/** Asks for a new token, which holds a role that was given since the last one. */
export async function renew(connection: Connection): Promise<void> {
  await connection.auth.currentUser?.getIdToken(true);
}

const REMEMBERED = "quicktest.role"; // the session itself ends with the stack, whose accounts live in memory

function rememberedRole(): Role {
  return oneOf(ROLES, localStorage.getItem(REMEMBERED), "admin");
}

/** Becomes the account of a role of the one-machine stack. */
export async function enter(connection: Connection, role: Role): Promise<void> {
  const account = connection.accounts.find((known) => known.role === role);
  if (account === undefined) throw new Error(`This stack has no account in the role ${role}.`);
  await signInWithEmailAndPassword(connection.auth, account.email, account.password);
  localStorage.setItem(REMEMBERED, role);
}
