import { expect, test } from "vitest";
import {
  type Bins,
  exportRows,
  type Feature,
  type Figures,
  figure,
  kindOf,
  NO_FIGURES,
  type Numbers,
  percent,
  picturesOf,
  quantile,
  rowsOf,
  summary,
} from "./statistics";

const EMPTY: Bins = { lows: [], highs: [], counts: [] };
const bins = (...spans: [number | null, number | null, number][]): Bins => ({
  lows: spans.map(([low]) => low),
  highs: spans.map(([, high]) => high),
  counts: spans.map(([, , counted]) => counted),
});
const NUMBERS: Numbers = {
  ...{ zeros: 0, min: 2.41, median: 33.48, max: 3382.68, mean: 60, std: 1, nan: 0 },
  ...{ histogram: EMPTY, quantiles: EMPTY },
};
const figures = (more: Partial<Figures>): Figures => ({ ...NO_FIGURES, missing: 0, present: 10, values: 10, ...more });
const feature = (train: Figures, test: Figures = NO_FIGURES, list = false): Feature => ({
  ...{ name: "price", type: "float", list, splits: { train, test } },
});
const SPLITS = ["train", "test"];

// as quicktest/statistics_words.py says them: tests/web/test_data.py compares whole documents
test.each([
  [1234, "1,234"],
  [0.12345, "0.1235"],
  [33.484, "33.48"],
  [3382.678, "3,382.68"],
  [-2.5, "−2.5"],
  [1.23456e12, "1,234,560,000,000"],
  [1.2345678e9 + 0.5, "1.235e+09"],
  [0.00001234, "1.234e−05"],
  [null, "–"],
])("the figure %s is %s", (value, words) => expect(figure(value)).toBe(words));

test("seconds are moments where the source is a time", () => {
  expect(figure(1_758_099_600, true)).toBe("2025-09-17 09:00");
  expect(figure(9e11, true)).toBe("900,000,000,000"); // no year that anybody sells in
  expect(figure(-7e10, true)).toBe("–");
});

test.each([
  [0, "0%"],
  [0.0004, "<0.1%"],
  [0.0312, "3.1%"],
  [0.1234, "12%"],
  [null, "–"],
])("the share %s is %s", (share, words) => expect(percent(share)).toBe(words));

test("a feature in a split is a few words", () => {
  expect(summary(figures({ numbers: NUMBERS }), false)).toBe("33.48 (2.41 to 3,382.68)");
  expect(summary(figures({ numbers: { ...NUMBERS, min: 3, median: 3, max: 3 } }), false)).toBe("3");
  expect(summary(figures({ texts: { unique: 1146, averageLength: 7, top: [] } }), false)).toBe("1,146 different");
  expect(summary(NO_FIGURES, false)).toBe("–");
  const moments = { ...NUMBERS, min: 1_758_099_600, median: 0, max: 1_759_245_480 };
  expect(summary(figures({ numbers: moments }), true)).toBe("2025-09-17 to 2025-09-30");
});

test("rows that no split has are left out", () => {
  const headings = (of: Feature) => rowsOf(of, SPLITS, false).map(({ heading }) => heading);
  expect(headings(feature(figures({})))).toEqual(["missing", "examples with it"]);
  expect(headings(feature(figures({ texts: { unique: 1, averageLength: 1, top: [] } }))).at(-1)).toBe(
    "mean characters",
  );
  const list = figures({ length: { min: 0, mean: 2, max: 5 } });
  expect(headings(feature(list, list, true))).toContain("longest list");
  const counted = feature(figures({ numbers: { ...NUMBERS, nan: 3 } }));
  expect(rowsOf(counted, SPLITS, false).at(-1)).toEqual({ heading: "not a number", cells: ["3", "–"] });
});

test("a quantile is known where a bin of equal counts ends", () => {
  const twenty = bins(...Array.from({ length: 20 }, (_, i): [number, number, number] => [i, i + 1, 1]));
  expect(quantile(twenty, 0.05)).toBe(1);
  expect(quantile(twenty, 0.75)).toBe(15);
  expect(quantile(bins([0, 1, 1], [1, 2, 1]), 0.05)).toBeNull();
  expect(quantile(null, 0.5)).toBeNull();
});

test("splits are drawn on one axis, and the area of a box is its count", () => {
  const train = figures({ numbers: { ...NUMBERS, histogram: bins([0, 5, 10], [5, 10, 10]) } });
  const found = picturesOf(
    feature(train, figures({ numbers: { ...NUMBERS, histogram: bins([0, 20, 5]) } })),
    SPLITS,
    "histogram",
  );
  expect(found).toMatchObject({ low: 0, high: 20 });
  expect(found?.pictures[0]?.boxes.map(({ width }) => width)).toEqual([0.25, 0.25]);
  expect(found?.pictures[1]?.boxes).toEqual([{ left: 0, width: 1, height: 1 }]);
});

test("a value of its own is a narrow box, and neighbours that cannot be told apart are one", () => {
  const of = (...spans: [number | null, number | null, number][]) =>
    picturesOf(feature(figures({ numbers: { ...NUMBERS, quantiles: bins(...spans) } })), ["train"], "quantiles")
      ?.pictures[0]?.boxes;
  expect(of([0, 0, 5], [0, 100, 5])?.map(({ width }) => width)).toEqual([1 / 60, 1]);
  expect(of([0, 1, 2], [1, 2, 3], [2, 100, 1])).toHaveLength(2);
  expect(of([3, 3, 7])).toEqual([{ left: 0, width: 1, height: 1 }]);
  expect(of([null, null, 7], [0, 1, 0], [0, 1, 2])).toHaveLength(1);
});

test("kinds are told by source, list and values", () => {
  const text = { texts: { unique: 1, averageLength: 1, top: [] } };
  expect(kindOf(feature(figures({ numbers: NUMBERS })), new Set())).toBe("number");
  expect(kindOf(feature(figures({ numbers: NUMBERS })), new Set(["price"]))).toBe("time");
  expect(kindOf(feature(figures(text)), new Set())).toBe("text");
  expect(kindOf(feature(figures(text), NO_FIGURES, true), new Set())).toBe("list");
});

test("the export has a row for each feature and split", () => {
  const statistics = {
    splits: SPLITS.map((name) => ({ name, rows: 10 })),
    features: [feature(figures({ numbers: NUMBERS }))],
    leftOut: 0,
  };
  const rows = exportRows(statistics);
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatchObject({ feature: "price", split: "train", median: 33.48, different: null });
  expect(rows[1]).toMatchObject({ split: "test", median: null });
});
