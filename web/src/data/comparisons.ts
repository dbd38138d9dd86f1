/** Comparisons that people keep, and what the service says about them. */
import {
  collection,
  doc,
  documentId,
  type Firestore,
  limit,
  orderBy,
  query,
  serverTimestamp,
  type Unsubscribe,
  updateDoc,
  where,
} from "firebase/firestore";
import { canonical } from "../model/compare/asked";
import {
  type BaselineVerdict,
  CALLS,
  type Call,
  type Comparison,
  type ComparisonReport,
  type Heading,
  type MetricVerdict,
  type Pair,
  type SideRow,
} from "../model/compare/report";
import type { EpochRecord, Run } from "../model/run/run";
import { writeOnce } from "./commands";
import { watchHistory } from "./feeds";
import {
  type Fields,
  fields,
  listOf,
  mapOf,
  numberOrNull,
  numbersOf,
  oneOf,
  text,
  textOrNull,
  timeOrNull,
  toProblem,
} from "./fields";
import { toRun } from "./read";
import { type OnError, type OnValue, watchDocument, watchQuery } from "./watch";

const FOLDER = "comparisons";
const MOST_LISTED = 100;
const ID_DIGITS = 16;

/** The id of the comparison of these experiments by this metric: the same choice is the same document. */
export async function comparisonId(experiments: readonly string[], metric: string | null): Promise<string> {
  const bytes = new TextEncoder().encode(canonical(experiments, metric));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const digits = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `cmp-${digits.slice(0, ID_DIGITS)}`;
}

/** Asks for a comparison; one that is there already stays as it is. */
export function createComparison(
  db: Firestore,
  id: string,
  experiments: readonly string[],
  metric: string | null,
  uid: string,
): Promise<void> {
  return writeOnce(db, FOLDER, id, { experiments: [...experiments], metric, name: "", notes: "" }, uid);
}

/** Its name and its notes; without them it is asked for again, as it is. */
export function changeComparison(
  db: Firestore,
  id: string,
  changed: Partial<Pick<Comparison, "name" | "notes">> = {},
): Promise<void> {
  return updateDoc(doc(db, FOLDER, id), { ...changed, updated_at: serverTimestamp() });
}

export function watchComparison(
  db: Firestore,
  id: string,
  onValue: OnValue<Comparison | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, FOLDER, id, (data) => toComparison(id, data), onValue, onError);
}

/** Those that were changed last. */
export function watchComparisons(db: Firestore, onValue: OnValue<Comparison[]>, onError: OnError): Unsubscribe {
  const newest = query(collection(db, FOLDER), orderBy("updated_at", "desc"), limit(MOST_LISTED));
  return watchQuery(newest, toComparison, onValue, onError);
}

export function watchComparisonReport(
  db: Firestore,
  id: string,
  onValue: OnValue<ComparisonReport | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, "reports", `${FOLDER}__${id}`, toReport, onValue, onError);
}

/** Rows by page: a section is one, or several. */
export function watchComparisonRows(
  db: Firestore,
  id: string,
  onValue: OnValue<Record<string, SideRow[]>>,
  onError: OnError,
): Unsubscribe {
  return watchQuery(
    query(collection(db, `reports/${FOLDER}__${id}/parts`)),
    (name, data): [string, SideRow[]] => [name, listOf(data.rows, toRow)],
    (pages, fresh) => onValue(Object.fromEntries(pages), fresh),
    onError,
  );
}

/** Some runs, as they are; one that was deleted is not among them. */
export function watchRunsOf(
  db: Firestore,
  ids: readonly string[],
  onValue: OnValue<Run[]>,
  onError: OnError,
): Unsubscribe {
  return watchQuery(query(collection(db, "runs"), where(documentId(), "in", [...ids])), toRun, onValue, onError);
}

/** What some experiments are called now, by id: a run keeps the name that it began with. */
export function watchNamesOf(
  db: Firestore,
  ids: readonly string[],
  onValue: OnValue<ReadonlyMap<string, string>>,
  onError: OnError,
): Unsubscribe {
  return watchQuery(
    query(collection(db, "experiments"), where(documentId(), "in", [...ids])),
    (id, data) => [id, text(data.name)] as const,
    (names, fresh) => onValue(new Map(names), fresh),
    onError,
  );
}

