/** Reads and writes of datasets, feature configs and model configs, with what the service says about them. */
import {
  collection,
  doc,
  type Firestore,
  limit,
  orderBy,
  query,
  runTransaction,
  serverTimestamp,
  type Unsubscribe,
  where,
} from "firebase/firestore";
import type { FeedError } from "../model/common/feed";
import type { ConfigKind } from "../model/common/routes";
import { type Config, type ConfigReport, newestFirst, type Version } from "../model/configs/configs";
import type { Group, Time } from "../model/run/run";
import { writeOnce } from "./commands";
import { toFeedError } from "./errors";
import { type Fields, fields, groupOrNull, listOf, numberOrNull, plain, text, timeOrNull, toProblem } from "./fields";
import { type OnError, type OnValue, watchDocument, watchQuery } from "./watch";

const MOST = 1_000; // configs of a kind: more than a team makes in years, and a bound on what a list costs
const MOST_VERSIONS = 200;
const OF_A_CLIENT = new Set(["schema_version", "owner", "created_at", "updated_at"]);
const OF_A_REPORT = new Set([
  ...["schema_version", "collection", "id", "state", "lease", "valid", "version", "problems", "digest"],
  ...["source_updated_at", "source_digest", "computed_at", "deletion"],
]);

export function watchConfigs(
  db: Firestore,
  kind: ConfigKind,
  onValue: OnValue<Config[]>,
  onError: OnError,
): Unsubscribe {
  return watchQuery(query(collection(db, kind), limit(MOST)), (id, data) => toConfig(kind, id, data), onValue, onError);
}

export function watchConfig(
  db: Firestore,
  kind: ConfigKind,
  id: string,
  onValue: OnValue<Config | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, kind, id, (data) => toConfig(kind, id, data), onValue, onError);
}

/** What the service says about all of a kind. */
export function watchReports(
  db: Firestore,
  kind: ConfigKind,
  onValue: OnValue<ConfigReport[]>,
  onError: OnError,
): Unsubscribe {
  const wanted = query(collection(db, "reports"), where("collection", "==", kind), limit(MOST));
  return watchQuery(wanted, (_, data) => toConfigReport(data), onValue, onError);
}

/** Null while the service has not looked at the document. */
export function watchReport(
  db: Firestore,
  kind: ConfigKind,
  id: string,
  onValue: OnValue<ConfigReport | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, "reports", `${kind}__${id}`, toConfigReport, onValue, onError);
}

/** A larger piece of a report by its name: `code`, `statistics`, `smart_defaults`; null while there is none. */
export function watchReportPart(
  db: Firestore,
  kind: ConfigKind,
  id: string,
  part: string,
  onValue: OnValue<Group | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, `reports/${kind}__${id}/parts`, part, groupOrNull, onValue, onError);
}

/** What the document was, newest first. */
export function watchVersions(
  db: Firestore,
  kind: ConfigKind,
  id: string,
  onValue: OnValue<Version[]>,
  onError: OnError,
): Unsubscribe {
  const newest = query(
    collection(db, `reports/${kind}__${id}/versions`),
    orderBy("version", "desc"),
    limit(MOST_VERSIONS),
  );
  return watchQuery(
    newest,
    (_, data) => toVersion(data),
    (found, fresh) => onValue(newestFirst(found), fresh),
    onError,
  );
}

/** What became of a save. `changed`: somebody else saved meanwhile; `taken`: a new document's id is another's. */
export type Saved =
  | { result: "saved" }
  | { result: "changed" | "taken" | "gone" }
  | { result: "failed"; error: FeedError };

/**
 * Stores a document as it is written. `base` is the time of the version that was edited, null for a new document: what
 * somebody else saved since then is never overwritten.
 */
export async function saveConfig(
  db: Firestore,
  kind: ConfigKind,
  id: string,
  content: Group,
  base: Time | null,
  uid: string,
): Promise<Saved> {
  const reference = doc(db, kind, id);
  try {
    return await runTransaction(db, async (transaction): Promise<Saved> => {
      const stored = (await transaction.get(reference)).data();
      if (stored === undefined && base !== null) return { result: "gone" };
      if (stored !== undefined && base === null) return { result: "taken" };
      if (stored !== undefined && timeOrNull(stored.updated_at) !== base) return { result: "changed" };
      const { owner = uid, created_at = serverTimestamp() } = stored ?? {};
      transaction.set(reference, { ...content, schema_version: 1, owner, created_at, updated_at: serverTimestamp() });
      return { result: "saved" };
    });
  } catch (error) {
    return { result: "failed", error: toFeedError(error) };
  }
}

export function toConfig(kind: ConfigKind, id: string, data: Fields): Config {
  const content = plain(Object.fromEntries(Object.entries(data).filter(([name]) => !OF_A_CLIENT.has(name))));
  return {
    kind,
    id,
    name: text(data.name) || id,
    description: text(data.description),
    owner: text(data.owner),
    createdAt: timeOrNull(data.created_at),
    updatedAt: timeOrNull(data.updated_at),
    content: groupOrNull(content) ?? {},
  };
}

function toConfigReport(data: Fields): ConfigReport {
  const rest = Object.fromEntries(Object.entries(data).filter(([name]) => !OF_A_REPORT.has(name)));
  const deletion = fields(data.deletion);
  return {
    id: text(data.id),
    ready: data.state === "ready",
    valid: data.valid === true,
    version: numberOrNull(data.version),
    problems: listOf(data.problems, toProblem),
    sourceUpdatedAt: timeOrNull(data.source_updated_at),
    computedAt: timeOrNull(data.computed_at),
    deletion: data.deletion === undefined || data.deletion === null ? null : toRefusal(deletion),
    fields: groupOrNull(rest) ?? {},
  };
}

function toRefusal(deletion: Fields): { refused: string; experiments: string[] } {
  const experiments = Array.isArray(deletion.experiments) ? deletion.experiments : [];
  return {
    refused: text(deletion.refused),
    experiments: experiments.filter((each) => typeof each === "string"),
  };
}

function toVersion(data: Fields): Version {
  const content = Object.entries(fields(data.content)).filter(([name]) => !OF_A_CLIENT.has(name));
  return {
    version: numberOrNull(data.version) ?? 0,
    savedAt: timeOrNull(data.saved_at),
    content: groupOrNull(Object.fromEntries(content)) ?? {},
  };
}

/** Asks for a config to be looked at again, or to be deleted: refused while an experiment refers to it (S1.36). */
export function sendConfigCommand(
  db: Firestore,
  kind: "refresh_report" | "delete_config",
  collectionOf: ConfigKind,
  document: string,
  uid: string,
): Promise<void> {
  const id = `${collectionOf}--${document}--${kind}`;
  return writeOnce(db, "commands", id, { collection: collectionOf, document, kind }, uid);
}

/** Whether a command still waits for the service. */
export function watchConfigCommand(
  db: Firestore,
  kind: "refresh_report" | "delete_config",
  collectionOf: ConfigKind,
  document: string,
  onValue: OnValue<boolean>,
  onError: OnError,
): Unsubscribe {
  const id = `${collectionOf}--${document}--${kind}`;
  return watchDocument(
    db,
    "commands",
    id,
    () => true,
    (found, fresh) => onValue(found !== null, fresh),
    onError,
  );
}
