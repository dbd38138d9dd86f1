/**
 * Every experiment of a model endpoint: those that live as they are, those that ended out of the index (design
 * section 4), those that nobody has picked up yet out of their requests.
 *
 * The index holds 250 ended runs a document of about half a megabyte. The two newest documents are listened to, for
 * that is where runs end; the older ones are read once, in the background. What changes in those is small: labels come
 * from the requests that were changed last, the end of a run from the run itself, and deletions from the tombstones.
 */
import {
  collection,
  documentId,
  type Firestore,
  getCountFromServer,
  getDocsFromServer,
  limit,
  onSnapshot,
  orderBy,
  type Query,
  type QuerySnapshot,
  query,
  Timestamp,
  where,
} from "firebase/firestore";
import { DEFAULT_ENDPOINT } from "../model/common/endpoints";
import { BLOCK, byNewest, type Entry } from "../model/list/entry";
import { entryOfRun, relabelled } from "../model/list/entry_of_run";
import { toEntry } from "../model/list/stored_entry";
import { type Group, RUN_STATES, type Run, TERMINAL } from "../model/run/run";
import { toFeedError } from "./errors";
import { type Fields, fields, mapOf, plain } from "./fields";
import { toRun } from "./read";
import type { OnError, OnValue } from "./watch";

export interface IndexState {
  /** Newest first: live ones, ended ones, and requests that nobody has picked up. */
  entries: readonly Entry[];
  /** Whether these are all; the older ones follow. */
  complete: boolean;
  /** Runs that live, or are being deleted, by experiment: what their entries do not say. */
  runs: ReadonlyMap<string, Run>;
  /** Entries that cannot be read. */
  damaged: number;
}

const KEPT_MS = 120_000; // after its last user has gone, so that going back to a list finds it
const shared = new Map<string, { reader: IndexReader; db: Firestore }>();

/** Several users of an endpoint share one reader. */
export function watchIndex(
  db: Firestore,
  endpoint: string,
  onValue: OnValue<IndexState>,
  onError: OnError,
): () => void {
  const known = shared.get(endpoint);
  const reader = known?.db === db ? known.reader : new IndexReader(db, endpoint, () => shared.delete(endpoint));
  shared.set(endpoint, { reader, db });
  const user: User = { onValue, onError };
  reader.join(user);
  return () => reader.leave(user);
}

interface User {
  onValue: OnValue<IndexState>;
  onError: OnError;
}

const LIVE = RUN_STATES.filter((state) => !TERMINAL.has(state) && state !== "unknown");
const LATEST_REQUESTS = 100;
const MOST_IDS = 30; // of one `in`
const AT_ONCE = 2; // older documents of the index
const SLICE_MS = 8; // of reading entries, then the page has its turn
const BETWEEN_MS = 400; // what is read in the background is shown at most that often
const AGAIN_MS = 3_000;
const HOUR_MS = 3_600_000;
const WITH_METADATA = { includeMetadataChanges: true };

class IndexReader {
  private readonly users = new Set<User>();
  private readonly stops: (() => void)[] = [];
  private stopNewest: (() => void) | null = null;
  private stopped = false;
  private leaving: ReturnType<typeof setTimeout> | undefined;
  private shown: { state: IndexState; fresh: boolean } | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private shownAt = 0;

  /** The number of the newest document of the index; null before it is known. */
  private top: number | null = null;
  /** Of the documents that are listened to: the text of each entry, so that only what changed is read. */
  private readonly texts = new Map<string, Map<string, unknown>>();
  private readonly damaged = new Set<string>();
  private readonly ended = new Map<string, Entry>();
  private sorted: Entry[] | null = null;

  private readonly live = new Map<string, { document: Group; entry: Entry; run: Run }>();
  /** Runs that have just ended, as they were, until their entry is known. */
  private readonly ending = new Map<string, { entry: Entry; run: Run }>();
  private readonly deleting = new Map<string, Run>();
  private readonly gone = new Set<string>();
  private readonly requests = new Map<string, Group>();
  /** Changes of this browser that the server has not confirmed: it may yet refuse them. */
  private pending = new Map<string, Group>();
  private readonly asked = new Set<string>();
  /** Requests that have no run. */
  private readonly waiting = new Set<string>();

  private complete = false;
  /** Whether it was seen once that the server cannot be reached: then what is known is shown, be it nothing. */
  private unreachable = false;
  private readonly heard = { newest: false, live: false };
  private readonly fresh = { newest: false, live: false };

  constructor(
    private readonly db: Firestore,
    private readonly endpoint: string,
    private readonly onStop: () => void,
  ) {
    this.listen(this.liveRuns(), (snapshot) => this.onLive(snapshot));
    this.listen(this.deletedRuns(), (snapshot) => this.onDeleting(snapshot));
    this.listen(this.latestRequests(), (snapshot) => this.onRequests(snapshot));
    this.listen(this.tombstones(), (snapshot) => {
      for (const { id } of snapshot.docs) this.gone.add(id);
      this.show();
    });
    void this.begin();
  }

