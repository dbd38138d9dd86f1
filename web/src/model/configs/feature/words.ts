/** Features and crosses in a line of words. */
import { count, words } from "../../common/format";
import { limitsOf } from "../../common/schema";
import { isGroup, numberOf, textOf, texts } from "../../common/values";
import type { Group, Value } from "../../run/run";
import { type FeatureKind, featureKind, isPrimary } from "./document";

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
