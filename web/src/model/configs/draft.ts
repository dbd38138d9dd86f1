/**
 * A document that somebody is still writing, and what the service says about it (design section 8): a form writes what
 * it holds as a draft, and shows the report beside its fields. A draft is never used by a run.
 */
import type { Group, Problem } from "../run/run";

export const DRAFT_KINDS = ["dataset", "feature_config", "model_config", "experiment"] as const;
export type DraftKind = (typeof DRAFT_KINDS)[number];

/** A problem of the content; `path` is inside it, `feature_config.…` of what an experiment names. */
export type Finding = Problem;

export interface Draft {
  kind: DraftKind;
  /** The stored document that is being edited; null: it is new. */
  document: string | null;
  /** What would be stored, without who wrote it and when; it may be half finished. */
  content: Group;
  /** Of a model config: with whose features its parameters and its code are shown. */
  featureConfig: string | null;
  /** Of a dataset: whether the warehouse is asked for rows, too (funnel, preview). */
  look: boolean;
}

export interface DraftReport {
  kind: DraftKind;
  /** Which edit of the form it is about: edits are counted by whoever writes the draft. */
  edit: number;
  valid: boolean;
  problems: Finding[];
  /** What else there is to say, by kind (functions/*_draft.py); snake case as it is stored. */
  fields: Group;
}

/** The problems of a field and of what is inside it: `filters.rows.0` takes `filters.rows.0.values`, too. */
export function findingsAt(problems: readonly Finding[], path: string): Finding[] {
  return problems.filter((each) => each.path === path || each.path.startsWith(`${path}.`));
}

/** The first sentence to stand below a field as `severity`; null when there is none. */
export function sentenceAt(
  problems: readonly Finding[],
  path: string,
  severity: Finding["severity"],
  inside = false,
): string | null {
  const at = inside ? findingsAt(problems, path) : problems.filter((each) => each.path === path);
  const found = at.find((each) => each.severity === severity);
  return found === undefined ? null : `${found.problem} ${found.remedy}`.trim();
}

/** What stands against the content as a whole: problems that none of the fields in `paths` shows. */
export function findingsElsewhere(problems: readonly Finding[], paths: readonly string[]): Finding[] {
  return problems.filter((each) => !paths.some((path) => each.path === path || each.path.startsWith(`${path}.`)));
}

/** Whether two contents are the same for the service, whatever the order of their fields. */
export function sameContent(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** As text; fields that are undefined are not there. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each) => {
    if (typeof each !== "object" || each === null || Array.isArray(each)) return each;
    return Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}
