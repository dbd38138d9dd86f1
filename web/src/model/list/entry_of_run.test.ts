import { expect, test } from "vitest";
import completed from "../../../../tests/web/fixtures/completed.json";
import type { Group } from "../run/run";
import type { Entry } from "./entry";
import { entryOfRun, relabelled } from "./entry_of_run";
import { STORED } from "./samples";
import { toEntry } from "./stored_entry";

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
