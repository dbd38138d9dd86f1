import { doc, type Firestore, getDoc, serverTimestamp, setDoc } from "firebase/firestore";
import { toFeedError } from "./errors";

/** Asks for an experiment to be stopped. Its id makes a second request the same request (design section 4). */
export async function requestCancel(db: Firestore, experiment: string, uid: string): Promise<void> {
  const command = doc(db, "commands", `${experiment}--cancel`);
  try {
    await setDoc(command, {
      schema_version: 1,
      owner: uid,
      created_at: serverTimestamp(),
      updated_at: serverTimestamp(),
      experiment,
      kind: "cancel",
    });
  } catch (error) {
    // commands are append-only, so a repeated request is refused; it is as good as accepted
    const asked = toFeedError(error).kind === "permission" && (await getDoc(command)).exists();
    if (!asked) throw error;
  }
}