  join(user: User): void {
    clearTimeout(this.leaving);
    this.users.add(user);
    if (this.shown !== null) user.onValue(this.shown.state, this.shown.fresh);
  }

  leave(user: User): void {
    this.users.delete(user);
    if (this.users.size === 0 && !this.stopped) this.leaving = setTimeout(() => this.stop(), KEPT_MS);
  }

  private stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.stopNewest?.();
    for (const stop of this.stops) stop();
    this.onStop();
  }

  private fail(error: unknown): void {
    if (this.stopped) return;
    this.stop();
    for (const user of this.users) user.onError(toFeedError(error));
  }

  // ----------------------------------------------------------------------------------------------------- queries

  private liveRuns(): Query {
    const mine = where("model_endpoint", "==", this.endpoint);
    return query(collection(this.db, "runs"), mine, where("state", "in", LIVE));
  }

  /** Of all endpoints: there are few, and another filter would need an index of its own. */
  private deletedRuns(): Query {
    return query(collection(this.db, "runs"), where("deletion.requested_at", ">", Timestamp.fromMillis(0)));
  }

  private latestRequests(): Query {
    return query(collection(this.db, "experiments"), orderBy("updated_at", "desc"), limit(LATEST_REQUESTS));
  }

  private tombstones(): Query {
    const since = Timestamp.fromMillis(Date.now() - HOUR_MS); // clocks differ
    return query(collection(this.db, "tombstones"), where("deleted_at", ">", since));
  }

  private block(number: number): string {
    return `${this.endpoint}__${number}`;
  }

  private blocks(numbers: number[]): Query {
    const names = numbers.map((number) => this.block(number));
    return query(collection(this.db, "indexes"), where(documentId(), "in", names));
  }

  /** All of this endpoint: what follows the two lines is a number. */
  private allBlocks(): Query {
    const [from, to] = [`${this.endpoint}__0`, `${this.endpoint}__:`];
    return query(collection(this.db, "indexes"), where(documentId(), ">=", from), where(documentId(), "<", to));
  }

  private listen(wanted: Query, onNext: (snapshot: QuerySnapshot) => void): void {
    this.stops.push(onSnapshot(wanted, WITH_METADATA, onNext, (error) => this.fail(error)));
  }

  private hear(what: "newest" | "live", { metadata, empty }: QuerySnapshot): void {
    this.fresh[what] = !metadata.fromCache;
    this.heard[what] ||= !metadata.fromCache;
    this.unreachable ||= metadata.fromCache && empty; // the SDK tells of nothing only when it has given up waiting
  }

  /** A read that is tried again until the server is reached; null when it is of no use any more. */
  private async patiently<T>(read: () => Promise<T>): Promise<T | null> {
    while (!this.stopped) {
      try {
        return await read();
      } catch (error) {
        if (toFeedError(error).kind !== "connection") {
          this.fail(error);
          return null;
        }
        this.unreachable = true;
        this.show();
        await pause(AGAIN_MS);
      }
    }
    return null;
  }

  // ---------------------------------------------------------------------------------------------------- the index

  /** Documents of an index are never removed, so their count tells the newest, without reading one. */
  private async begin(): Promise<void> {
    const counted = await this.patiently(() => getCountFromServer(this.allBlocks()));
    if (counted === null || this.stopped) return;
    const numbers = [...this.live.values()].map(({ document }) => blockNumberOf(document));
    this.rise(Math.max(counted.data().count - 1, ...numbers));
    await this.readOlder((this.top ?? 0) - 2, 0);
    if (this.stopped) return;
    this.complete = true;
    this.lookForWaiting();
    this.show();
  }

  /** Listens to the newest documents from now on; a run of a higher number ends in a newer one. */
  private rise(top: number): void {
    if (this.stopped || (this.top !== null && top <= this.top)) return;
    const before = this.top;
    this.top = Math.max(top, 0);
    this.stopNewest?.();
    const numbers = this.top === 0 ? [0] : [this.top, this.top - 1];
    this.stopNewest = onSnapshot(
      this.blocks(numbers),
      WITH_METADATA,
      (snapshot) => this.onNewest(snapshot),
      (error) => this.fail(error),
    );
    if (before !== null && this.top - 2 > before) void this.readOlder(this.top - 2, before + 1);
  }

  private onNewest(snapshot: QuerySnapshot): void {
    const listened = new Set(snapshot.docs.map(({ id }) => id));
    for (const name of this.texts.keys()) {
      if (!listened.has(name)) this.texts.delete(name);
    }
    for (const change of snapshot.docChanges()) {
      if (change.type !== "removed") this.takeBlock(change.doc.id, textsOf(change.doc.data()));
    }
    this.hear("newest", snapshot);
    this.lookForWaiting();
    this.show();
  }

  private takeBlock(name: string, texts: Map<string, unknown>): void {
    const before = this.texts.get(name) ?? new Map<string, unknown>();
    for (const id of before.keys()) {
      if (!texts.has(id)) this.ended.delete(id);
    }
    for (const [id, text] of texts) {
      if (before.get(id) !== text) this.take(id, text);
    }
    this.texts.set(name, texts);
    this.sorted = null;
  }

  private take(id: string, text: unknown): void {
    const entry = toEntry(text);
    if (entry === null) {
      this.damaged.add(id);
      return;
    }
    this.damaged.delete(id);
    const request = this.requests.get(id);
    this.ended.set(id, request === undefined ? entry : relabelled(entry, request));
    this.ending.delete(id);
  }

  /** From high to low, a few at a time, in slices: what people do meanwhile comes first. */
  private async readOlder(high: number, low: number): Promise<void> {
    for (let number = high; number >= low && !this.stopped; number -= AT_ONCE) {
      const numbers = Array.from({ length: AT_ONCE }, (_, i) => number - i).filter((each) => each >= low);
      const snapshot = await this.patiently(() => getDocsFromServer(this.blocks(numbers)));
      if (snapshot === null) return;
      for (const found of snapshot.docs) await this.takeInSlices(textsOf(found.data()));
      this.sorted = null;
      if (performance.now() - this.shownAt > BETWEEN_MS) this.show();
    }
  }

  private async takeInSlices(texts: Map<string, unknown>): Promise<void> {
    let begin = performance.now();
    for (const [id, text] of texts) {
      this.take(id, text);
      if (performance.now() - begin > SLICE_MS) {
        await pause(0);
        begin = performance.now();
      }
    }
  }

  // ------------------------------------------------------------------------------------------------ runs, requests

  private onLive(snapshot: QuerySnapshot): void {
    const unknown: string[] = [];
    for (const { type, doc } of snapshot.docChanges()) {
      if (type === "removed") {
        this.onLeft(doc.id);
        continue;
      }
      const document = mapOf(doc.data(), plain);
      const request = this.requestOf(doc.id);
      if (request === null && !this.asked.has(doc.id)) unknown.push(doc.id);
      this.live.set(doc.id, { document, entry: entryOfRun(document, request), run: toRun(doc.id, doc.data()) });
      if (this.top !== null) this.rise(blockNumberOf(document));
    }
    this.hear("live", snapshot);
    void this.readRequests(unknown);
    this.lookForWaiting();
    this.show();
  }

  /** A run that lives no more has its entry in the index, which may be in a document that nobody listens to. */
  private onLeft(id: string): void {
    const known = this.live.get(id);
    this.live.delete(id);
    if (known === undefined || this.ended.has(id)) return;
    this.ending.set(id, known);
    void this.readEnded(id);
  }

  private async readEnded(id: string): Promise<void> {
    const [found] = await this.readAll("runs", [id]);
    const known = this.ending.delete(id);
    if (found === undefined || !known) return this.show(); // forgotten, or in the index by now
    this.ended.set(id, entryOfRun(mapOf(found.data, plain), this.requestOf(id)));
    this.sorted = null;
    this.show();
  }

  private onDeleting(snapshot: QuerySnapshot): void {
    for (const { type, doc } of snapshot.docChanges()) {
      if (type !== "removed") this.deleting.set(doc.id, toRun(doc.id, doc.data()));
      else if (this.deleting.delete(doc.id)) this.gone.add(doc.id);
    }
    this.show();
  }

  private onRequests(snapshot: QuerySnapshot): void {
    this.pending = new Map();
    for (const found of snapshot.docs) {
      if (found.metadata.hasPendingWrites) this.pending.set(found.id, requestOf(found.data(ESTIMATED)));
    }
    for (const { type, doc } of snapshot.docChanges(WITH_METADATA)) {
      if (type !== "removed" && !doc.metadata.hasPendingWrites) this.takeRequest(doc.id, requestOf(doc.data()));
    }
    this.lookForWaiting();
    this.show();
  }

  private takeRequest(id: string, request: Group): void {
    if ((request.model_endpoint ?? DEFAULT_ENDPOINT) !== this.endpoint) return;
    this.requests.set(id, request);
    const [ended, live] = [this.ended.get(id), this.live.get(id)];
    if (ended !== undefined && relabelled(ended, request) !== ended) {
      this.ended.set(id, relabelled(ended, request));
      this.sorted = null;
    }
    if (live !== undefined) this.live.set(id, { ...live, entry: entryOfRun(live.document, request) });
  }

  private requestOf(id: string): Group | null {
    return this.requests.get(id) ?? null;
  }

  /** Requests of live runs that were written long ago. */
  private async readRequests(ids: string[]): Promise<void> {
    if (ids.length === 0) return;
    for (const id of ids) this.asked.add(id);
    for (const { id, data } of await this.readAll("experiments", ids)) this.takeRequest(id, requestOf(data));
    this.show();
  }

  /** Requests without a run, as far as they can be told by what is known. */
  private lookForWaiting(): void {
    if (!this.heard.newest || !this.heard.live) return;
    const recent = Date.now() - HOUR_MS;
    const unknown = [...this.requests]
      .filter(([id]) => !this.asked.has(id) && !this.isKnown(id))
      .filter(([, request]) => this.complete || Date.parse(String(request.created_at)) > recent)
      .map(([id]) => id);
    void this.readUnknown(unknown);
  }

  private isKnown(id: string): boolean {
    return this.live.has(id) || this.ended.has(id) || this.ending.has(id) || this.gone.has(id);
  }

  private async readUnknown(ids: string[]): Promise<void> {
    if (ids.length === 0) return;
    for (const id of ids) this.asked.add(id);
    const runs = new Set((await this.readAll("runs", ids)).map(({ id }) => id));
    for (const id of ids) {
      if (!runs.has(id)) this.waiting.add(id);
    }
    this.show();
  }

  private async readAll(folder: string, ids: string[]): Promise<{ id: string; data: Fields }[]> {
    const found: { id: string; data: Fields }[] = [];
    for (let first = 0; first < ids.length; first += MOST_IDS) {
      const wanted = where(documentId(), "in", ids.slice(first, first + MOST_IDS));
      const snapshot = await this.patiently(() => getDocsFromServer(query(collection(this.db, folder), wanted)));
      for (const doc of snapshot?.docs ?? []) found.push({ id: doc.id, data: doc.data() });
    }
    return found;
  }

  // ------------------------------------------------------------------------------------------------------ showing

  /** Soon: what several listeners hear of one commit is shown at once. */
  private show(): void {
    if (this.stopped || this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.showNow();
    });
  }

  private showNow(): void {
    if (!(this.heard.newest && this.heard.live) && !this.unreachable) return;
    const fresh = this.fresh.newest && this.fresh.live;
    const state: IndexState = {
      entries: this.entries(),
      complete: this.complete,
      runs: new Map([...[...this.ending, ...this.live].map(([id, { run }]) => [id, run] as const), ...this.deleting]),
      damaged: this.damaged.size,
    };
    this.shown = { state, fresh };
    this.shownAt = performance.now();
    for (const user of [...this.users]) user.onValue(state, fresh);
  }

  private entries(): Entry[] {
    this.sorted ??= [...this.ended.values()].sort(byNewest);
    const others = [
      ...[...this.live.values(), ...this.ending.values()].map(({ entry }) => entry),
      ...this.withoutRuns(),
    ];
    const all = [...others.filter(({ experiment }) => !this.ended.has(experiment)), ...this.sorted];
    return all
      .filter(({ experiment }) => !this.gone.has(experiment))
      .map((entry) => {
        const request = this.pending.get(entry.experiment);
        return request === undefined ? entry : relabelled(entry, request);
      })
      .sort(byNewest);
  }

  /** Requests that nobody has picked up, also those that this browser is still sending. */
  private withoutRuns(): Entry[] {
    const sending = [...this.pending].filter(([id]) => !this.requests.has(id) && !this.isKnown(id));
    const waiting = [...this.waiting].map((id) => [id, this.requestOf(id) ?? {}] as const);
    return [...sending, ...waiting]
      .filter(([id, request]) => !this.live.has(id) && (request.model_endpoint ?? DEFAULT_ENDPOINT) === this.endpoint)
      .map(([id, request]) => entryOfRun(runDocumentOf(id, this.endpoint, request), request));
  }
}

function blockNumberOf(run: Group): number {
  return typeof run.number === "number" ? Math.floor(run.number / BLOCK) : 0;
}

const ESTIMATED = { serverTimestamps: "estimate" } as const;

/** Without its notes, which may be long and which no list shows. */
function requestOf(data: Fields): Group {
  const { notes: _, ...rest } = data;
  return mapOf(rest, plain);
}

function textsOf(block: Fields): Map<string, unknown> {
  return new Map(Object.entries(fields(block.entries)));
}

/** What the run of a request will begin as (shared/runs.py, `new_run`). */
function runDocumentOf(id: string, endpoint: string, request: Group): Group {
  const { owner = "", created_at = null, parent = null, origin = null } = request;
  return {
    ...{ experiment: id, model_endpoint: endpoint, state: "requested", owner, parent, origin },
    ...{ created_at, updated_at: created_at, names: { experiment: request.name ?? "" } },
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
