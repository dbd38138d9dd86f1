/**
 * Every experiment of a model endpoint: those that live as they are, those that ended out of the index (design
 * section 4), those that nobody has picked up yet out of their requests.
 *
 * The index holds 250 ended runs a document of about half a megabyte. The two newest documents are listened to, for
 * that is where runs end; the older ones are read once, in the background. What changes in those is small: labels come
 * from the requests that were changed last, the end of a run from the run itself, and deletions from the tombstones.
 */
import {
  type Firestore,
  getCountFromServer,
  getDocsFromServer,
  onSnapshot,
  type Query,
  type QuerySnapshot,
} from "firebase/firestore";
import type { Entry } from "../../model/list/entry";
import type { Group, Run } from "../../model/run/run";
import { toFeedError } from "../errors";
import { type Fields, fields, mapOf, plain } from "../fields";
import { type OnError, type OnValue, WITH_METADATA } from "../watch";
import { Known } from "./known";
import { allBlocks, anHourAgo, blocks, deletedRuns, latestRequests, liveRuns, tombstones } from "./queries";
import { PatientReads, pause } from "./reads";

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

const AT_ONCE = 2; // older documents of the index
const SLICE_MS = 8; // of reading entries, then the page has its turn
const BETWEEN_MS = 400; // what is read in the background is shown at most that often
const ESTIMATED = { serverTimestamps: "estimate" } as const;

export class IndexReader {
  private readonly known: Known;
  private readonly reads: PatientReads;
  private readonly stops: (() => void)[] = [];
  private stopNewest: (() => void) | null = null;
  private stopped = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private shownAt = 0;

  /** The number of the newest document of the index; null before it is known. */
  private top: number | null = null;
  /** Experiments whose run or request was read by its id. */
  private readonly asked = new Set<string>();
  private complete = false;
  /** Whether it was seen once that the server cannot be reached: then what is known is shown, be it nothing. */
  private unreachable = false;
  private readonly heard = { newest: false, live: false };
  private readonly fresh = { newest: false, live: false };

