/** What of a run's data is looked at, as it stands in the address. */

import { experimentPath, withSearch } from "../common/routes";
import { byFeature, type DriftRow, isTold } from "./drift";
import { type Feature, KINDS, kindOf } from "./statistics";

export const PARTS = ["features", "drift", "schema", "anomalies", "vocabularies"] as const;
export type Part = (typeof PARTS)[number];

export type DataChoice = {
  /** Empty: `features`. */
  part: string;
  /** What a name must contain. */
  name: string;
  kind: string;
  /** `1`: only features that have drifted. */
  drifted: string;
  /** The feature, or the vocabulary, that is opened. */
  open: string;
};

export function chosenOf(search: string): DataChoice {
  const fields = new URLSearchParams(search);
  const of = (name: string) => fields.get(name) ?? "";
  const part = PARTS.find((each) => each === of("part"));
  return {
    part: part === undefined || part === "features" ? "" : part,
    name: of("name"),
    kind: KINDS.find((kind) => kind === of("kind")) ?? "",
    drifted: of("drifted") === "1" ? "1" : "",
    open: of("open"),
  };
}

/** The address of a part, with a feature or a vocabulary opened. */
export function dataPath(run: string, part: Part, open = ""): string {
  return withSearch(experimentPath(run, "data"), { part: part === "features" ? "" : part, open });
}

/** The features that were asked for; the one that is opened is always among them. */
export function filtered(
  features: readonly Feature[],
  drift: readonly DriftRow[],
  times: ReadonlySet<string>,
  { name, kind, drifted, open }: DataChoice,
): Feature[] {
  const wanted = name.trim().toLowerCase();
  const rows = byFeature(drift);
  return features.filter((feature) => {
    if (feature.name === open) return true;
    if (!feature.name.toLowerCase().includes(wanted)) return false;
    if (kind !== "" && kindOf(feature, times) !== kind) return false;
    return drifted === "" || [...(rows.get(feature.name)?.values() ?? [])].some(isTold);
  });
}
