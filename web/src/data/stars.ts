import { doc, type Firestore, serverTimestamp, updateDoc } from "firebase/firestore";

/** Gives an experiment a star, or takes it away; lists follow by themselves. */
export function setStarred(db: Firestore, experiment: string, starred: boolean): Promise<void> {
  return updateDoc(doc(db, "experiments", experiment), { starred, updated_at: serverTimestamp() });
}
