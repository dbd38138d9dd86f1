/** Addresses of the page: every view has one, so that it can be sent to a colleague. */

export type Route =
  | { view: "list" }
  | { view: "experiment"; id: string }
  | { view: "code"; id: string; file: string | null }
  | { view: "clone"; id: string }
  | { view: "unknown" };

export function parseRoute(path: string): Route {
  const [first, id, tab, file, ...rest] = path.split("/").filter(Boolean).map(decoded);
  if (first === undefined) return { view: "list" };
  if (first !== "experiments" || rest.length > 0) return { view: "unknown" };
  if (id === undefined) return { view: "list" };
  if (tab === undefined) return { view: "experiment", id };
  if (tab === "code") return { view: "code", id, file: file ?? null };
  return tab === "clone" && file === undefined ? { view: "clone", id } : { view: "unknown" };
}

/** What a view is about: the tabs of one experiment share it. */
export function subject(route: Route): string {
  if (route.view === "clone") return `clone of ${route.id}`;
  return "id" in route ? `experiment ${route.id}` : route.view;
}

export function experimentPath(id: string): string {
  return `/experiments/${encodeURIComponent(id)}`;
}

export function codePath(id: string, file?: string): string {
  return `${experimentPath(id)}/code${file === undefined ? "" : `/${encodeURIComponent(file)}`}`;
}

export function clonePath(id: string): string {
  return `${experimentPath(id)}/clone`;
}

/** A link that text from a document may become: http and https only, never a script. */
export function safeUrl(text: string | null): string | null {
  return text !== null && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) ? text : null;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a lone percent sign: no document has such an id
  }
}
