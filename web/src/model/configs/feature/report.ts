/** What the service says of a feature config: problems, and the widths of the towers' inputs. */
import { groups, list, numberOf, textOf } from "../../common/values";
import type { Group, Problem } from "../../run/run";
import type { Tower } from "./document";

const LISTED = /^(query|candidate)_(features|crosses)\.(\d+)/;

/**
 * Problems that were found in `about` at the places where `now` has the same features and crosses: between an edit and
 * the service's next word, what was moved keeps its problem and what was removed has none.
 */
export function problemsNow(problems: readonly Problem[], about: Group, now: Group): Problem[] {
  if (about === now) return [...problems];
  return problems.flatMap((problem) => {
    const found = LISTED.exec(problem.path);
    if (found === null) return [problem];
    const name = `${found[1]}_${found[2]}`;
    const item = list(about[name])[Number(found[3])];
    const place = list(now[name]).indexOf(item ?? null);
    if (place < 0) return [];
    return [{ ...problem, path: `${name}.${place}${problem.path.slice(found[0].length)}` }];
  });
}

export interface Width {
  feature: string;
  output: string;
  width: number;
  share: number;
}

/** The breakdown of a tower's input (S3.14). */
export function widthsOf(dimensions: Group, tower: Tower): Width[] {
  return groups(dimensions[tower]).map((row) => ({
    feature: textOf(row.feature),
    output: textOf(row.output),
    width: numberOf(row.width) ?? 0,
    share: numberOf(row.share) ?? 0,
  }));
}

export interface FeatureWidth {
  feature: string;
  width: number;
  share: number;
}

/** The same, summed by feature, in the order in which they enter the tower. */
export function byFeature(rows: readonly Width[]): FeatureWidth[] {
  const sums = new Map<string, FeatureWidth>();
  for (const { feature, width, share } of rows) {
    const before = sums.get(feature) ?? { feature, width: 0, share: 0 };
    sums.set(feature, { feature, width: before.width + width, share: before.share + share });
  }
  return [...sums.values()];
}