/** The epochs of some runs, as they come. */
export function watchHistories(
  db: Firestore,
  ids: readonly string[],
  onValue: OnValue<ReadonlyMap<string, EpochRecord[]>>,
  onError: OnError,
): Unsubscribe {
  let found: ReadonlyMap<string, EpochRecord[]> = new Map();
  const stops = ids.map((id) =>
    watchHistory(
      db,
      id,
      (records, fresh) => {
        found = new Map(found).set(id, records ?? []);
        if (found.size === ids.length) onValue(found, fresh);
      },
      onError,
    ),
  );
  return () => {
    for (const stop of stops) stop();
  };
}

function toComparison(id: string, data: Fields): Comparison {
  return {
    id,
    owner: text(data.owner),
    experiments: texts(data.experiments),
    metric: textOrNull(data.metric),
    name: text(data.name),
    notes: text(data.notes),
    updatedAt: timeOrNull(data.updated_at),
  };
}

export function toReport(data: Fields): ComparisonReport {
  const losses = fields(data.losses);
  return {
    ready: data.state === "ready",
    sourceUpdatedAt: timeOrNull(data.source_updated_at),
    valid: data.valid === true,
    problems: listOf(data.problems, toProblem),
    computedAt: timeOrNull(data.computed_at),
    experiments: listOf(data.experiments, toHeading),
    verdicts: listOf(data.verdicts, toMetricVerdict),
    losses: { comparable: losses.comparable === true, reason: textOrNull(losses.reason) },
    features: listOf(data.features, (change) => ({
      tower: text(change.tower),
      feature: text(change.feature),
      change: text(change.change),
      widths: numbersOf(change.widths),
    })),
    sections: listOf(data.sections, (section) => ({
      name: text(section.name),
      rows: numberOrNull(section.rows) ?? 0,
      different: numberOrNull(section.different) ?? 0,
      pages: numberOrNull(section.pages) ?? 1,
    })),
  };
}

function toHeading(data: Fields): Heading {
  return {
    experiment: text(data.experiment),
    label: text(data.label),
    name: text(data.name),
    state: textOrNull(data.state),
    attempt: numberOrNull(data.attempt),
    modelType: textOrNull(data.model_type),
    samplePercent: numberOrNull(data.sample_percent) ?? 100,
    badges: texts(data.badges),
    protocols: mapOf(data.protocols, text),
    problem: textOrNull(data.problem),
  };
}

function toMetricVerdict(data: Fields): MetricVerdict {
  return {
    metric: text(data.metric),
    sentence: text(data.sentence),
    success: data.success === true,
    pairs: listOf(data.pairs, toPair),
    baselines: listOf(data.baselines, toBaselineVerdict),
  };
}

function toPair(data: Fields): Pair {
  return {
    one: numberOrNull(data.one) ?? 0,
    other: numberOrNull(data.other) ?? 0,
    verdict: toCall(data.verdict),
    sentence: text(data.sentence),
    reason: textOrNull(data.reason),
    difference: numberOrNull(data.difference),
    low: numberOrNull(data.low),
    high: numberOrNull(data.high),
    p: numberOrNull(data.p),
    n: numberOrNull(data.n),
    needed: numberOrNull(data.needed),
    margin: numberOrNull(data.margin),
    spread: numberOrNull(data.spread),
  };
}

function toBaselineVerdict(data: Fields): BaselineVerdict {
  return {
    run: numberOrNull(data.run) ?? 0,
    baseline: textOrNull(data.baseline),
    verdict: toCall(data.verdict),
    sentence: text(data.sentence),
    value: numberOrNull(data.value),
    low: numberOrNull(data.low),
    high: numberOrNull(data.high),
  };
}

/** Without a verdict there was nothing to compare. */
function toCall(value: unknown): Call {
  return oneOf(CALLS, value, "not_comparable");
}

export function toRow(data: Fields): SideRow {
  const values = Array.isArray(data.values)
    ? data.values.map((value) => (typeof value === "string" ? value : null))
    : [];
  return {
    name: text(data.name),
    values,
    same: data.same === true,
    metric: textOrNull(data.metric),
    population: textOrNull(data.population),
    lift: Array.isArray(data.lifts),
    stars: numbersOf(data.stars).filter((place) => place !== null),
    doubts: Array.isArray(data.doubts) ? data.doubts.map(textOrNull) : [],
  };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(text) : [];
}
