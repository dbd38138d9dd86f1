import { describe, expect, test } from "vitest";
import cases from "../../../../tests/unit/query_cases.json";
import type { Entry } from "../list/entry";
import { toEntry } from "../list/stored_entry";
import { FIELD_NAMES, fieldOf, PARAMETERS } from "./fields";
import { Pattern } from "./patterns";
import { parse, shown } from "./query";
import { QueryError } from "./text";

const NOW = Date.parse(cases.now);
const ENTRIES = Object.entries(cases.entries).map(([name, stored]) => [name, toEntry(JSON.stringify(stored))] as const);

function found(query: string): string[] {
  const { finds } = parse(query);
  return ENTRIES.filter(([, entry]) => entry !== null && finds(entry, NOW)).map(([name]) => name);
}

function refusal(query: string): QueryError {
  try {
    parse(query);
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
  throw new Error(`${query} was taken`);
}

describe("the cases that every implementation shares", () => {
  test.each(cases.found)("$query finds", ({ query, matches }) => {
    expect(found(query)).toEqual(matches);
  });

  test.each(cases.found)("$query means the same once printed", ({ query, matches }) => {
    const { node } = parse(query);
    const again = node === null ? "" : shown(node);
    expect(parse(again).node).toEqual(node);
    expect(found(again)).toEqual(matches);
  });

  test.each(cases.refused)("$query is refused at $position", ({ query, position, says }) => {
    const error = refusal(query);
    expect(error.position).toBe(position);
    expect(error.message).toContain(says);
    expect(error.remedy).not.toBe("");
  });
});

test("every field that there is can be read", () => {
  const entry = ENTRIES[0]?.[1] as Entry;
  for (const name of [...FIELD_NAMES, ...PARAMETERS]) expect(() => fieldOf(name)?.read(entry)).not.toThrow();
  expect([...FIELD_NAMES, ...PARAMETERS].filter((name) => fieldOf(name) === null)).toEqual([]);
});

test("what is too long, too deep or too many is refused", () => {
  expect(refusal("a ".repeat(2_000)).problem).toContain("at most");
  expect(refusal(`${"(".repeat(60)}a${")".repeat(60)}`).problem).toContain("deep");
  expect(refusal(`number in (${Array(201).fill("1").join()})`).problem).toContain("200");
});

test("a pattern that keeps the browser's engine busy for minutes takes none", () => {
  expect(new Pattern("(a+)+b").search("a".repeat(2_000))).toBe(false);
});

test.each([
  ["^a.c$", "abc", true],
  ["[^b-d]x", "cx ax", true],
  ["a{2,3}b", "ab", false],
  ["a{2,3}b", "xaaab", true],
  ["(?:x|yy)*z", "xyyz", true],
  ["[A-C]", "b", true],
  ["\\D\\.", "1.", false],
  ["", "", true],
  ["$", "abc", true],
])("%s in %s: %s", (pattern, text, matches) => {
  expect(new Pattern(pattern).search(text)).toBe(matches);
});
