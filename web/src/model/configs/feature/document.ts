/** The document of a feature config (domain S3): the features and the crosses of its two towers, and their names. */
import { groups, textOf, texts, withField } from "../../common/values";
import type { Group } from "../../run/run";

export const TOWERS = ["query", "candidate"] as const;
export type Tower = (typeof TOWERS)[number];
export const KINDS = ["category", "number", "time", "history"] as const;
export type FeatureKind = (typeof KINDS)[number];

export interface Place {
  tower: Tower;
  index: number;
}

export function otherTower(tower: Tower): Tower {
  return tower === "query" ? "candidate" : "query";
}

export function featureName(feature: Group): string {
  return textOf(feature.name) || textOf(feature.column);
}

export function featureKind(feature: Group): FeatureKind {
  return KINDS.find((kind) => kind === feature.kind) ?? "category";
}

export function featuresOf(content: Group, tower: Tower): Group[] {
  return groups(content[`${tower}_features`]);
}

export function crossesOf(content: Group, tower: Tower): Group[] {
  return groups(content[`${tower}_crosses`]);
}

/** As reports write it: members by the alphabet, so that a × b is b × a (S3.8). */
export function crossName(cross: Group): string {
  return texts(cross.features).toSorted().join(" × ");
}

export function withFeatures(content: Group, tower: Tower, features: Group[]): Group {
  return { ...content, [`${tower}_features`]: features };
}

export function withCrosses(content: Group, tower: Tower, crosses: Group[]): Group {
  return withField(content, `${tower}_crosses`, crosses.length === 0 ? undefined : crosses);
}

export function isPrimary(feature: Group): boolean {
  return feature.is_primary_id === true;
}
