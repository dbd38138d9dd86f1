/** Live reads of read models (S7): `insights/{endpoint}`, `insights/{endpoint}__{protocol}` and their parts. */
import { collection, doc, type Firestore, getDoc, query, type Unsubscribe, where } from "firebase/firestore";
import type { Best, Figure, Freshness, GroupHead, LiftFigure, NamedFigure, Sample } from "../model/dashboard/insights";
import type { Kpi, Overview } from "../model/dashboard/kpis";
import type { Time, Verdict } from "../model/run/run";
import { type Fields, fields, isFields, listOf, numberOrNull, text, textOrNull, timeOrNull } from "./fields";
import { type OnError, type OnValue, watchDocument, watchQuery } from "./watch";

/** null while nothing has ended. */
export function watchOverview(
  db: Firestore,
  endpoint: string,
  onValue: OnValue<Overview | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, "insights", endpoint, toOverview, onValue, onError);
}

/** One for each protocol, the one with the most finished runs first. */
export function watchGroups(
  db: Firestore,
  endpoint: string,
  onValue: OnValue<GroupHead[]>,
  onError: OnError,
): Unsubscribe {
  const wanted = query(collection(db, "insights"), where("endpoint", "==", endpoint));
  const ofProtocols = (found: (GroupHead | null)[]) => found.filter((head): head is GroupHead => head !== null);
  return watchQuery(wanted, toGroup, (found, fresh) => onValue(ofProtocols(found).sort(byFinished), fresh), onError);
}

/** A part as what its JSON says, read by `read`; null while there is none. */
export function watchPart<T>(
  db: Firestore,
  insights: string,
  part: string,
  read: (json: unknown) => T,
  onValue: OnValue<T | null>,
  onError: OnError,
): Unsubscribe {
  const parsed = (data: Fields) => read(jsonOf(data));
  return watchDocument(db, `insights/${insights}/parts`, part, parsed, onValue, onError);
}

/** Several parts in their order, told of once all of them are known; those that are not there are left out. */
export function watchParts<T>(
  db: Firestore,
  insights: string,
  parts: readonly string[],
  read: (json: unknown) => T,
  onValue: OnValue<T[]>,
  onError: OnError,
): Unsubscribe {
  const known = new Map<string, { value: T | null; fresh: boolean }>();
  const stops = parts.map((part) =>
    watchPart(
      db,
      insights,
      part,
      read,
      (value, fresh) => {
        known.set(part, { value, fresh });
        if (known.size < parts.length) return;
        const pages = parts.flatMap((each) => known.get(each)?.value ?? []) as T[];
        onValue(
          pages,
          [...known.values()].every((page) => page.fresh),
        );
      },
      onError,
    ),
  );
  return () => {
    for (const stop of stops) stop();
  };
}

/** The same, once. */
export async function readPart(db: Firestore, insights: string, part: string): Promise<unknown> {
  const data = (await getDoc(doc(db, "insights", insights, "parts", part))).data();
  return data === undefined ? null : jsonOf(data);
}

function jsonOf(data: Fields): unknown {
  return JSON.parse(text(data.json) || "null");
}

function byFinished(a: GroupHead, b: GroupHead): number {
  return finished(b) - finished(a) || a.name.localeCompare(b.name) || a.protocol.localeCompare(b.protocol);
}

function finished({ samples }: GroupHead): number {
  return samples.reduce((sum, sample) => sum + sample.finished, 0);
}

// ------------------------------------------------------------------------------------------------------------- readers

function toOverview(data: Fields): Overview {
  return {
    ...toFreshness(data),
    ended: numberOrNull(data.runs) ?? 0,
    finished: numberOrNull(data.finished) ?? 0,
    failed: numberOrNull(data.failed) ?? 0,
    kpis: listOf(data.kpis, toKpi),
  };
}

function toKpi(data: Fields): Kpi {
  const spend = fields(data.spend);
  return {
    modelType: text(data.model_type),
    runs: numberOrNull(data.runs) ?? 0,
    finished: numberOrNull(data.finished) ?? 0,
    failed: numberOrNull(data.failed) ?? 0,
    cancelled: numberOrNull(data.cancelled) ?? 0,
    failedShare: numberOrNull(data.failed_share),
    medianMinutes: numberOrNull(data.median_minutes),
    spend: {
      month: text(spend.month),
      usd: numberOrNull(spend.usd),
      runs: numberOrNull(spend.runs) ?? 0,
      unpriced: numberOrNull(spend.unpriced) ?? 0,
    },
    best: listOf(data.best, (best) => ({
      ...toBest(best),
      protocol: text(best.protocol),
      protocolName: text(best.protocol_name),
      samplePercent: numberOrNull(best.sample_percent) ?? 100,
      metric: text(best.metric),
    })),
  };
}

function toGroup(id: string, data: Fields): GroupHead | null {
  const protocol = textOrNull(data.protocol);
  if (protocol === null) return null; // the overview
  return {
    ...toFreshness(data),
    id,
    protocol,
    family: text(data.family),
    name: text(data.name),
    metric: text(data.metric),
    samples: listOf(data.samples, toSample),
    parts: Array.isArray(data.stored_parts) ? data.stored_parts.map(text) : [],
  };
}

function toSample(data: Fields): Sample {
  return {
    samplePercent: numberOrNull(data.sample_percent) ?? 100,
    runs: numberOrNull(data.runs) ?? 0,
    finished: numberOrNull(data.finished) ?? 0,
    failed: numberOrNull(data.failed) ?? 0,
    best: isFields(data.best) ? toBest(data.best) : null,
    baseline: toNamedFigure(data.baseline),
  };
}

function toBest(data: Fields): Best {
  return {
    experiment: text(data.experiment),
    number: numberOrNull(data.number),
    name: text(data.name),
    ...toFigure(data),
    lift: toLiftFigure(data.lift),
  };
}

function toFreshness(data: Fields): Freshness {
  return {
    computedAt: momentOrNull(data.computed_at),
    runs: numberOrNull(fields(data.inputs).count),
    stale: data.stale === true,
  };
}

/** Times of read models are ISO texts, since their parts are JSON. */
export function momentOrNull(value: unknown): Time | null {
  if (typeof value !== "string") return timeOrNull(value);
  const millis = Date.parse(value);
  return Number.isNaN(millis) ? null : millis;
}

export function toFigure(value: unknown): Figure {
  const data = fields(value);
  return { value: numberOrNull(data.value), low: numberOrNull(data.low), high: numberOrNull(data.high) };
}

export function toNamedFigure(value: unknown): NamedFigure | null {
  return isFields(value) ? { name: text(value.name), ...toFigure(value) } : null;
}

export function toLiftFigure(value: unknown): LiftFigure | null {
  if (!isFields(value)) return null;
  const told = text(value.verdict).replaceAll("_", " ");
  const verdict = (["better", "worse", "cannot tell"] as const).find((known): known is Verdict => known === told);
  return { baseline: text(value.baseline), ...toFigure(value), verdict: verdict ?? null };
}
