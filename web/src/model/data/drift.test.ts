import { expect, test } from "vitest";
import { alarm, byFeature, type DriftRow, driftCell, driftSentence, isMostlyChance, isTold } from "./drift";

const ROW: DriftRow = {
  ...{ feature: "price", split: "eval", flag: null, said: null, js: 0.34, lInfinity: 0.12, byChance: 0.02 },
  ...{ level: "strong", bySplit: false },
};

test("a row in a cell", () => {
  expect(driftCell(ROW)).toBe("0.34 strong");
  expect(driftCell({ ...ROW, js: 0.01, level: "none" })).toBe("0.01");
  expect(driftCell({ ...ROW, flag: "missing" })).toBe("missing");
  expect(driftCell({ ...ROW, js: null, level: "unknown" })).toBe("–");
  expect(driftCell(undefined)).toBe("–");
});

test("a row as a sentence, with what chance alone gives", () => {
  expect(driftSentence(ROW)).toBe(
    "price, train to eval: divergence 0.34 (strong), largest difference of a share 12%; chance alone gives about 0.02 with so few rows",
  );
  expect(driftSentence({ ...ROW, byChance: 0.001 })).toMatch(/share 12%$/);
  expect(driftSentence({ ...ROW, bySplit: true })).toMatch(/; splitting by time makes it so$/);
  expect(driftSentence({ ...ROW, flag: "missing", said: "has no values in eval" })).toBe("price has no values in eval");
  expect(driftSentence({ ...ROW, js: null, level: "unknown" })).toBe("price, train to eval: nothing to compare");
});

test("what the split makes is told, and is no alarm", () => {
  expect([alarm(ROW), isTold(ROW)]).toEqual(["strong", true]);
  expect([alarm({ ...ROW, bySplit: true }), isTold({ ...ROW, bySplit: true })]).toEqual([null, true]);
  expect(alarm({ ...ROW, level: "none" })).toBeNull();
  expect(alarm(undefined)).toBeNull();
});

test("a divergence that chance makes is called so", () => {
  expect(isMostlyChance({ ...ROW, js: 0.15, byChance: 0.1 })).toBe(true);
  expect(isMostlyChance(ROW)).toBe(false);
  expect(isMostlyChance({ ...ROW, flag: "constant" })).toBe(false);
});

test("rows are found by feature and split", () => {
  expect(
    byFeature([ROW, { ...ROW, split: "test" }])
      .get("price")
      ?.get("test")?.split,
  ).toBe("test");
});
