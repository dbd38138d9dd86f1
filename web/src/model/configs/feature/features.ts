/**
 * How a form edits features: columns become features of a tower, features are moved and changed. Each operation gives the
 * next document; widths are never computed here, the service says them (S3.13).
 */
import { texts, withField } from "../../common/values";
import type { Group } from "../../run/run";
import { freeName } from "../free_name";
import type { ColumnFacts } from "./columns";
import { isMember } from "./crosses";
import {
  crossesOf,
  featureName,
  featuresOf,
  isPrimary,
  type Place,
  TOWERS,
  type Tower,
  withCrosses,
  withFeatures,
} from "./document";
import { newFeature } from "./fresh";

/** With a column as a feature of a tower, at the end or at a place: as smart defaults would have it, where they do. */
export function addColumn(content: Group, column: ColumnFacts, tower: Tower, at?: number): Group {
  const features = featuresOf(content, tower);
  const made = newFeature(content, column, tower);
  const taken = features.map(featureName);
  const named = taken.includes(featureName(made))
    ? { ...made, name: freeName(column.name, (each) => taken.includes(each)) }
    : made;
  const kept = column.role === "customer_id" && tower === "query" ? withField(content, "query_id", undefined) : content;
  return withFeatures(kept, tower, features.toSpliced(at ?? features.length, 0, named));
}

export function changeFeature(content: Group, { tower, index }: Place, feature: Group): Group {
  const features = featuresOf(content, tower);
  const before = features[index];
  const changed = withFeatures(
    content,
    tower,
    features.map((each, i) => (i === index ? feature : each)),
  );
  if (before === undefined || featureName(before) === featureName(feature)) return changed;
  return renamed(changed, tower, featureName(before), featureName(feature));
}

/** Crosses and histories that name a feature follow it to its new name. */
function renamed(content: Group, tower: Tower, before: string, after: string): Group {
  const crosses = crossesOf(content, tower).map((cross) => ({
    ...cross,
    features: texts(cross.features).map((member) => (member === before ? after : member)),
  }));
  const follow = (feature: Group) => (feature.shared_with === before ? { ...feature, shared_with: after } : feature);
  return TOWERS.reduce(
    (next, each) => withFeatures(next, each, featuresOf(next, each).map(follow)),
    withCrosses(content, tower, crosses),
  );
}

/** Without a feature, and without the crosses that it was in. */
export function removeFeature(content: Group, { tower, index }: Place): Group {
  const features = featuresOf(content, tower);
  const gone = features[index];
  if (gone === undefined) return content;
  const rest = withFeatures(content, tower, features.toSpliced(index, 1));
  return withCrosses(
    rest,
    tower,
    crossesOf(content, tower).filter((cross) => !isMember(cross, gone)),
  );
}

/** To another place of its tower or of the other one; `to.index` counts places before the feature was taken away. */
export function moveFeature(content: Group, from: Place, to: Place): Group {
  const feature = featuresOf(content, from.tower)[from.index];
  if (feature === undefined) return content;
  if (from.tower === to.tower) {
    const rest = featuresOf(content, from.tower).toSpliced(from.index, 1);
    const place = Math.max(0, Math.min(rest.length, to.index > from.index ? to.index - 1 : to.index));
    return withFeatures(content, from.tower, rest.toSpliced(place, 0, feature));
  }
  const rest = removeFeature(content, from);
  const there = featuresOf(rest, to.tower);
  const taken = there.map(featureName);
  const { is_primary_id: _, ...plainFeature } = feature;
  const name = featureName(feature);
  const free = freeName(name, (each) => taken.includes(each));
  const moved = free === name ? plainFeature : { ...plainFeature, name: free };
  return withFeatures(rest, to.tower, there.toSpliced(Math.min(to.index, there.length), 0, moved));
}

/** Whether the query tower knows who the customer is (S3.3); without, the id's feature goes. */
export function setQueryId(content: Group, known: boolean, customer: ColumnFacts | undefined): Group {
  if (!known) {
    const place = featuresOf(content, "query").findIndex(isPrimary);
    const rest = place < 0 ? content : removeFeature(content, { tower: "query", index: place });
    return { ...rest, query_id: "none" };
  }
  const { query_id: _, ...rest } = content;
  return customer === undefined || featuresOf(content, "query").some(isPrimary)
    ? rest
    : addColumn(rest, customer, "query", 0);
}
