/** How a form edits crosses of features (domain S3.8). */
import { texts } from "../../common/values";
import type { Group } from "../../run/run";
import { crossesOf, crossName, featureName, featuresOf, type Place, type Tower, withCrosses } from "./document";

/** The crosses that a feature is in. */
export function crossesWith(content: Group, { tower, index }: Place): string[] {
  const feature = featuresOf(content, tower)[index];
  return feature === undefined
    ? []
    : crossesOf(content, tower)
        .filter((each) => isMember(each, feature))
        .map(crossName);
}

export function isMember(cross: Group, feature: Group): boolean {
  return texts(cross.features).includes(featureName(feature));
}

export function addCross(content: Group, tower: Tower, members: readonly string[]): Group {
  return withCrosses(content, tower, [...crossesOf(content, tower), { features: [...members] }]);
}

export function changeCross(content: Group, { tower, index }: Place, cross: Group): Group {
  return withCrosses(
    content,
    tower,
    crossesOf(content, tower).map((each, i) => (i === index ? cross : each)),
  );
}

export function removeCross(content: Group, { tower, index }: Place): Group {
  return withCrosses(content, tower, crossesOf(content, tower).toSpliced(index, 1));
}

/** What may be in a cross: all but histories (S3.8). */
export function crossable(content: Group, tower: Tower): Group[] {
  return featuresOf(content, tower).filter((feature) => feature.kind !== "history");
}

/** Members of a cross that are cut into quantiles: numbers and times. */
export function quantileMembers(content: Group, tower: Tower, cross: Group): string[] {
  const cut = featuresOf(content, tower).filter(({ kind }) => kind === "number" || kind === "time");
  return texts(cross.features).filter((member) => cut.some((feature) => featureName(feature) === member));
}
