import { describe, expect, test } from "vitest";
import { filterKind, newFilter, sentencesOf, valuesOf, withFilter } from "./filters";
import { outputsOf } from "./report";
import { FIELDS, SALES } from "./samples";

describe("filters", () => {
  test("that are empty are not written", () => {
    const filtered = withFilter(withFilter(SALES, "window", { last_days: 7 }), "rows", [newFilter("null", "price")]);
    expect(filtered.filters).toEqual({
      window: { last_days: 7 },
      rows: [{ kind: "null", column: "price", keep: "not_null" }],
    });
    expect(withFilter(withFilter(filtered, "window", {}), "rows", [])).toEqual(SALES);
  });

  test("begin with the kind that the column's type is usually filtered by", () => {
    const [customer, price] = outputsOf(FIELDS);
    expect([filterKind(customer), filterKind(price), filterKind(undefined)]).toEqual([
      "category",
      "number",
      "category",
    ]);
    expect(filterKind({ ...(customer ?? expect.fail()), type: "DATE" })).toBe("date");
  });

  test("have values of the column's type, as far as they are some", () => {
    expect(valuesOf("1\n2x\n\n-3", "INT64")).toEqual([1, "2x", -3]);
    expect(valuesOf("True\nfalse\nno", "BOOL")).toEqual([true, false, "no"]);
    expect(valuesOf("12\n 3", "STRING")).toEqual(["12", " 3"]);
  });

  test("are told by path, and not at all while one is unfinished", () => {
    const content = withFilter(withFilter(SALES, "customers", { min_transactions: 2 }), "rows", [
      newFilter("null", "price"),
    ]);
    const told = sentencesOf({ filters: ["Filter 1: `price` is not empty", "Filter 2: customers with 2"] }, content);
    expect([...told]).toEqual([
      ["filters.rows.0", "`price` is not empty"],
      ["filters.customers", "customers with 2"],
    ]);
    expect(sentencesOf({ filters: [] }, content).size).toBe(0);
  });
});
