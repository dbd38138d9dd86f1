import { expect, test } from "vitest";
import { errorWords, type Feed, nextFeed, nothingKnown, together } from "./feed";

const LOADING: Feed<null> = { status: "loading" };

test("what was never read is not known to be missing; what was read once stays", () => {
  const offline = nextFeed<string | null>(LOADING, null, false);
  expect(nothingKnown(offline)).toBe(true);
  expect(nothingKnown(nextFeed(offline, "cached", false))).toBe(false);
  const absent = nextFeed<string | null>(LOADING, null, true);
  expect(nothingKnown(absent)).toBe(false);
  expect(nothingKnown(nextFeed(absent, null, false))).toBe(false);
  expect(nothingKnown(nextFeed<string[]>({ status: "loading" }, [], false))).toBe(true);
});

test("of several reads nothing is known while one of them was never answered", () => {
  const known = nextFeed<string | null>(LOADING, "here", true);
  expect(nothingKnown(together(known, nextFeed<null>(LOADING, null, false)))).toBe(true);
  expect(together(known, LOADING).status).toBe("loading");
  expect(together(known, known)).toMatchObject({ status: "ready", value: ["here", "here"], fresh: true });
});

test("what a service says ends as a sentence does", () => {
  const words = (message: string) => errorWords({ kind: "other", message }).problem;
  expect([words("The query requires an index"), words("Why?")]).toEqual(["The query requires an index.", "Why?"]);
});
