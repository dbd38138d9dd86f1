import { expect, test } from "vitest";
import wanted from "../../../../tests/unit/golden/list_table.json";
import cases from "../../../../tests/unit/query_cases.json";
import type { Entry } from "./entry";
import { toEntry } from "./stored_entry";
import { tableOf } from "./table";

test("a list is saved as the terminal saves it", () => {
  const entries = Object.values(cases.entries).map((stored) => toEntry(JSON.stringify(stored)) as Entry);
  const table = tableOf(entries);
  expect(table.map((row) => Object.keys(row))).toEqual(wanted.map((row) => Object.keys(row)));
  expect(table).toEqual(wanted);
});

test("nothing is a table without rows", () => {
  expect(tableOf([])).toEqual([]);
});
