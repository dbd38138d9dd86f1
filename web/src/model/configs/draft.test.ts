import { expect, test } from "vitest";
import { canonical, type Finding, findingsAt, findingsElsewhere, sameContent, sentenceAt } from "./draft";

const finding = (path: string, severity: Finding["severity"] = "error"): Finding => ({
  code: "E",
  path,
  problem: `wrong at ${path}.`,
  remedy: "Mend it.",
  severity,
});

test("problems are found by the field they are about", () => {
  const problems = [finding("filters.rows.1"), finding("filters.rows.10"), finding("filters.rows.1.values", "warning")];
  expect(findingsAt(problems, "filters.rows.1").map(({ path }) => path)).toEqual([
    "filters.rows.1",
    "filters.rows.1.values",
  ]);
  expect(sentenceAt(problems, "filters.rows.1", "error")).toBe("wrong at filters.rows.1. Mend it.");
  expect(sentenceAt(problems, "filters.rows.1", "warning")).toBeNull();
  expect(sentenceAt(problems, "filters.rows.1", "warning", true)).toBe("wrong at filters.rows.1.values. Mend it.");
  expect(findingsElsewhere(problems, ["filters.rows.1"]).map(({ path }) => path)).toEqual(["filters.rows.10"]);
});

test("the same content in another order is the same; what is undefined is not there", () => {
  expect(sameContent({ a: [1, { b: 2, c: 3 }], d: null }, { d: null, a: [1, { c: 3, b: 2 }] })).toBe(true);
  expect(sameContent({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
  expect(canonical({ b: undefined, a: 1 })).toBe('{"a":1}');
});
