import { expect, test } from "vitest";
import {
  type Bucketed,
  collisionWords,
  type Hashed,
  headline,
  keptWords,
  outsideWords,
  rangesOf,
  usedWords,
  type Vocabulary,
} from "./vocabulary";

const VOCABULARY: Vocabulary = {
  ...{ kind: "vocabulary", name: "q_city", column: "city", distinct: 1250, kept: 500, cutBySize: 50 },
  ...{
    cutByFrequency: 700,
    outOfVocabulary: {},
    mostFrequent: [],
    rarestKept: [],
    status: "poor",
    remedy: "Raise it.",
  },
};
const HASHED: Hashed = {
  ...{ kind: "hash", name: "q_sku", column: "sku", buckets: 1000, used: 412, distinct: 500 },
  ...{ expectedCollisions: 0.024, measuredCollisions: 0.021 },
};

test("what is kept, and why the rest is not", () => {
  expect(keptWords(VOCABULARY)).toBe("500 of 1,250 values: 700 are rarer than the minimum, 50 are beyond the size");
  expect(keptWords({ ...VOCABULARY, distinct: 500, cutBySize: 0, cutByFrequency: 0 })).toBe("500 of 500 values");
});

test("what is outside, in rows", () => {
  expect(outsideWords({ rows: 6, share: 0.008, missingShare: 0 })).toBe("0.8% (6 rows)");
  expect(outsideWords({ rows: 1, share: 0.0001, missingShare: 0 })).toBe("<0.1% (1 row)");
  expect(outsideWords({ rows: 0, share: 0, missingShare: 0 })).toBe("0%");
  expect(outsideWords(undefined)).toBe("–");
});

test("ranges are named by their ends", () => {
  const entry: Bucketed = {
    kind: "bucket",
    name: "q_price",
    column: "price",
    ranges: 3,
    boundaries: [5, 12],
    rows: [1, 2, 1],
    missingShare: 0,
  };
  expect(rangesOf(entry)).toEqual([
    { words: "below 5", rows: 1, share: 0.25 },
    { words: "5 to below 12", rows: 2, share: 0.5 },
    { words: "12 and above", rows: 1, share: 0.25 },
  ]);
  expect(rangesOf({ ...entry, boundaries: [], rows: [0] })).toEqual([{ words: "all values", rows: 0, share: null }]);
});

test("buckets and collisions", () => {
  expect(usedWords(HASHED)).toBe("412 of 1,000 buckets are used");
  expect(collisionWords(HASHED)).toBe("2.1% of the values share a bucket with another; 2.4% were to be expected");
});

test("the headline names what needs a look", () => {
  const good: Vocabulary = { ...VOCABULARY, status: "good" };
  expect(headline([VOCABULARY, good, HASHED])).toBe("2 vocabularies, of them 1 poor");
  expect(headline([good])).toBe("1 vocabulary, a good one");
  expect(headline([HASHED])).toBe("no vocabulary");
});
