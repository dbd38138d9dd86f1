/** What is known about the columns that features are made of (domain S3.15-S3.18). */
import { limitsOf } from "../../common/schema";
import { group, groups, numberOf, textOf } from "../../common/values";
import type { Group } from "../../run/run";
import { type FeatureKind, featuresOf, KINDS, TOWERS, type Tower } from "./document";

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
