import { expect, test } from "vitest";
import { asCsv, asJson, csvCell } from "./export";

test.each([
  [null, ""],
  [-3.5, "-3.5"],
  [true, "true"],
  ["plain", "plain"],
  ["a,b", '"a,b"'],
  ['a "b"', '"a ""b"""'],
  ["two\nlines", '"two\nlines"'],
  ["=1+1", "'=1+1"],
  ["+49", "'+49"],
  ["-x", "'-x"],
  ["@x", "'@x"],
  ["\tx", "'\tx"],
  ["\r=x", '"\'\r=x"'],
  ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
])("%j", (value, cell) => expect(csvCell(value)).toBe(cell));

test("a table has every column that a row has", () => {
  expect(asCsv([{ a: 1 }, { a: null, b: "x" }])).toBe("a,b\r\n1,\r\n,x\r\n");
  expect(asCsv([])).toBe("\r\n");
  expect(JSON.parse(asJson([{ a: 1 }]))).toEqual([{ a: 1 }]);
});
