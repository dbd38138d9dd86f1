/** Problems of a dataset's document, by the place of its form that shows them. */
import type { Problem } from "../../run/run";
import { findingsAt } from "../draft";

/** The problems that no field of the form shows. */
export function problemsElsewhere(problems: readonly Problem[]): Problem[] {
  return problems.filter(
    ({ path }) => path === "" || !SHOWN.some((place) => path === place || path.startsWith(`${place}.`)),
  );
}

const SHOWN = [
  "name",
  "description",
  "timezone",
  "max_bytes_billed",
  "tables",
  "primary",
  "joins",
  "roles",
  "filters",
  "history",
  "catalogue",
];

/** Problems of a section: those at its fields count, too. */
export function counted(problems: readonly Problem[], ...paths: string[]): number {
  return paths.flatMap((path) => findingsAt(problems, path)).filter(({ severity }) => severity === "error").length;
}
