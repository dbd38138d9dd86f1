/** The files of a run: what was generated for it, what was frozen, and what was asked for. */

import { asYaml } from "../common/yaml";
import type { Group, Run, RunError, SourceFile, Value } from "./run";

/** Modules that were generated for the run, and what its code page calls them. */
const GENERATED = new Map([
  ["transform_module.py", "transform.py"],
  ["trainer_module.py", "trainer.py"],
]);
const NOT_ASKED = ["schema_version", "owner", "created_at", "updated_at", "notes", "starred", "parent", "origin"];
const FIRST = ["model_endpoint", "name", "description", "tags", "feature_config", "model_config", "split"];

/** The file of the code page that a failure points at; null for code that is not the run's own. */
export function fileOf(error: RunError): string | null {
  return GENERATED.get(error.file ?? "") ?? null;
}

/** The line that a file is opened at: the one of the address, else the one that the run failed in. */
export function lineOf(run: Run, file: string, search: string): number | null {
  const asked = Number(new URLSearchParams(search).get("line"));
  if (Number.isInteger(asked) && asked > 0) return asked;
  return run.error !== null && fileOf(run.error) === file ? run.error.line : null;
}

/** What was asked for, as `quicktest run -f` takes it. */
export function requestFile(request: Group): SourceFile {
  const asked = Object.entries(request)
    .filter(([key, value]) => !NOT_ASKED.includes(key) && value !== null && value !== "")
    .sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
  const document = Object.fromEntries(asked.map(([key, value]) => [key, kindFirst(value)]));
  return { name: "experiment.yaml", text: asYaml({ kind: "experiment", ...document }) };
}

/** A database keeps no order of keys, and the kind says what the others mean. */
function kindFirst(value: Value): Value {
  if (value === null || typeof value !== "object" || Array.isArray(value) || value.kind === undefined) return value;
  const { kind, ...rest } = value;
  return { kind, ...rest };
}

/** How a browser and other programs know a file. */
export function mediaType(name: string): string {
  return name.endsWith(".json") ? "application/json" : "text/plain";
}

function rank(key: string): number {
  const place = FIRST.indexOf(key);
  return place < 0 ? FIRST.length : place;
}
