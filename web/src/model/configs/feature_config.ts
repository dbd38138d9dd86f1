/**
 * A feature config as a form edits it (domain S3): columns become features of a tower, features are moved, changed and
 * crossed. Each operation gives the next document; widths are never computed here, the service says them (S3.13).
 */

import { count, words } from "../common/format";
import { limitsOf } from "../common/schema";
import { group, groups, isGroup, list, numberOf, textOf, texts, withField } from "../common/values";
import type { Group, Problem, Value } from "../run/run";

export const TOWERS = ["query", "candidate"] as const;
export type Tower = (typeof TOWERS)[number];
export const KINDS = ["category", "number", "time", "history"] as const;
export type FeatureKind = (typeof KINDS)[number];

/** A column of the dataset, with what is known about its values. */
export interface ColumnFacts {
  name: string;
  type: string;
  kind: FeatureKind;
  distinct: number | null;
  nullShare: number | null;
  /** S3.16; null while the values were not counted. */
  recommendedWidth: number | null;
  /** Which id it is, of the dataset's roles. */
  role: string | null;
  /** Of a derived history, the column whose values it lists (S1.24). */
  items: string | null;
  suggested: Suggestion | null;
  coverage: readonly { size: number; share: number }[];
  rare: readonly { below: number; share: number }[];
}

/** What smart defaults make of a column, and why (S3.17); `tower` null: it is left out. */
export interface Suggestion {
  tower: Tower | null;
  reason: string;
  setting: string;
  feature: Group | null;
}

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

function withFeatures(content: Group, tower: Tower, features: Group[]): Group {
  return { ...content, [`${tower}_features`]: features };
}

function withCrosses(content: Group, tower: Tower, crosses: Group[]): Group {
  return withField(content, `${tower}_crosses`, crosses.length === 0 ? undefined : crosses);
}

// ------------------------------------------------------------------------------------------------------------ columns

/** What is known about the columns of a dataset: of its report, of its parts, and of the draft's aids. */
export function columnFacts(
  report: Group,
  statistics: Group | null,
  smartDefaults: Group | null,
  roles: Group,
  aids: Group,
): ColumnFacts[] {
  const counted = byName(groups(statistics?.columns), "name");
  const reasons = byName(groups(smartDefaults?.reasons), "column");
  const document = group(smartDefaults?.document);
  return groups(report.columns).map((column): ColumnFacts => {
    const name = textOf(column.name);
    const known = counted.get(name) ?? {};
    const aid = group(aids[name]);
    const rows = numberOf(known.count);
    const nulls = numberOf(known.nulls);
    return {
      name,
      type: `${textOf(column.type)}${column.mode === "REPEATED" ? " list" : ""}`,
      kind: KINDS.find((kind) => kind === aid.kind) ?? kindOfType(column),
      distinct: numberOf(aid.distinct) ?? numberOf(known.distinct),
      nullShare: numberOf(aid.null_share) ?? (rows && nulls !== null ? nulls / rows : null),
      recommendedWidth: numberOf(aid.recommended_width),
      role: Object.keys(roles).find((role) => roles[role] === name) ?? null,
      items: column.table === "" ? textOf(column.source) || null : null,
      suggested: suggestionOf(reasons.get(name), document, name),
      coverage: groups(known.coverage).map(({ size, share }) => ({ size: Number(size), share: Number(share) })),
      rare: groups(known.rare).map(({ below, share }) => ({ below: Number(below), share: Number(share) })),
    };
  });
}

function byName(items: readonly Group[], key: string): Map<string, Group> {
  return new Map(items.map((item) => [textOf(item[key]), item]));
}

/** What a column can be by its type alone (S3.15), until its values were looked at. */
function kindOfType({ type, mode }: Group): FeatureKind {
  if (mode === "REPEATED") return "history";
  if (["DATE", "DATETIME", "TIMESTAMP"].includes(textOf(type))) return "time";
  return ["STRING", "BOOL", "BOOLEAN"].includes(textOf(type)) ? "category" : "number";
}

function suggestionOf(reason: Group | undefined, document: Group, column: string): Suggestion | null {
  if (reason === undefined) return null;
  const tower = TOWERS.find((each) => each === reason.tower) ?? null;
  const features = tower === null ? [] : featuresOf(document, tower);
  const feature = features.find((each) => each.column === column) ?? null;
  return { tower, reason: textOf(reason.reason), setting: textOf(reason.setting), feature };
}

/** The share of values that fall out of a vocabulary, as the service counts it (S3.18); null while nobody counted. */
export function cutShare(vocabulary: Group, column: ColumnFacts): number | null {
  if (column.coverage.length === 0 || column.distinct === null) return null;
  const size = numberOf(vocabulary.max_size ?? limitsOf("Vocabulary", "max_size").default);
  const frequency = numberOf(vocabulary.min_frequency ?? limitsOf("Vocabulary", "min_frequency").default);
  if (size === null || frequency === null) return null;
  const rare = column.rare.filter(({ below }) => below <= frequency).map(({ share }) => share);
  const kept = column.coverage.filter((each) => each.size <= size).map(({ share }) => share);
  const surplus = size < column.distinct ? 1 - Math.max(0, ...kept) : 0;
  return Math.max(surplus, 0, ...rare);
}

