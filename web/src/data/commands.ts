import { doc, type Firestore, getDoc, serverTimestamp, setDoc } from "firebase/firestore";
import type { Group } from "../model/run/run";
import { toFeedError } from "./errors";

/** Asks for an experiment to be stopped or deleted. Its id makes a second request the same (design section 4). */
export function sendCommand(db: Firestore, kind: "cancel" | "delete", experiment: string, uid: string): Promise<void> {
  return writeOnce(db, "commands", `${experiment}--${kind}`, { experiment, kind }, uid);
}

/** Asks for an experiment. The page chose its id before, so that a second press is the same experiment. */
export function createExperiment(db: Firestore, id: string, request: Group, uid: string): Promise<void> {
  return writeOnce(db, "experiments", id, request, uid);
}

/** Writes a document that is never written again. */
export async function writeOnce(db: Firestore, folder: string, id: string, content: Group, uid: string): Promise<void> {
  const document = doc(db, folder, id);
  const author = { schema_version: 1, owner: uid, created_at: serverTimestamp(), updated_at: serverTimestamp() };
  try {
    await setDoc(document, { ...content, ...author });
  } catch (error) {
    // the rules refuse to write it again; what is there already is as good as written
    const written = toFeedError(error).kind === "permission" && (await getDoc(document)).exists();
    if (!written) throw error;
  }
}
