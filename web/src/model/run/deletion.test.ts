import { expect, test } from "vitest";
import { deletedSentence, deletionStep, shortName, sizeWords } from "./deletion";
import { FINALIZERS, type Tombstone } from "./run";

const TOMBSTONE: Tombstone = { id: "exp-1", number: 12, name: "Ids", deletedAt: 0, deletedBy: "ada", bytes: 3_200_000 };

test("a deletion says what it is at (S5.13)", () => {
  const steps = FINALIZERS.map((_, done) => deletionStep({ requestedAt: 0, left: FINALIZERS.slice(done) }));
  expect(new Set(steps).size).toBe(FINALIZERS.length);
  expect(steps[2]).toBe("removing its files");
  expect(deletionStep({ requestedAt: 0, left: [] })).toBe("removing the rest");
});

test("what was deleted is named, with what was freed", () => {
  expect(deletedSentence([TOMBSTONE])).toBe("Exp #12 was deleted; 3.2 MB freed");
  expect(deletedSentence([TOMBSTONE, { ...TOMBSTONE, bytes: null }])).toBe("2 experiments were deleted; 3.2 MB freed");
  expect(deletedSentence([{ ...TOMBSTONE, bytes: null }])).toBe("Exp #12 was deleted");
  expect(deletedSentence([])).toBe("");
});

test("an experiment without a number has its name", () => {
  expect(shortName({ number: 12, name: "Ids" })).toBe("Exp #12");
  expect(shortName({ number: null, name: "Ids" })).toBe("Ids");
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.0 kB"],
  [3_200_000, "3.2 MB"],
  [45_600_000, "46 MB"],
  [2_000_000_000, "2.0 GB"],
  [5e15, "5,000 TB"],
])("%d bytes are %s", (bytes, text) => expect(sizeWords(bytes)).toBe(text));
