import { expect, test } from "vitest";
import { ordered } from "./order";

test("what is missing comes last either way", () => {
  const rows = [2, null, 10, 1];
  expect(ordered(rows, (value) => value, false)).toEqual([1, 2, 10, null]);
  expect(ordered(rows, (value) => value, true)).toEqual([10, 2, 1, null]);
});

test("texts are ordered as people read them, and equals stay in place", () => {
  expect(ordered(["item 10", "Item 9", "a"], (value) => value, false)).toEqual(["a", "Item 9", "item 10"]);
  const rows = [
    { a: 1, b: "x" },
    { a: 1, b: "y" },
  ];
  expect(ordered(rows, ({ a }) => a, true)).toEqual(rows);
});
