/** Addresses of the page: every view has one, so that it can be sent to a colleague. */

export const TABS = ["overview", "pipeline", "data", "training", "code", "activity"] as const;
export type Tab = (typeof TABS)[number];

export const CONFIG_KINDS = ["datasets", "feature_configs", "model_configs"] as const;
export type ConfigKind = (typeof CONFIG_KINDS)[number];
const CONFIG_MODES = ["show", "edit", "versions", "compare"] as const;
type ConfigMode = (typeof CONFIG_MODES)[number];

/** `search` begins with `?`, or is empty: what each view keeps there is its own affair. */
export type Route = { search: string } & (
  | { view: "list" }
  | { view: "new" }
  | { view: "dashboard" }
  | { view: "settings" }
  | { view: "coverage" }
  | { view: "unknown" }
  | { view: "experiment"; id: string; tab: Tab; file: string | null }
  /** `id` of a saved comparison; null: the experiments are in the search. */
  | { view: "compare"; id: string | null }
  /** `id` null: all of a kind; `new` is no id, for ids have three characters and more, and it is taken. */
  | { view: "configs"; kind: ConfigKind; id: string | null; mode: ConfigMode }
  | { view: "new-config"; kind: ConfigKind }
);

const FOLDERS: Record<string, ConfigKind> = {
  datasets: "datasets",
  features: "feature_configs",
  models: "model_configs",
};

export function parseRoute(path: string, search = ""): Route {
  const [first, ...rest] = path.split("/").filter(Boolean).map(decoded);
  const [second, third, fourth] = rest;
  const unknown: Route = { view: "unknown", search };
  if (rest.length > 3) return unknown;
  switch (first) {
    case undefined:
      return { view: "list", search };
    case "experiments":
      return second === undefined ? { view: "list", search } : experimentRoute(second, third, fourth, search);
    case "new":
      return second === undefined ? { view: "new", search } : unknown;
    case "dashboard":
      return second === undefined ? { view: "dashboard", search } : unknown;
    case "settings":
      return second === undefined ? { view: "settings", search } : unknown;
    case "compare":
      return third === undefined ? { view: "compare", id: second ?? null, search } : unknown;
    case "configs":
      return configRoute(second, third, fourth, search);
    default:
      return unknown;
  }
}

function experimentRoute(id: string, tab: string | undefined, file: string | undefined, search: string): Route {
  if (tab === "clone" && file === undefined) return { view: "new", search: `?parent=${encodeURIComponent(id)}` };
  const known = tab === undefined ? "overview" : TABS.find((each) => each === tab);
  if (known === undefined || (file !== undefined && known !== "code")) return { view: "unknown", search };
  return { view: "experiment", id, tab: known, file: file ?? null, search };
}

function configRoute(folder = "datasets", id: string | undefined, mode: string | undefined, search: string): Route {
  if (folder === "coverage") return id === undefined ? { view: "coverage", search } : { view: "unknown", search };
  const kind = FOLDERS[folder];
  const shown = mode === undefined ? "show" : CONFIG_MODES.find((each) => each === mode);
  if (kind === undefined || shown === undefined) return { view: "unknown", search };
  if (id === "new") return mode === undefined ? { view: "new-config", kind, search } : { view: "unknown", search };
  return { view: "configs", kind, id: id ?? null, mode: shown, search };
}

/** What a view is about: the tabs of one experiment share it. */
export function subject(route: Route): string {
  switch (route.view) {
    case "experiment":
      return `experiment ${route.id}`;
    case "new":
      return `new ${newSource(route.search)}`;
    case "compare":
      return `compare ${route.id ?? new URLSearchParams(route.search).get("ids")}`;
    case "configs":
      return `config ${route.kind} ${route.id} ${route.mode}`;
    case "new-config":
      return `new config ${route.kind}`;
    default:
      return route.view;
  }
}

export function experimentPath(id: string, tab: Tab = "overview"): string {
  return `/experiments/${encodeURIComponent(id)}${tab === "overview" ? "" : `/${tab}`}`;
}

export function codePath(id: string, file?: string): string {
  return `${experimentPath(id, "code")}${file === undefined ? "" : `/${encodeURIComponent(file)}`}`;
}

/** The wizard, with fields of a request filled in; `parent` clones an experiment. */
export function newPath(fields: Record<string, string> = {}): string {
  return withSearch("/new", fields);
}

/** What the wizard starts from: its step and the endpoint may change without beginning anew. */
export function newSource(search: string): string {
  const asked = new URLSearchParams(search);
  asked.delete("step");
  asked.delete("endpoint");
  return asked.toString();
}

export function comparePath(experiments: readonly string[]): string {
  return `/compare?ids=${experiments.map(encodeURIComponent).join(",")}`;
}

export function configPath(kind: ConfigKind, id?: string, mode: ConfigMode = "show"): string {
  const folder = Object.keys(FOLDERS).find((name) => FOLDERS[name] === kind);
  const rest = id === undefined ? "" : `/${encodeURIComponent(id)}${mode === "show" ? "" : `/${mode}`}`;
  return `/configs/${folder}${rest}`;
}

export function newConfigPath(kind: ConfigKind, fields: Record<string, string> = {}): string {
  return withSearch(`${configPath(kind)}/new`, fields);
}

/** An address with a search; empty values are left out. */
export function withSearch(path: string, fields: Record<string, string>): string {
  const search = new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== "")).toString();
  return search === "" ? path : `${path}?${search}`;
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
