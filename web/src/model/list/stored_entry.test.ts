import { expect, test } from "vitest";
import { STORED } from "./samples";
import { toEntry } from "./stored_entry";

test("what is as by default is left out of an entry, and read as that", () => {
  expect(toEntry(JSON.stringify(STORED))).toMatchObject({
    number: 62,
    createdAt: Date.UTC(2026, 10, 10, 9, 0, 0, 250),
    description: "",
    tags: [],
    starred: false,
    parent: null,
    samplePercent: 100,
    costUsd: null,
    metrics: {
      recall_at_10: { value: 0.213, low: 0.201, high: 0.226 },
      mrr: { value: 0.1, low: null, high: null },
      coverage_at_10: { value: null, low: null, high: null },
    },
    lifts: { recall_at_10: { baseline: "ease", value: 0.01, low: null, high: 0.02, verdict: "cannot_tell" } },
  });
});

test.each([
  ["no text", 7],
  ["no JSON", "{"],
  ["no object", "[]"],
  ["a number that is a text", JSON.stringify({ ...STORED, number: "62" })],
  ["half a number", JSON.stringify({ ...STORED, number: 6.2 })],
  ["a time without a zone", JSON.stringify({ ...STORED, created_at: "2026-11-10T09:00:00" })],
  ["no time at all", JSON.stringify({ ...STORED, ended_at: undefined })],
  ["a figure that is a text", JSON.stringify({ ...STORED, metrics: { mrr: "0.1" } })],
  ["a tag that is none", JSON.stringify({ ...STORED, tags: [1] })],
])("%s is damaged", (_, text) => {
  expect(toEntry(text)).toBeNull();
});

test("a state and a field of later versions hide no experiment", () => {
  expect(toEntry(JSON.stringify({ ...STORED, state: "dreaming", mood: 3 }))?.state).toBe("unknown");
});