// ----------------------------------------------------------------------------------------------------------- starting

/** A config with nothing in it but what every one has: the ids of both sides. */
export function blankFeatures(dataset: string, columns: readonly ColumnFacts[]): Group {
  const start: Group = { name: "", dataset, query_features: [], candidate_features: [] };
  const ids = columns.filter(({ role }) => role === "customer_id" || role === "product_id");
  return ids.reduce((content, column) => addColumn(content, column, towerOfRole(column.role)), start);
}

function towerOfRole(role: string | null): Tower {
  return role === "customer_id" ? "query" : "candidate";
}

/** What the dataset's report proposes (S3.17). */
export function smartFeatures(dataset: string, smartDefaults: Group): Group {
  return { ...group(smartDefaults.document), dataset };
}

// --------------------------------------------------------------------------------------------------------- operations

/** With a column as a feature of a tower, at the end or at a place: as smart defaults would have it, where they do. */
export function addColumn(content: Group, column: ColumnFacts, tower: Tower, at?: number): Group {
  const features = featuresOf(content, tower);
  const made = newFeature(content, column, tower);
  const taken = features.map(featureName);
  const named = taken.includes(featureName(made)) ? { ...made, name: free(column.name, taken) } : made;
  const kept = column.role === "customer_id" && tower === "query" ? withField(content, "query_id", undefined) : content;
  return withFeatures(kept, tower, features.toSpliced(at ?? features.length, 0, named));
}

function free(name: string, taken: readonly string[]): string {
  let n = 2;
  while (taken.includes(`${name}_${n}`)) n += 1;
  return `${name}_${n}`;
}

function newFeature(content: Group, column: ColumnFacts, tower: Tower): Group {
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

export function isPrimary(feature: Group): boolean {
  return feature.is_primary_id === true;
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

/** The crosses that a feature is in. */
export function crossesWith(content: Group, { tower, index }: Place): string[] {
  const feature = featuresOf(content, tower)[index];
  return feature === undefined
    ? []
    : crossesOf(content, tower)
        .filter((each) => isMember(each, feature))
        .map(crossName);
}

function isMember(cross: Group, feature: Group): boolean {
  return texts(cross.features).includes(featureName(feature));
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
  const moved = taken.includes(name) ? { ...plainFeature, name: free(name, taken) } : plainFeature;
  return withFeatures(rest, to.tower, there.toSpliced(Math.min(to.index, there.length), 0, moved));
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

// ---------------------------------------------------------------------------------------------------------- in words

/** `vocabulary of width 32; primary id`: a feature's settings in a line. */
export function featureWords(feature: Group): string {
  const said = SETTINGS[featureKind(feature)](feature).filter((each) => each !== "");
  return said.length === 0 ? "no option yet" : said.join("; ");
}

const SETTINGS: Record<FeatureKind, (feature: Group) => string[]> = {
  category: (feature) => [
    isPrimary(feature) ? "primary id" : "",
    isGroup(feature.vocabulary) ? `vocabulary${partWords(feature.vocabulary)}` : "",
    isGroup(feature.hashing) ? `hashing${partWords(feature.hashing)}` : "",
  ],
  number: (feature) => [
    isGroup(feature.scale) ? `scaled${partWords({ method: "zscore", ...feature.scale })}` : "",
    bucketWords(feature),
    feature.missing_indicator === true ? "missing indicator" : "",
  ],
  time: (feature) => [
    texts(feature.cycles).length > 0 ? `cycles ${texts(feature.cycles).map(words).join(", ")}` : "",
    feature.recency === true ? "recency" : "",
    bucketWords(feature),
    feature.missing_indicator === true ? "missing indicator" : "",
  ],
  history: (feature) => [
    `shared with ${textOf(feature.shared_with) || "nothing yet"}`,
    `at most ${count(numberOf(feature.max_length ?? limitsOf("HistoryFeature", "max_length").default))}`,
  ],
};

function bucketWords(feature: Group): string {
  return isGroup(feature.bucketize) ? `buckets${partWords(feature.bucketize)}` : "";
}

function partWords(part: Group): string {
  const { embedding_dim: width, ...rest } = part;
  const said = Object.entries(rest).filter(([, value]) => value !== null && value !== false);
  const settings = said.map(([name, value]) => (value === true ? words(name) : `${words(name)} ${short(value)}`));
  return [width === undefined ? "" : ` of width ${width}`, ...settings.map((each) => `, ${each}`)].join("");
}

function short(value: Value): string {
  if (typeof value === "number") return count(value) === String(value) || value < 1_000 ? String(value) : count(value);
  return Array.isArray(value) ? value.map(short).join(" to ") : String(value);
}

/** `a × b into 500 buckets of width 16`. */
export function crossWords(cross: Group): string {
  const buckets = cross.hash_buckets ?? limitsOf("Cross", "hash_buckets").default;
  const width = cross.embedding_dim ?? limitsOf("Cross", "embedding_dim").default;
  return `into ${count(numberOf(buckets))} buckets of width ${width}`;
}

// ----------------------------------------------------------------------------------------------- what the service says

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
