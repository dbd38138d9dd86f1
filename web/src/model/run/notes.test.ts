import { expect, test } from "vitest";
import { changeOf, type Described, isOther, linked, standingOf, tagsOf, textOf } from "./notes";

const DESCRIBED: Described = {
  ...{ name: "First", description: "", tags: ["a", "b"], notes: "one\ntwo", starred: false },
  ...{ createdAt: 0, updatedAt: 0 },
};

test("a text may be saved over the one that it began from, and over no other", () => {
  expect(standingOf("notes", { base: "one", text: "one" }, "one")).toBe("unchanged");
  expect(standingOf("notes", { base: "one", text: "two" }, "one")).toBe("changed");
  expect(standingOf("notes", { base: "one", text: "two" }, "three")).toBe("conflict");
  expect(standingOf("notes", { base: "one", text: "one" }, "three")).toBe("conflict");
  expect(standingOf("notes", { base: "one", text: "two" }, "two")).toBe("unchanged"); // both wrote the same
});

test("spaces around a text and between tags are no change", () => {
  expect(standingOf("name", { base: "First", text: " First " }, "First")).toBe("unchanged");
  expect(standingOf("tags", { base: "a, b", text: "a b," }, "a, b")).toBe("unchanged");
});

test("fields go into forms and come back", () => {
  expect(textOf(DESCRIBED, "tags")).toBe("a, b");
  expect(changeOf("tags", "b, c  c")).toEqual({ tags: ["b", "c"] });
  expect(changeOf("name", "  New ")).toEqual({ name: "New" });
  expect(changeOf("notes", " kept\n\n")).toEqual({ notes: " kept" });
  expect(tagsOf(" , ")).toEqual([]);
});

test("what somebody else changed is noticed, field by field", () => {
  expect(isOther({ notes: "one\ntwo" }, DESCRIBED)).toBe(false);
  expect(isOther({ notes: "one" }, DESCRIBED)).toBe(true);
  expect(isOther({ tags: ["a", "b"] }, DESCRIBED)).toBe(false);
  expect(isOther({ tags: ["a"] }, DESCRIBED)).toBe(true);
  expect(isOther({ starred: true }, DESCRIBED)).toBe(true);
});

test("addresses in notes become links, and nothing else does", () => {
  expect(linked("see https://example.com/a?b=1, or javascript:alert(1)")).toEqual([
    { text: "see ", url: false },
    { text: "https://example.com/a?b=1", url: true },
    { text: ", or javascript:alert(1)", url: false },
  ]);
});
