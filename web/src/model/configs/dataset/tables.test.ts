import { describe, expect, test } from "vitest";
import { SALES } from "./samples";
import { addTable, aliasOf, BLANK, primaryOf, removeTable, renameTable } from "./tables";

describe("tables", () => {
  test("are added under free aliases, and the first is the one of purchases", () => {
    const two = addTable(SALES, "old.sales");
    expect(two.tables).toEqual([{ table: "shop.sales" }, { table: "old.sales", alias: "sales_2" }]);
    expect([two.primary, primaryOf(two)]).toEqual(["sales", "sales"]);
    expect(addTable(BLANK, "shop.sales").primary).toBeUndefined();
    expect([primaryOf(BLANK), aliasOf({ table: "a.2 words" })]).toEqual(["", "__words"]);
  });

  test("go with their joins", () => {
    const joined = { ...addTable(SALES, "shop.products"), joins: [{ left: "sales", right: "products", keys: [] }] };
    expect(removeTable(joined, 1)).toEqual(SALES);
    const other = removeTable(addTable(joined, "crm.customers"), 0);
    expect([other.primary, other.joins]).toEqual(["products", undefined]);
  });

  test("take joins and the place of purchases along to another alias", () => {
    const joined = { ...addTable(SALES, "shop.products"), joins: [{ left: "sales", right: "products", keys: [] }] };
    const renamed = renameTable(joined, 0, "orders");
    expect(renamed.primary).toBe("orders");
    expect(renamed.joins).toEqual([{ left: "orders", right: "products", keys: [] }]);
    expect(renameTable(renamed, 0, "")).toEqual(joined);
  });
});
