/**
 * What people say about an experiment: its name, description, tags, notes and star. Everything else of it stays as it was
 * asked for (S5.1). Several people may write at once, so a text is saved only over the one that it began from.
 */
import type { Time } from "./run";

export interface Described {
  name: string;
  description: string;
  tags: string[];
  notes: string;
  starred: boolean;
  createdAt: Time | null;
  updatedAt: Time | null;
}

const TEXTS = ["name", "description", "tags", "notes"] as const;
export type TextName = (typeof TEXTS)[number];
export type Changes = Partial<Pick<Described, TextName | "starred">>;

/** A text that is being written, and the one that it began from. */
export interface Edit {
  base: string;
  text: string;
}

/**
 * `unchanged`: there is nothing to save. `changed`: it may be saved. `conflict`: somebody else saved another text
 * meanwhile, and only the writer can say which of the two it is to be.
 */
export type Standing = "unchanged" | "changed" | "conflict";

export function standingOf(field: TextName, { base, text }: Edit, theirs: string): Standing {
  const [mine, before, now] = [text, base, theirs].map((each) => normal(field, each));
  if (mine === now) return "unchanged"; // also when both wrote the same
  return now === before ? "changed" : "conflict";
}

/** A field as it stands in a form. */
export function textOf(described: Described, field: TextName): string {
  return field === "tags" ? described.tags.join(", ") : described[field];
}

/** What a form's text is stored as. */
export function changeOf(field: TextName, text: string): Changes {
  return field === "tags" ? { tags: tagsOf(text) } : { [field]: normal(field, text) };
}

/** Words between commas or spaces, each once. */
export function tagsOf(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter(Boolean))];
}

/** Whether a field holds something else than it did: its change would be overwritten. */
export function isOther(before: Changes, now: Described): boolean {
  return Object.entries(before).some(([field, value]) => {
    const held = now[field as keyof Changes];
    return Array.isArray(value) ? value.join(",") !== (held as string[]).join(",") : value !== held;
  });
}

/** Text with its addresses apart, so that they can be links. */
export function linked(text: string): { text: string; url: boolean }[] {
  return text
    .split(/(https?:\/\/[^\s<>"')\]]*[^\s<>"')\].,;:!?])/)
    .map((part, i) => ({ text: part, url: i % 2 === 1 }))
    .filter((part) => part.text !== "");
}

function normal(field: TextName, text: string): string {
  return field === "tags" ? tagsOf(text).join(", ") : field === "notes" ? text.trimEnd() : text.trim();
}
