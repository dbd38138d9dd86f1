/**
 * What is known of an endpoint's experiments, put together: the entries of the index, the runs that live, those that
 * have just ended or are being deleted, and the requests of all of them.
 */
import { DEFAULT_ENDPOINT } from "../../model/common/endpoints";
import { BLOCK, byNewest, type Entry } from "../../model/list/entry";
import { entryOfRun, relabelled } from "../../model/list/entry_of_run";
import { toEntry } from "../../model/list/stored_entry";
import type { Group, Run } from "../../model/run/run";
import { type Fields, mapOf, plain } from "../fields";
import { toRun } from "../read";

interface LiveRun {
  document: Group;
  entry: Entry;
  run: Run;
}

export class Known {
  /** Of the documents that are listened to: the text of each entry, so that only what changed is read. */
  private readonly texts = new Map<string, ReadonlyMap<string, unknown>>();
  private readonly damagedEntries = new Set<string>();
  private readonly ended = new Map<string, Entry>();
  private sorted: Entry[] | null = null;

  private readonly live = new Map<string, LiveRun>();
  /** Runs that have just ended, as they were, until their entry is known. */
  private readonly ending = new Map<string, LiveRun>();
  private readonly deleting = new Map<string, Run>();
  private readonly gone = new Set<string>();
  private readonly requests = new Map<string, Group>();
  /** Changes of this browser that the server has not confirmed: it may yet refuse them. */
  private pending: ReadonlyMap<string, Group> = new Map();
  /** Requests that have no run. */
  private readonly waiting = new Set<string>();

  constructor(private readonly endpoint: string) {}

  // ---------------------------------------------------------------------------------------------------- the index

  takeBlock(name: string, texts: ReadonlyMap<string, unknown>): void {
    const before = this.texts.get(name) ?? new Map<string, unknown>();
    for (const id of before.keys()) {
      if (!texts.has(id)) this.ended.delete(id);
    }
    for (const [id, text] of texts) {
      if (before.get(id) !== text) this.takeEntry(id, text);
    }
    this.texts.set(name, texts);
    this.sorted = null;
  }

  /** Nobody listens to the other documents any more: their entries stay. */
  listensOnlyTo(names: ReadonlySet<string>): void {
    for (const name of this.texts.keys()) {
      if (!names.has(name)) this.texts.delete(name);
    }
  }

  takeEntry(id: string, text: unknown): void {
    const entry = toEntry(text);
    if (entry === null) {
      this.damagedEntries.add(id);
      return;
    }
    this.damagedEntries.delete(id);
    const request = this.requests.get(id);
    this.setEnded(id, request === undefined ? entry : relabelled(entry, request));
    this.ending.delete(id);
  }

  private setEnded(id: string, entry: Entry): void {
    this.ended.set(id, entry);
    this.sorted = null;
  }

  // --------------------------------------------------------------------------------------------------------- runs

  /** The number of the index's document that the run will end in. */
  takeLive(id: string, data: Fields): number {
    const document = mapOf(data, plain);
    this.live.set(id, { document, entry: entryOfRun(document, this.requestOf(id)), run: toRun(id, data) });
    return blockNumberOf(document);
  }

  /** A run lives no more; whether its end is still to be read, for its entry may be where nobody listens. */
  leave(id: string): boolean {
    const known = this.live.get(id);
    this.live.delete(id);
    if (known === undefined || this.ended.has(id)) return false;
    this.ending.set(id, known);
    return true;
  }

  /** `data` undefined: the run was forgotten. */
  takeEnd(id: string, data: Fields | undefined): void {
    const waited = this.ending.delete(id); // else it is in the index by now
    if (data !== undefined && waited) this.setEnded(id, entryOfRun(mapOf(data, plain), this.requestOf(id)));
  }

  takeDeleting(id: string, data: Fields): void {
    this.deleting.set(id, toRun(id, data));
  }

  deletionOver(id: string): void {
    if (this.deleting.delete(id)) this.gone.add(id);
  }

  takeGone(id: string): void {
    this.gone.add(id);
  }

  /** The highest number of a document of the index that a live run will end in; 0 without any. */
  get highest(): number {
    return Math.max(0, ...[...this.live.values()].map(({ document }) => blockNumberOf(document)));
  }

  // ----------------------------------------------------------------------------------------------------- requests

  takePending(pending: ReadonlyMap<string, Group>): void {
    this.pending = pending;
  }

  takeRequest(id: string, request: Group): void {
    if ((request.model_endpoint ?? DEFAULT_ENDPOINT) !== this.endpoint) return;
    this.requests.set(id, request);
    const [ended, live] = [this.ended.get(id), this.live.get(id)];
    if (ended !== undefined && relabelled(ended, request) !== ended) this.setEnded(id, relabelled(ended, request));
    if (live !== undefined) this.live.set(id, { ...live, entry: entryOfRun(live.document, request) });
  }

  takeWaiting(id: string): void {
    this.waiting.add(id);
  }

  requestOf(id: string): Group | null {
    return this.requests.get(id) ?? null;
  }

  /** Requests of which no run is known. */
  withoutRun(): [string, Group][] {
    return [...this.requests].filter(([id]) => !this.isKnown(id));
  }

  private isKnown(id: string): boolean {
    return this.live.has(id) || this.ended.has(id) || this.ending.has(id) || this.gone.has(id);
  }

  // ------------------------------------------------------------------------------------------------------ together

  get damaged(): number {
    return this.damagedEntries.size;
  }

  /** Runs that live, or are being deleted, by experiment. */
  runs(): Map<string, Run> {
    return new Map([...[...this.ending, ...this.live].map(([id, { run }]) => [id, run] as const), ...this.deleting]);
  }

  /** All experiments, newest first. */
  entries(): Entry[] {
    this.sorted ??= [...this.ended.values()].sort(byNewest);
    const others = [
      ...[...this.live.values(), ...this.ending.values()].map(({ entry }) => entry),
      ...this.notPickedUp(),
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
  private notPickedUp(): Entry[] {
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

/** What the run of a request will begin as (shared/runs.py, `new_run`). */
function runDocumentOf(id: string, endpoint: string, request: Group): Group {
  const { owner = "", created_at = null, parent = null, origin = null } = request;
  return {
    ...{ experiment: id, model_endpoint: endpoint, state: "requested", owner, parent, origin },
    ...{ created_at, updated_at: created_at, names: { experiment: request.name ?? "" } },
  };
}
