/** What a feature begins with when a column becomes one. */
import { limitsOf } from "../../common/schema";
import { isGroup, numberOf } from "../../common/values";
import type { Group } from "../../run/run";
import type { ColumnFacts } from "./columns";
import { type FeatureKind, featureName, featuresOf, isPrimary, type Tower } from "./document";

export function newFeature(content: Group, column: ColumnFacts, tower: Tower): Group {
  const proposed = column.suggested?.feature;
  if (proposed && column.suggested?.tower === tower) return proposed;
  const primary = column.role === (tower === "query" ? "customer_id" : "product_id");
  const made = freshFeature(content, column, primary ? "category" : column.kind);
  return primary ? { ...made, is_primary_id: true } : made;
}

/** A feature of a kind with one usual option, so that it can be used at once. */
export function freshFeature(content: Group, column: ColumnFacts, kind: FeatureKind): Group {
  const base = { column: column.name, kind };
  switch (kind) {
    case "category":
      return { ...base, vocabulary: { embedding_dim: usualWidth(column) } };
    case "number":
      return { ...base, scale: {} };
    case "time":
      return { ...base, cycles: ["day_of_week", "month"] };
    case "history":
      return { ...base, shared_with: partnerOf(content, column) };
  }
}

/** The recommended width, else the one that crosses begin with. */
export function usualWidth(column: ColumnFacts | null): number {
  return column?.recommendedWidth ?? numberOf(limitsOf("Cross", "embedding_dim").default) ?? 16;
}

/** Vocabularies whose table a history can share: the product's id first (S3.9). */
export function partners(content: Group): string[] {
  const towers = [featuresOf(content, "candidate"), featuresOf(content, "query")];
  const found = towers.flat().filter((feature) => feature.kind === "category" && isGroup(feature.vocabulary));
  return found
    .toSorted((a, b) => Number(b === towers[0]?.find(isPrimary)) - Number(a === towers[0]?.find(isPrimary)))
    .map(featureName);
}

/** A derived history of brands shares the vocabulary over brands; of others nothing is known, and most list products. */
function partnerOf(content: Group, { items }: ColumnFacts): string {
  const all = [...featuresOf(content, "candidate"), ...featuresOf(content, "query")];
  const same = all.filter(({ column }) => items !== null && column === items).map(featureName);
  const found = partners(content);
  return found.find((name) => same.includes(name)) ?? found[0] ?? "";
}
