import { describe, expect, test } from "vitest";
import type { Group } from "../run/run";
import {
  addTable,
  aliasOf,
  BLANK,
  bytesWords,
  catalogueOf,
  columnsOf,
  filterKind,
  joinOf,
  joinProposals,
  missingRoles,
  newFilter,
  outputsOf,
  primaryOf,
  problemsElsewhere,
  removeTable,
  renameTable,
  roleProposals,
  selectColumn,
  sentencesOf,
  setColumn,
  setRole,
  unjoined,
  valuesOf,
  withColumns,
  withFilter,
} from "./dataset";

const column = (name: string, type = "STRING", becomes: string | null = "bytes") => ({
  ...{ column: name, type, mode: "NULLABLE", becomes },
});
const CATALOGUE = catalogueOf({
  tables: {
    sales: [
      column("customer"),
      column("price", "FLOAT64", "float"),
      column("place", "STRUCT", null),
      column("place.city"),
    ],
  },
  offered: [{ table: "shop.sales", kind: "TABLE" }],
  left_out: { sales: 3 },
});
const FIELDS: Group = {
  columns: [
    {
      name: "customer",
      table: "sales",
      source: "customer",
      type: "STRING",
      mode: "NULLABLE",
      becomes: "bytes",
      label: null,
    },
    {
      name: "price",
      table: "sales",
      source: "price",
      type: "FLOAT64",
      mode: "NULLABLE",
      becomes: "float",
      label: "Price",
    },
    { name: "tags", table: "sales", source: "tags", type: "STRING", mode: "REPEATED", becomes: "bytes", label: null },
  ],
  roles_suggested: {
    customer_id: [
      { table: "sales", column: "customer", usable: true },
      { table: "sales", column: "price", usable: false },
    ],
    order_id: [{ table: "sales", column: "customer", usable: true }],
    revenue: [{ table: "sales", column: "price", usable: true }],
  },
};
const SALES: Group = { ...BLANK, tables: [{ table: "shop.sales" }] };

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

test("joins are proposed for what is not joined yet, from what is", () => {
  const suggested = (left: string, right: string) => ({
    ...{ left, right, left_column: `${left}_id`, right_column: `${right}_id`, confidence: "high" },
  });
  const three = addTable(addTable(SALES, "shop.products"), "shop.brands");
  const fields = { joins_suggested: [suggested("sales", "products"), suggested("brands", "products")] };
  const [first, ...others] = joinProposals(fields, three);
  expect(others).toEqual([]);
  expect(unjoined(three)).toEqual(["products", "brands"]);
  const joined = { ...three, joins: [joinOf(first ?? expect.fail())] };
  expect(joinProposals(fields, joined)).toEqual([
    { left: "products", right: "brands", leftColumn: "products_id", rightColumn: "brands_id", confidence: "high" },
  ]);
  expect(unjoined(joined)).toEqual(["brands"]);
});

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

test("roles are proposed once for each column, and only where the type fits", () => {
  const proposals = roleProposals(FIELDS, outputsOf(FIELDS));
  expect(proposals.customer_id).toEqual(["customer"]);
  expect(missingRoles(SALES, proposals)).toEqual({ customer_id: "customer", revenue: "price" });
  expect(missingRoles(setRole(SALES, "revenue", "price"), proposals)).toEqual({ customer_id: "customer" });
  expect(setRole(setRole(SALES, "revenue", "price"), "revenue", "")).toEqual(SALES);
});

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

test("what no field shows is told above the form", () => {
  const at = (path: string) => ({ code: "E", path, problem: "", remedy: "", severity: "error" as const });
  expect(problemsElsewhere([at("tables.0"), at("id"), at("split"), at("")]).map(({ path }) => path)).toEqual([
    "id",
    "split",
    "",
  ]);
});

test("sizes are told in the unit that suits them", () => {
  expect([null, 0, 999, 3_000, 2_500_000, 123_456_789, 5e15].map(bytesWords)).toEqual([
    ...["an unknown amount", "0 B", "999 B", "3.0 KB", "2.5 MB", "123 MB", "5000 TB"],
  ]);
});
