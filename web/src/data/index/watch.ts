/** Several users of an endpoint's experiments share one reader, which stays for a while after the last has gone. */
import type { Firestore } from "firebase/firestore";
import type { OnError, OnValue } from "../watch";
import { IndexReader, type IndexState } from "./reader";

const KEPT_MS = 120_000; // so that going back to a list finds it
const shared = new Map<string, SharedIndex>();

export function watchIndex(
  db: Firestore,
  endpoint: string,
  onValue: OnValue<IndexState>,
  onError: OnError,
): () => void {
  const known = shared.get(endpoint);
  const index = known?.db === db ? known : new SharedIndex(db, endpoint);
  shared.set(endpoint, index);
  return index.join({ onValue, onError });
}

interface User {
  onValue: OnValue<IndexState>;
  onError: OnError;
}

class SharedIndex {
  private readonly users = new Set<User>();
  private readonly reader: IndexReader;
  private shown: { state: IndexState; fresh: boolean } | null = null;
  private leaving: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly db: Firestore,
    private readonly endpoint: string,
  ) {
    this.reader = new IndexReader(
      db,
      endpoint,
      (state, fresh) => {
        this.shown = { state, fresh };
        for (const user of [...this.users]) user.onValue(state, fresh);
      },
      (error) => {
        this.forget();
        for (const user of this.users) user.onError(error);
      },
    );
  }

  join(user: User): () => void {
    clearTimeout(this.leaving);
    this.users.add(user);
    if (this.shown !== null) user.onValue(this.shown.state, this.shown.fresh);
    return () => this.leave(user);
  }

  private leave(user: User): void {
    this.users.delete(user);
    if (this.users.size > 0) return;
    this.leaving = setTimeout(() => {
      this.reader.stop();
      this.forget();
    }, KEPT_MS);
  }

  private forget(): void {
    if (shared.get(this.endpoint) === this) shared.delete(this.endpoint);
  }
}
