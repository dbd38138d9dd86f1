import { expect, test } from "vitest";
import {
  domainWords,
  requiredWords,
  type SchemaRow,
  schemaLines,
  shapeWords,
  sourceWords,
  timesOf,
} from "./schema_table";

const ROW: SchemaRow = {
  ...{ name: "price", type: "FLOAT", required: true, minFraction: 1, shape: null, valency: { min: 1, max: 1 } },
  ...{ domain: null, source: null, outputs: [] },
};
const SOURCE = { table: "sales.orders", column: "price", type: "FLOAT64", expression: "`price`" };
const DOMAIN = { values: null, count: null, min: null, max: null, digits: false };

test("what must be there", () => {
  expect(requiredWords(ROW)).toBe("in every row");
  expect(requiredWords({ ...ROW, required: false, minFraction: 0.4 })).toBe("no; in at least 40% of rows");
  expect(requiredWords({ ...ROW, required: false, minFraction: 0 })).toBe("no");
});

test("how many values", () => {
  expect(shapeWords(ROW)).toBe("1 value");
  expect(shapeWords({ ...ROW, shape: [2, 3] })).toBe("[2, 3]");
  expect(shapeWords({ ...ROW, valency: { min: 0, max: null } })).toBe("0 to any number of values");
  expect(shapeWords({ ...ROW, valency: null })).toBe("any number of values");
});

test("which values", () => {
  expect(domainWords(null)).toBe("any value");
  expect(domainWords({ ...DOMAIN, values: ["a", "b"], count: 1002 })).toBe("a, b and 1,000 more");
  expect(domainWords({ ...DOMAIN, min: 0, max: 5 })).toBe("0 to 5");
  expect(domainWords({ ...DOMAIN, digits: true })).toBe("texts that are whole numbers");
  expect(domainWords(DOMAIN)).toBe("any number");
});

test("where it comes from, and what becomes of it", () => {
  expect(sourceWords(SOURCE)).toBe("sales.orders.price (FLOAT64)");
  expect(sourceWords(null)).toBe("");
  const outputs = [{ tower: "query", feature: "price", output: "q_price", width: 1 }];
  expect(schemaLines({ ...ROW, source: SOURCE, outputs }).at(-1)).toEqual({
    heading: "used as",
    words: "q_price (query tower, price, width 1)",
  });
});

test("moments are told by the type of their column", () => {
  const schema = { features: [{ ...ROW, source: { ...SOURCE, type: "DATE" } }], anomalies: [], leftOut: 0 };
  expect([...timesOf(schema)]).toEqual(["price"]);
  expect([...timesOf(null)]).toEqual([]);
});
