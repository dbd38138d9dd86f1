/** What the settings show and change: rules of endpoints, places, spending, dead letters, rebuilds. */
import {
  collection,
  deleteField,
  doc,
  type Firestore,
  limit,
  orderBy,
  query,
  serverTimestamp,
  type Unsubscribe,
  updateDoc,
  where,
} from "firebase/firestore";
import { DEFAULT_ENDPOINT } from "../model/common/endpoints";
import { type Group, LIVE_STATES, RUN_STATES } from "../model/run/run";
import type { DeadLetter, EndpointRules, Holder, Ledger, LiveRun, Rebuild } from "../model/settings/health";
import { writeOnce } from "./commands";
import { type Fields, fields, mapOf, numberOrNull, oneOf, text, textOrNull, timeOrNull } from "./fields";
import { type OnError, type OnValue, watchDocument, watchQuery } from "./watch";

const MOST_LIVE = 200;
export const MOST_LETTERS = 100;

/** Of all model endpoints. */
export function watchLive(db: Firestore, onValue: OnValue<LiveRun[]>, onError: OnError): Unsubscribe {
  return watchQuery(
    query(collection(db, "runs"), where("state", "in", LIVE_STATES), limit(MOST_LIVE)),
    toLiveRun,
    onValue,
    onError,
  );
}

/** null: nobody has written any, so the defaults hold. */
export function watchRules(
  db: Firestore,
  endpoint: string,
  onValue: OnValue<EndpointRules | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, "model_endpoints", endpoint, toRules, onValue, onError);
}

/** Administrators only. */
export function watchPlaces(db: Firestore, onValue: OnValue<Holder[] | null>, onError: OnError): Unsubscribe {
  return watchDocument(db, "quotas", "running", toHolders, onValue, onError);
}

/** Administrators only; `month` is like 2026-11, and null is a month without an ended attempt. */
export function watchLedger(
  db: Firestore,
  endpoint: string,
  month: string,
  onValue: OnValue<Ledger | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, "ledgers", `${endpoint}__${month}`, toLedger, onValue, onError);
}

/** Administrators only; the latest first. */
export function watchLetters(db: Firestore, onValue: OnValue<DeadLetter[]>, onError: OnError): Unsubscribe {
  const latest = query(collection(db, "dead_letters"), orderBy("last_at", "desc"), limit(MOST_LETTERS));
  return watchQuery(latest, toLetter, onValue, onError);
}

/** Whether a rebuild is asked for and not done. */
export function watchAsked(
  db: Firestore,
  endpoint: string,
  onValue: OnValue<true | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, "commands", rebuildId(endpoint), () => true as const, onValue, onError);
}

/** The last one, or the one that is under way. */
export function watchRebuild(
  db: Firestore,
  endpoint: string,
  onValue: OnValue<Rebuild | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, "rebuilds", endpoint, toRebuild, onValue, onError);
}

/** Has an endpoint's index and read models made anew; asked for twice it is the same wish. */
export function askRebuild(db: Firestore, endpoint: string, uid: string): Promise<void> {
  return writeOnce(db, "commands", rebuildId(endpoint), { model_endpoint: endpoint, kind: "rebuild" }, uid);
}

/** Writes an endpoint's rules; fields of `content` that are null are taken away. */
export async function saveRules(
  db: Firestore,
  endpoint: string,
  content: Group,
  { exists, uid }: { exists: boolean; uid: string },
): Promise<void> {
  if (!exists) {
    const written = Object.entries(content).filter(([, value]) => value !== null);
    return writeOnce(db, "model_endpoints", endpoint, Object.fromEntries(written), uid);
  }
  const changes = Object.entries(content).map(([name, value]) => [name, value === null ? deleteField() : value]);
  const reference = doc(db, "model_endpoints", endpoint);
  await updateDoc(reference, { ...Object.fromEntries(changes), updated_at: serverTimestamp() });
}

function rebuildId(endpoint: string): string {
  return `${endpoint}--rebuild`;
}

function toLiveRun(id: string, data: Fields): LiveRun {
  return {
    id,
    number: numberOrNull(data.number),
    name: text(fields(data.names).experiment),
    state: oneOf(RUN_STATES, data.state, "unknown"),
    endpoint: text(data.model_endpoint) || DEFAULT_ENDPOINT,
    createdAt: timeOrNull(data.created_at),
    enteredAt: timeOrNull(data.state_entered_at),
    updatedAt: timeOrNull(data.updated_at),
    unseenSince: timeOrNull(data.unseen_since),
    retryAt: timeOrNull(data.retry_at),
    reason: textOrNull(data.reason),
  };
}

function toRules(data: Fields): EndpointRules {
  return {
    name: text(data.name),
    description: text(data.description),
    maxRunning: numberOrNull(data.max_running),
    maxCostUsd: numberOrNull(data.max_cost_usd),
    monthlyBudgetUsd: numberOrNull(data.monthly_budget_usd),
  };
}

function toHolders(data: Fields): Holder[] {
  const holders = mapOf(data.holders, (place) => fields(place));
  return Object.entries(holders)
    .map(([experiment, place]) => ({ experiment, endpoint: text(place.endpoint), since: timeOrNull(place.since) }))
    .sort((a, b) => (a.since ?? 0) - (b.since ?? 0));
}

function toLedger(data: Fields): Ledger {
  return { spentUsd: numberOrNull(data.spent_usd) ?? 0, attempts: numberOrNull(data.attempts) ?? 0 };
}

function toLetter(id: string, data: Fields): DeadLetter {
  return {
    id,
    source: text(data.source),
    reason: text(data.reason),
    payload: text(data.payload),
    experiment: textOrNull(data.experiment),
    count: numberOrNull(data.count) ?? 1,
    firstAt: timeOrNull(data.created_at),
    lastAt: timeOrNull(data.last_at),
    drainedAt: timeOrNull(data.drained_at),
  };
}

function toRebuild(data: Fields): Rebuild {
  return {
    askedBy: text(data.asked_by),
    beganAt: timeOrNull(data.began_at),
    endedAt: timeOrNull(data.ended_at),
    runs: numberOrNull(data.runs) ?? 0,
    changed: numberOrNull(data.changed) ?? 0,
    protocols: numberOrNull(data.protocols) ?? 0,
    failed: Array.isArray(data.failed) ? data.failed.map(text) : [],
  };
}