  constructor(
    private readonly db: Firestore,
    private readonly endpoint: string,
    private readonly onValue: OnValue<IndexState>,
    private readonly onError: OnError,
  ) {
    this.known = new Known(endpoint);
    this.reads = new PatientReads(
      () => this.onUnreachable(),
      (error) => this.fail(error),
    );
    this.listen(liveRuns(db, endpoint), (snapshot) => this.onLive(snapshot));
    this.listen(deletedRuns(db), (snapshot) => this.onDeleting(snapshot));
    this.listen(latestRequests(db), (snapshot) => this.onRequests(snapshot));
    this.listen(tombstones(db), (snapshot) => {
      for (const { id } of snapshot.docs) this.known.takeGone(id);
      this.show();
    });
    void this.begin();
  }

  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    clearTimeout(this.timer);
    this.reads.stop();
    this.stopNewest?.();
    for (const stop of this.stops) stop();
  }

  private fail(error: unknown): void {
    if (this.stopped) return;
    this.stop();
    this.onError(toFeedError(error));
  }

  private onUnreachable(): void {
    this.unreachable = true;
    this.show();
  }

  private listen(wanted: Query, onNext: (snapshot: QuerySnapshot) => void): void {
    this.stops.push(onSnapshot(wanted, WITH_METADATA, onNext, (error) => this.fail(error)));
  }

  private hear(what: "newest" | "live", { metadata, empty }: QuerySnapshot): void {
    this.fresh[what] = !metadata.fromCache;
    this.heard[what] ||= !metadata.fromCache;
    this.unreachable ||= metadata.fromCache && empty; // the SDK tells of nothing only when it has given up waiting
  }

  // ---------------------------------------------------------------------------------------------------- the index

  /** Documents of an index are never removed, so their count tells the newest, without reading one. */
  private async begin(): Promise<void> {
    const counted = await this.reads.read(() => getCountFromServer(allBlocks(this.db, this.endpoint)));
    if (counted === null || this.stopped) return;
    this.rise(Math.max(counted.data().count - 1, this.known.highest));
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
      blocks(this.db, this.endpoint, numbers),
      WITH_METADATA,
      (snapshot) => this.onNewest(snapshot),
      (error) => this.fail(error),
    );
    if (before !== null && this.top - 2 > before) void this.readOlder(this.top - 2, before + 1);
  }

  private onNewest(snapshot: QuerySnapshot): void {
    this.known.listensOnlyTo(new Set(snapshot.docs.map(({ id }) => id)));
    for (const change of snapshot.docChanges()) {
      if (change.type !== "removed") this.known.takeBlock(change.doc.id, textsOf(change.doc.data()));
    }
    this.hear("newest", snapshot);
    this.lookForWaiting();
    this.show();
  }

  /** From high to low, a few at a time, in slices: what people do meanwhile comes first. */
  private async readOlder(high: number, low: number): Promise<void> {
    for (let number = high; number >= low && !this.stopped; number -= AT_ONCE) {
      const numbers = Array.from({ length: AT_ONCE }, (_, i) => number - i).filter((each) => each >= low);
      const snapshot = await this.reads.read(() => getDocsFromServer(blocks(this.db, this.endpoint, numbers)));
      if (snapshot === null) return;
      for (const found of snapshot.docs) await this.takeInSlices(textsOf(found.data()));
      if (performance.now() - this.shownAt > BETWEEN_MS) this.show();
    }
  }

  private async takeInSlices(texts: ReadonlyMap<string, unknown>): Promise<void> {
    let begin = performance.now();
    for (const [id, text] of texts) {
      this.known.takeEntry(id, text);
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
        if (this.known.leave(doc.id)) void this.readEnd(doc.id);
        continue;
      }
      if (this.known.requestOf(doc.id) === null && !this.asked.has(doc.id)) unknown.push(doc.id);
      const block = this.known.takeLive(doc.id, doc.data());
      if (this.top !== null) this.rise(block);
    }
    this.hear("live", snapshot);
    void this.readRequests(unknown);
    this.lookForWaiting();
    this.show();
  }

  private async readEnd(id: string): Promise<void> {
    const [found] = await this.reads.byIds(this.db, "runs", [id]);
    this.known.takeEnd(id, found?.data);
    this.show();
  }

  private onDeleting(snapshot: QuerySnapshot): void {
    for (const { type, doc } of snapshot.docChanges()) {
      if (type === "removed") this.known.deletionOver(doc.id);
      else this.known.takeDeleting(doc.id, doc.data());
    }
    this.show();
  }

  private onRequests(snapshot: QuerySnapshot): void {
    const pending = snapshot.docs.filter(({ metadata }) => metadata.hasPendingWrites);
    this.known.takePending(new Map(pending.map((found) => [found.id, requestOf(found.data(ESTIMATED))])));
    for (const { type, doc } of snapshot.docChanges(WITH_METADATA)) {
      if (type !== "removed" && !doc.metadata.hasPendingWrites) this.known.takeRequest(doc.id, requestOf(doc.data()));
    }
    this.lookForWaiting();
    this.show();
  }

  /** Requests of live runs that were written long ago. */
  private async readRequests(ids: string[]): Promise<void> {
    if (ids.length === 0) return;
    for (const id of ids) this.asked.add(id);
    for (const { id, data } of await this.reads.byIds(this.db, "experiments", ids))
      this.known.takeRequest(id, requestOf(data));
    this.show();
  }

  /** Requests without a run, as far as they can be told by what is known. */
  private lookForWaiting(): void {
    if (!this.heard.newest || !this.heard.live) return;
    const recent = anHourAgo();
    const unknown = this.known
      .withoutRun()
      .filter(
        ([id, { created_at }]) => !this.asked.has(id) && (this.complete || Date.parse(String(created_at)) > recent),
      )
      .map(([id]) => id);
    void this.readUnknown(unknown);
  }

  private async readUnknown(ids: string[]): Promise<void> {
    if (ids.length === 0) return;
    for (const id of ids) this.asked.add(id);
    const runs = new Set((await this.reads.byIds(this.db, "runs", ids)).map(({ id }) => id));
    for (const id of ids) {
      if (!runs.has(id)) this.known.takeWaiting(id);
    }
    this.show();
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
    const { known, complete } = this;
    this.shownAt = performance.now();
    this.onValue(
      { entries: known.entries(), complete, runs: known.runs(), damaged: known.damaged },
      this.fresh.newest && this.fresh.live,
    );
  }
}

/** Without its notes, which may be long and which no list shows. */
function requestOf(data: Fields): Group {
  const { notes: _, ...rest } = data;
  return mapOf(rest, plain);
}

function textsOf(block: Fields): Map<string, unknown> {
  return new Map(Object.entries(fields(block.entries)));
}
