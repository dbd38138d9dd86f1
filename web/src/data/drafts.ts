/** Drafts of documents, and what the service says about them. */
import {
  deleteDoc,
  doc,
  type Firestore,
  getDoc,
  serverTimestamp,
  setDoc,
  type Unsubscribe,
  updateDoc,
} from "firebase/firestore";
import { newUlid } from "../model/common/ids";
import { DRAFT_KINDS, type Draft, type DraftReport } from "../model/configs/draft";
import type { Group, Time } from "../model/run/run";
import { type Fields, listOf, mapOf, numberOrNull, oneOf, plain, toProblem } from "./fields";
import { type OnError, type OnValue, watchDocument } from "./watch";

const FOLDER = "drafts";

export function newDraftId(now: Time): string {
  return `draft-${newUlid(now)}`;
}

/** Stores what a form holds now; `edit` counts what the form has written, so that its report can be told apart. */
export async function writeDraft(db: Firestore, id: string, draft: Draft, edit: number, uid: string): Promise<void> {
  const reference = doc(db, FOLDER, id);
  const written = {
    kind: draft.kind,
    edit,
    document: draft.document,
    content: draft.content,
    feature_config: draft.featureConfig,
    look: draft.look,
    updated_at: serverTimestamp(),
  };
  const create = () => setDoc(reference, { ...written, schema_version: 1, owner: uid, created_at: serverTimestamp() });
  const update = () => updateDoc(reference, written);
  if (edit === 1) return create();
  try {
    await update();
  } catch {
    // a draft is swept a day after it was written last: whoever comes back to the form begins another, and the edit
    // after this one may have begun it already
    if ((await getDoc(reference)).exists()) await update();
    else await create().catch(update);
  }
}

/** Forgets a draft; one that cannot be deleted now is swept later. */
export function deleteDraft(db: Firestore, id: string): Promise<void> {
  return deleteDoc(doc(db, FOLDER, id));
}

/** What the service says about a draft; null until it has said something. A report that is being made is what it was. */
export function watchDraftReport(
  db: Firestore,
  id: string,
  onValue: OnValue<DraftReport | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, "reports", `drafts__${id}`, toDraftReport, onValue, onError);
}

/** A larger piece of a report by its name, e.g. `code`, `preview`, `catalogue`; null while there is none. */
export function watchDraftPart(
  db: Firestore,
  id: string,
  part: string,
  onValue: OnValue<Group | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, `reports/drafts__${id}/parts`, part, toGroup, onValue, onError);
}

const OWN = new Set(["schema_version", "collection", "id", "kind", "edit", "valid", "problems", "state", "lease"]);

function toDraftReport(data: Fields): DraftReport | null {
  if (data.state !== "ready") return null;
  const rest = Object.entries(data).filter(([name]) => !OWN.has(name));
  return {
    kind: oneOf(DRAFT_KINDS, data.kind, "experiment"),
    edit: numberOrNull(data.edit) ?? 0,
    valid: data.valid === true,
    problems: listOf(data.problems, toProblem),
    fields: toGroup(Object.fromEntries(rest)),
  };
}

function toGroup(data: Fields): Group {
  return mapOf(data, plain);
}
