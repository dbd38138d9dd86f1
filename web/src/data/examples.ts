/** Live reads of what the examples of a run are like: statistics, drift, schema, vocabularies (S7.3-S7.6, S6.18). */
import { collection, documentId, type Firestore, query, type Unsubscribe, where } from "firebase/firestore";
import type { DriftRow, Level } from "../model/data/drift";
import type { Anomaly, Domain, Schema, SchemaRow } from "../model/data/schema_table";
import {
  type Bins,
  type Feature,
  type Figures,
  NO_FIGURES,
  type Numbers,
  type Statistics,
} from "../model/data/statistics";
import type { Counted, Entry, OutOfVocabulary } from "../model/data/vocabulary";
import {
  type Fields,
  fields,
  isFields,
  listOf,
  mapOf,
  numberOrNull,
  numbersOf,
  oneOf,
  text,
  textOrNull,
} from "./fields";
import { type OnError, type OnValue, watchDocument, watchQuery } from "./watch";

/** null until all parts are there. */
export function watchStatistics(
  db: Firestore,
  run: string,
  onValue: OnValue<Statistics | null>,
  onError: OnError,
): Unsubscribe {
  return watchWhole(db, run, "statistics", toStatistics, onValue, onError);
}

export function watchDrift(
  db: Firestore,
  run: string,
  onValue: OnValue<DriftRow[] | null>,
  onError: OnError,
): Unsubscribe {
  return watchWhole(db, run, "drift", (_, rows) => rows.map(toDrift), onValue, onError);
}

export function watchSchema(
  db: Firestore,
  run: string,
  onValue: OnValue<Schema | null>,
  onError: OnError,
): Unsubscribe {
  return watchWhole(db, run, "schema", toSchema, onValue, onError);
}

/** null until the run has its result, which they are a part of. */
export function watchVocabularies(
  db: Firestore,
  run: string,
  onValue: OnValue<Entry[] | null>,
  onError: OnError,
): Unsubscribe {
  const read = (data: Fields) => listOf(data.vocabularies, toEntry).filter((entry): entry is Entry => entry !== null);
  return watchDocument(db, `runs/${run}/details`, "evaluation", read, onValue, onError);
}

/**
 * A document whose list `features` goes on in `name-2`, `name-3`, … (shared/insights/data/statistics.py, `in_parts`), in
 * one query: `-` sorts before `.`.
 */
function watchWhole<T>(
  db: Firestore,
  run: string,
  name: string,
  read: (first: Fields, features: Fields[]) => T,
  onValue: OnValue<T | null>,
  onError: OnError,
): Unsubscribe {
  const wanted = query(
    collection(db, `runs/${run}/details`),
    where(documentId(), ">=", name),
    where(documentId(), "<", `${name}.`),
  );
  const whole = (parts: { id: string; data: Fields }[]): T | null => {
    const ordered = parts.toSorted((a, b) => placeOf(a.id, name) - placeOf(b.id, name)).map(({ data }) => data);
    const [first] = ordered;
    if (first === undefined || ordered.length < (numberOrNull(first.parts) ?? 1)) return null;
    return read(
      first,
      ordered.flatMap(({ features }) => listOf(features, (feature) => feature)),
    );
  };
  return watchQuery(
    wanted,
    (id, data) => ({ id, data }),
    (parts, fresh) => onValue(whole(parts), fresh),
    onError,
  );
}

function placeOf(id: string, name: string): number {
  return id === name ? 1 : Number(id.slice(name.length + 1));
}

// ------------------------------------------------------------------------------------------------------------- readers

function toStatistics(first: Fields, features: Fields[]): Statistics {
  return {
    splits: listOf(first.splits, (split) => ({ name: text(split.name), rows: numberOrNull(split.rows) })),
    features: features.map(toFeature),
    leftOut: numberOrNull(first.left_out) ?? 0,
  };
}

function toFeature(data: Fields): Feature {
  return {
    name: text(data.name),
    type: text(data.type),
    list: data.list === true,
    splits: mapOf(data.splits, toFigures),
  };
}

function toFigures(value: unknown): Figures {
  if (!isFields(value)) return NO_FIGURES;
  const { length, numbers, texts } = value;
  return {
    missing: numberOrNull(value.missing),
    present: numberOrNull(value.present),
    values: numberOrNull(value.values),
    length: isFields(length)
      ? { min: numberOrNull(length.min), mean: numberOrNull(length.mean), max: numberOrNull(length.max) }
      : null,
    numbers: isFields(numbers) ? toNumbers(numbers) : null,
    texts: isFields(texts)
      ? {
          unique: numberOrNull(texts.unique),
          averageLength: numberOrNull(texts.average_length),
          top: listOf(texts.top, (top) => ({ ...toCounted(top), share: numberOrNull(top.share) })),
        }
      : null,
  };
}

