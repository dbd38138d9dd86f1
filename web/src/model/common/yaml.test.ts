import { expect, test } from "vitest";
import { asYaml } from "./yaml";

test("single values, and groups and lists of them, stand in one line", () => {
  const document = { kind: "experiment", epochs: 20, split: { kind: "random", test: null }, tags: ["first", "a-b"] };
  expect(asYaml(document)).toBe(
    "kind: experiment\nepochs: 20\nsplit: {kind: random, test: null}\ntags: [first, a-b]\n",
  );
});

test("what is deeper is indented", () => {
  const document = {
    tables: [{ table: "sales.orders", columns: [{ column: "a" }] }, { table: "b" }],
    on: { a: { b: 1 } },
  };
  expect(asYaml(document)).toBe(
    [
      "tables:",
      "- table: sales.orders",
      "  columns:",
      "  - {column: a}",
      "- {table: b}",
      '"on":',
      "  a: {b: 1}",
      "",
    ].join("\n"),
  );
});

test.each([
  ["plain words", "plain words"],
  ["Größe (neu) × 2", "Größe (neu) × 2"],
  ["yes", '"yes"'],
  ["2026-01-31", '"2026-01-31"'],
  ["1e-3", '"1e-3"'],
  ["a: b", '"a: b"'],
  ["#62", '"#62"'],
  ["", '""'],
  ["two\nlines", '"two\\nlines"'],
  ["ends ", '"ends "'],
])("the text %j is written as %s", (text, written) => {
  expect(asYaml({ name: text })).toBe(`name: ${written}\n`);
});

test("a number reads as a number, also a small one", () => {
  expect(asYaml({ a: 1e-7, b: -1.5e-9, c: 0.001, d: null, e: true })).toBe(
    "a: 1.0e-7\nb: -1.5e-9\nc: 0.001\nd: null\ne: true\n",
  );
});
