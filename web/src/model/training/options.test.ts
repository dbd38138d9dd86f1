import { expect, test } from "vitest";
import { optionsOf, searchOf } from "./options";

test("the address keeps what is shown, and nothing that is as it begins", () => {
  const options = { logarithmic: true, groups: true, level: "layers", group: "query", epoch: 7 };
  expect(optionsOf(`?${new URLSearchParams(searchOf(options))}`)).toEqual(options);
  const begin = optionsOf("");
  expect(Object.values(searchOf(begin)).every((value) => value === "")).toBe(true);
  expect(optionsOf("?epoch=-1&log=yes")).toEqual(begin);
});
