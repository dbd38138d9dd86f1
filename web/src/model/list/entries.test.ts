import { expect, test } from "vitest";
import completed from "../../../../tests/web/fixtures/completed.json";
import type { Group } from "../run/run";
import { blockOf, byNewest, type Entry, entryOfRun, relabelled, toEntry } from "./entries";

const STORED = {
  experiment: "exp-1",
  number: 62,
  model_endpoint: "wholesale",
  name: "Wide",
  state: "completed",
  model_type: "retrieval",
  owner: "ada",
  created_at: "2026-11-10T09:00:00.250000+00:00",
  ended_at: "2026-11-10T10:00:00+00:00",
  duration_seconds: 1800,
  metrics: { recall_at_10: [0.213, 0.201, 0.226], mrr: 0.1, coverage_at_10: null },
  lifts: { recall_at_10: ["ease", 0.01, null, 0.02, "cannot_tell"] },
};

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

test("a live run shows what its request says of it, and no result", () => {
  const run = { ...completed, state: "running", experiment: "exp-2" } as unknown as Group;
  const entry = entryOfRun(run, { name: "Renamed", tags: ["wide", 7], starred: true, description: "x".repeat(400) });
  expect(entry).toMatchObject({
    name: "Renamed",
    tags: ["wide"],
    starred: true,
    metrics: {},
    lifts: {},
    baselines: {},
  });
  expect(entry.description).toHaveLength(300);
  expect(entryOfRun(run, null).name).toBe("Country and price");
});

test("rubbish in a run is left out", () => {
  const rubbish: Group = {
    state: 3,
    number: "x",
    grouping: [],
    parameters: "p",
    metrics: null,
    headlines: [1],
    tags: {},
  };
  expect(entryOfRun({ ...rubbish, state: "completed" }, { tags: "wide", name: 3 })).toMatchObject({
    number: 0,
    name: "",
    tags: [],
    metrics: {},
    protocolName: "",
  });
});

test("the days of a protocol are told as the index tells them", () => {
  const split = { kind: "strict_time", ref: "2025-12-09", test_start: "2025-11-26" };
  const counts = { customers: { test: 812 }, rows: { catalogue: 3684 } };
  expect(entryOfRun({ parameters: { split, exclude_purchased: true }, counts }, null).protocolName).toBe(
    "strict 14 days to 9 Dec 2025, 812 customers, 3,684 products, without purchased",
  );
});

test("labels that say the same leave the entry the object that it was", () => {
  const entry = toEntry(JSON.stringify(STORED)) as Entry;
  expect(relabelled(entry, { name: "Wide", tags: [] })).toBe(entry);
  expect(relabelled(entry, { name: "Wide", starred: true })).toMatchObject({ starred: true, number: 62 });
});

test("newest first, and a block holds 250 numbers", () => {
  const [a, b] = [1, 2].map((number) => ({ ...(toEntry(JSON.stringify(STORED)) as Entry), number }));
  expect([a, b].sort((x, y) => byNewest(x as Entry, y as Entry)).map((each) => each?.number)).toEqual([2, 1]);
  expect([blockOf("shop", 249), blockOf("shop", 250)]).toEqual(["shop__0", "shop__1"]);
});
