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
