/** What is taken over from an experiment's request into one that is made from it (S5.12). */
import type { Group } from "../run/run";

const WRITTEN_ANEW = ["schema_version", "owner", "created_at", "updated_at", "starred", "notes", "parent", "origin"];

/** The request of a rerun: the parent's, which the service freezes as it froze the parent. */
export function rerunOf(parent: Group, parentId: string): Group {
  return { ...clonedOf(parent), parent: parentId, origin: "rerun" };
}

/** A parent's request as a clone begins: notes and stars are its own. */
export function clonedOf(parent: Group): Group {
  return Object.fromEntries(Object.entries(parent).filter(([key]) => !WRITTEN_ANEW.includes(key)));
}
