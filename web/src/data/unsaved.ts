/** Long texts that could not be saved yet, kept in this browser so that closing the page loses nothing. */
import type { Edit, TextName } from "../model/run/notes";

export function readUnsaved(id: string, field: TextName): Edit | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(id, field)) ?? "null");
    return isEdit(kept) ? kept : null;
  } catch {
    return null; // storage is off in this browser, or holds something else: then there is nothing kept
  }
}

/** null: it is saved, or given up. */
export function keepUnsaved(id: string, field: TextName, edit: Edit | null): void {
  try {
    if (edit === null) localStorage.removeItem(keyOf(id, field));
    else localStorage.setItem(keyOf(id, field), JSON.stringify(edit));
  } catch {
    // storage is full or off: the text is still in its field, which is where people look for it
  }
}

function keyOf(id: string, field: TextName): string {
  return `quicktest.unsaved.${id}.${field}`;
}

function isEdit(value: unknown): value is Edit {
  return typeof value === "object" && value !== null && "base" in value && "text" in value;
}
