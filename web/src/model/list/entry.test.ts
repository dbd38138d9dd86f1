import { expect, test } from "vitest";
import { blockOf, byNewest, type Entry } from "./entry";
import { STORED } from "./samples";
import { toEntry } from "./stored_entry";

test("newest first, and a block holds 250 numbers", () => {
  const [a, b] = [1, 2].map((number) => ({ ...(toEntry(JSON.stringify(STORED)) as Entry), number }));
  expect([a, b].sort((x, y) => byNewest(x as Entry, y as Entry)).map((each) => each?.number)).toEqual([2, 1]);
  expect([blockOf("shop", 249), blockOf("shop", 250)]).toEqual(["shop__0", "shop__1"]);
});
