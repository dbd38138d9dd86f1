import { describe, expect, it } from "vitest";
import type { Group } from "../../run/run";
import { differs } from "../diff";
import { onlyInOne, statisticsRows } from "./statistics";

const PRICE: Group = {
  ...{ name: "price", type: "FLOAT64", repeated: false, count: 2000, nulls: 100, distinct: 412, approximate: false },
  ...{ min: 0.5, max: 1234.5, mean: 20.25, std: 3, quantiles: Array.from({ length: 21 }, (_, i) => i * 1000) },
  ...{ list_min: null, top: [] },
};
const BRAND: Group = {
  ...{ name: "brand", type: "STRING", repeated: false, count: 2000, nulls: 0, distinct: 8, approximate: true },
  ...{ min: null, mean: null, quantiles: [], top: [{ value: "Falk", count: 500 }] },
};

function said(left: Group[], right: Group[]): Record<string, [string | null, string | null]> {
  const rows = statisticsRows(left, right);
  return Object.fromEntries(rows.map(({ section, label, left, right }) => [`${section}: ${label}`, [left, right]]));
}

describe("the statistics of two datasets (S1.36)", () => {
  it("tell each figure of a column that both have, and mark what differs", () => {
    const other = { ...PRICE, count: 4000, nulls: 1, distinct: 400, mean: 21 };
    expect(statisticsRows([PRICE], [other]).filter(differs)).toEqual([
      { section: "price", label: "Rows", left: "2,000", right: "4,000" },
      { section: "price", label: "Empty", left: "5.0%", right: "below 0.1%" },
      { section: "price", label: "Distinct", left: "412", right: "400" },
      { section: "price", label: "Mean", left: "20.25", right: "21" },
    ]);
    expect(said([PRICE], [other])).toMatchObject({
      ...{
        "price: Type": ["FLOAT64", "FLOAT64"],
        "price: Least": ["0.5", "0.5"],
        "price: Most": ["1,234.5", "1,234.5"],
      },
      ...{ "price: 5th percentile": ["1,000", "1,000"], "price: Median": ["10,000", "10,000"] },
      ...{ "price: 95th percentile": ["19,000", "19,000"] },
    });
  });

  it("leave out what neither has, and say what only one has", () => {
    expect(Object.keys(said([BRAND], [BRAND]))).toEqual(
      ["Type", "Rows", "Empty", "Distinct", "Most frequent"].map((label) => `brand: ${label}`),
    );
    expect(said([BRAND], [{ ...BRAND, top: [] }])).toMatchObject({
      "brand: Distinct": ["about 8", "about 8"],
      "brand: Most frequent": ["Falk (25.0%)", null],
    });
    const list = { ...BRAND, repeated: true, list_min: 1, list_max: 9 };
    expect(said([BRAND], [list])).toMatchObject({
      "brand: Type": ["STRING", "STRING list"],
      "brand: Longest list": [null, "9"],
    });
  });

  it("tell times to the minute", () => {
    const sold = (min: string): Group => ({ name: "sold_at", type: "TIMESTAMP", count: 1, nulls: 0, min });
    expect(said([sold("2025-01-01T00:00:00+00:00")], [sold("2025-01-01T07:30:00+00:00")])["sold_at: Least"]).toEqual([
      "2025-01-01 00:00",
      "2025-01-01 07:30",
    ]);
  });

  it("have one row for a column that is in one of them only", () => {
    expect(said([PRICE, BRAND], [BRAND])).toMatchObject({ "price: Type": ["FLOAT64", null] });
    expect(said([], [PRICE])).toEqual({ "price: Type": [null, "FLOAT64"] });
    expect(onlyInOne([PRICE, BRAND], [BRAND])).toEqual([["price"], []]);
    expect(onlyInOne([], [PRICE])).toEqual([[], ["price"]]);
  });
});
