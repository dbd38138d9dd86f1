/** Views of the list: what is searched, in which order, how it looks. Each is an address; some have names. */
import { NEWEST, parseSort, type Sort, sortText } from "./listing";

export type Layout = "table" | "cards";

export interface View {
  query: string;
  sort: Sort;
  layout: Layout;
}

export interface SavedView extends View {
  name: string;
}

const PLAIN_VIEW: View = { query: "", sort: NEWEST, layout: "table" };

/** What everybody has. */
export const COMMON_VIEWS: readonly SavedView[] = [
  { ...PLAIN_VIEW, name: "All experiments" },
  {
    ...PLAIN_VIEW,
    name: "Live",
    query: "state in (requested, preparing, compiling, submitting, running, collecting, cancelling)",
    layout: "cards",
  },
  { ...PLAIN_VIEW, name: "Starred", query: "starred = true" },
  {
    ...PLAIN_VIEW,
    name: "Better than the best baseline",
    query: "verdict = better",
    sort: { by: "headline", reversed: false },
  },
  { ...PLAIN_VIEW, name: "Failed this week", query: "state = failed created >= -7d" },
];

export function viewOf(search: string): View {
  const fields = new URLSearchParams(search);
  return {
    query: fields.get("q") ?? "",
    sort: parseSort(fields.get("sort")),
    layout: fields.get("layout") === "cards" ? "cards" : "table",
  };
}

/** The fields of an address; empty ones are left out of it. */
export function fieldsOf({ query, sort, layout }: View): Record<string, string> {
  return { q: query.trim(), sort: sortText(sort), layout: layout === "table" ? "" : layout };
}

export function isSameView(a: View, b: View): boolean {
  return JSON.stringify(fieldsOf(a)) === JSON.stringify(fieldsOf(b));
}

const LONGEST_NAME = 60;
const MOST_VIEWS = 50;

/** Saved under a name; one of the same name is replaced. In the order of their names. */
export function withView(views: readonly SavedView[], name: string, view: View): SavedView[] {
  const saved = { name: name.trim().slice(0, LONGEST_NAME), ...view };
  if (saved.name === "") return [...views];
  return [...views.filter((each) => each.name !== saved.name), saved]
    .sort((a, b) => a.name.localeCompare(b.name))
    .slice(0, MOST_VIEWS);
}

/** What this browser remembers; what is none is left out. */
export function readViews(text: string | null): SavedView[] {
  const stored = parsed(text);
  return stored.flatMap((each) => {
    if (typeof each !== "object" || each === null) return [];
    const { name, search } = each as Record<string, unknown>;
    return typeof name === "string" && name !== "" && typeof search === "string" ? [{ name, ...viewOf(search) }] : [];
  });
}

export function writeViews(views: readonly SavedView[]): string {
  return JSON.stringify(views.map((view) => ({ name: view.name, search: `${new URLSearchParams(fieldsOf(view))}` })));
}

function parsed(text: string | null): unknown[] {
  try {
    const found: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(found) ? found : [];
  } catch (error) {
    if (error instanceof SyntaxError) return []; // somebody else wrote there
    throw error;
  }
}
