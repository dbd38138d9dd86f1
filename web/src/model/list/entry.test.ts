import { expect, test } from "vitest";
import { byNewest, type Entry } from "./entry";
import { STORED } from "./samples";
import { toEntry } from "./stored_entry";

test("newest first", () => {
  const [a, b] = [1, 2].map((number) => ({ ...(toEntry(JSON.stringify(STORED)) as Entry), number }));
  expect([a, b].sort((x, y) => byNewest(x as Entry, y as Entry)).map((each) => each?.number)).toEqual([2, 1]);
});
