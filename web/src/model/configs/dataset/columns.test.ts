import { describe, expect, test } from "vitest";
import type { Group } from "../../run/run";
import { columnsOf, selectColumn, setColumn, withColumns } from "./columns";
import { outputsOf } from "./report";
import { CATALOGUE, FIELDS, SALES } from "./samples";

describe("columns", () => {
  const outputs = outputsOf(FIELDS);
  const of = (content: Group) => columnsOf(content, 0, CATALOGUE, outputs);

  test("are all that a model can hold, until one is chosen", () => {
    expect(of(SALES).map(({ source, selected }) => [source.column, selected])).toEqual([
      ["customer", true],
      ["price", true],
      ["place", false],
      ["place.city", false],
    ]);
    const without = selectColumn(SALES, 0, of(SALES), "price", false);
    expect(without.tables).toEqual([{ table: "shop.sales", columns: [{ column: "customer" }] }]);
    const nested = selectColumn(without, 0, of(without), "place.city", true);
    expect(nested.tables).toEqual([
      { table: "shop.sales", columns: [{ column: "customer" }, { column: "place.city" }] },
    ]);
    expect(withColumns(nested, 0, undefined)).toEqual(SALES);
  });

  test("keep what is said of them, and those that the table has lost are shown", () => {
    const named = setColumn(SALES, 0, of(SALES), "price", "label", "Price");
    expect(named.tables).toEqual([
      { table: "shop.sales", columns: [{ column: "customer" }, { column: "price", label: "Price" }] },
    ]);
    const lost = { ...SALES, tables: [{ table: "shop.sales", columns: [{ column: "gone" }] }] };
    expect(of(lost).at(-1)).toMatchObject({ source: { column: "gone", becomes: null }, selected: true, index: 0 });
  });
});