function toNumbers(data: Fields): Numbers {
  return {
    zeros: numberOrNull(data.zeros),
    min: numberOrNull(data.min),
    median: numberOrNull(data.median),
    max: numberOrNull(data.max),
    mean: numberOrNull(data.mean),
    std: numberOrNull(data.std),
    nan: numberOrNull(data.nan),
    histogram: toBins(data.histogram),
    quantiles: toBins(data.quantiles),
  };
}

function toBins(value: unknown): Bins {
  const { lows, highs, counts } = fields(value);
  return { lows: numbersOf(lows), highs: numbersOf(highs), counts: numbersOf(counts) };
}

function toDrift(data: Fields): DriftRow {
  return {
    feature: text(data.feature),
    split: text(data.split),
    flag: textOrNull(data.flag),
    said: textOrNull(data.said),
    js: numberOrNull(data.js),
    lInfinity: numberOrNull(data.l_infinity),
    byChance: numberOrNull(data.by_chance),
    level: oneOf<Level>(["strong", "noticeable", "none", "unknown"], data.level, "unknown"),
    bySplit: data.by_split === true,
  };
}

function toSchema(first: Fields, features: Fields[]): Schema {
  return {
    features: features.map(toSchemaRow),
    anomalies: listOf(first.anomalies, toAnomaly),
    leftOut: numberOrNull(first.left_out) ?? 0,
  };
}

function toSchemaRow(data: Fields): SchemaRow {
  const { source, valency } = data;
  return {
    name: text(data.name),
    type: text(data.type),
    required: data.required === true,
    minFraction: numberOrNull(data.min_fraction),
    shape: Array.isArray(data.shape) ? wholesOf(data.shape) : null,
    valency: isFields(valency) ? { min: numberOrNull(valency.min), max: numberOrNull(valency.max) } : null,
    domain: isFields(data.domain) ? toDomain(data.domain) : null,
    source: isFields(source)
      ? {
          table: textOrNull(source.table),
          column: textOrNull(source.column),
          type: textOrNull(source.type),
          expression: textOrNull(source.expression),
        }
      : null,
    outputs: listOf(data.outputs, (output) => ({
      tower: text(output.tower),
      feature: text(output.feature),
      output: text(output.output),
      width: numberOrNull(output.width),
    })),
  };
}

function toDomain(data: Fields): Domain {
  return {
    values: Array.isArray(data.values) ? data.values.map(text) : null,
    count: numberOrNull(data.count),
    min: numberOrNull(data.min),
    max: numberOrNull(data.max),
    digits: data.digits === true,
  };
}

function toAnomaly(data: Fields): Anomaly {
  return { feature: text(data.feature), split: text(data.split), kind: text(data.kind), words: text(data.words) };
}

/** null for a kind that this page is too old to know. */
function toEntry(data: Fields): Entry | null {
  const [name, column] = [text(data.name), text(data.column)];
  const size = { buckets: numberOrNull(data.buckets), used: numberOrNull(data.used) };
  switch (data.kind) {
    case "vocabulary":
      return {
        ...{ kind: "vocabulary", name, column },
        distinct: numberOrNull(data.distinct),
        kept: numberOrNull(data.kept),
        cutBySize: numberOrNull(data.cut_by_size),
        cutByFrequency: numberOrNull(data.cut_by_frequency),
        outOfVocabulary: mapOf(data.out_of_vocabulary, toOutside),
        mostFrequent: listOf(data.most_frequent, toCounted),
        rarestKept: listOf(data.rarest_kept, toCounted),
        status: oneOf(["good", "fair", "poor"] as const, data.status, "good"),
        remedy: textOrNull(data.remedy),
      };
    case "hash":
      return {
        ...{ kind: "hash", name, column, ...size },
        distinct: numberOrNull(data.distinct),
        expectedCollisions: numberOrNull(data.expected_collisions),
        measuredCollisions: numberOrNull(data.measured_collisions),
      };
    case "bucket":
      return {
        ...{ kind: "bucket", name, column },
        ranges: numberOrNull(data.ranges),
        boundaries: wholesOf(data.boundaries),
        rows: wholesOf(data.rows),
        missingShare: numberOrNull(data.missing_share),
      };
    case "cross":
      return { kind: "cross", name, ...size };
    default:
      return null;
  }
}

function toOutside(value: unknown): OutOfVocabulary {
  const data = fields(value);
  return {
    rows: numberOrNull(data.rows),
    share: numberOrNull(data.share),
    missingShare: numberOrNull(data.missing_share),
  };
}

function toCounted(data: Fields): Counted {
  return { value: text(data.value), count: numberOrNull(data.count) };
}

function wholesOf(value: unknown): number[] {
  return numbersOf(value).filter((number): number is number => number !== null);
}
