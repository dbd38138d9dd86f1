import { describe, expect, test } from "vitest";
import cases from "../../../../tests/unit/query_cases.json";
import { parse } from "../query/query";
import type { Entry } from "./entry";
import { runOfEntry } from "./listed_run";
import {
  asked,
  conditionOf,
  fidelityGroups,
  filtersOf,
  finder,
  listSummary,
  parseSort,
  sorted,
  sortText,
  withCondition,
} from "./listing";
import { COMMON_VIEWS, fieldsOf, isSameView, readViews, viewOf, withView, writeViews } from "./saved_views";
import { toEntry } from "./stored_entry";

const [BEST, QUICK, BROKEN] = Object.values(cases.entries).map(
  (stored) => toEntry(JSON.stringify(stored)) as Entry,
) as [Entry, Entry, Entry];
const ALL = [QUICK, BEST, BROKEN];
const NOW = Date.parse(cases.now);

describe("searching", () => {
  const found = (text: string) =>
    ALL.filter((entry) => asked(text).query?.finds(entry, NOW)).map(({ number }) => number);

  test.each([
    ["exp 62", [62]],
    ["Exp #7", [7]],
    ["62", [62]],
    ["exp-00000000000000000000000620", [620]],
    ["experiment", []],
  ])("%s is looked up", (text, numbers) => {
    expect(found(text)).toEqual(numbers);
  });

  test("a mistake is told and no query is made of it", () => {
    expect(asked("cost <")).toMatchObject({ query: null, error: { position: 6 } });
  });

  test("of entries that stay only the first look asks", () => {
    let looks = 0;
    const query = { node: parse("wide").node, finds: () => ++looks > 0 };
    const find = finder();
    expect(find(ALL, query, NOW)).toHaveLength(3);
    find([...ALL, { ...BEST }], query, NOW + 1000);
    expect(looks).toBe(4);
    find(ALL, query, NOW + 60_000);
    expect(looks).toBe(7); // dates count back from another minute
  });
});

describe("menus", () => {
  test("each offers what occurs, with its number", () => {
    const menus = filtersOf(ALL, ({ state }) => state);
    const options = (field: string) => menus.find((menu) => menu.field === field)?.options;
    expect(options("dataset")).toEqual([
      { condition: "dataset = wholesale-orders", label: "Orders since 2024", count: 2 },
      { condition: "dataset = retail", label: "retail", count: 1 },
    ]);
    expect(options("starred")?.[0]?.count).toBe(1);
    for (const { options: each } of menus)
      for (const { condition } of each) expect(() => parse(condition)).not.toThrow();
  });

  test.each([
    ["", "state", "state = failed", "state = failed"],
    ["wide state = failed", "state", null, "wide"],
    ["wide state = failed", "state", "state = completed", "wide state = completed"],
    ["wide OR deep", "state", "state = failed", "(wide OR deep) state = failed"],
    ["wide OR deep", "state", null, "wide OR deep"],
    ["NOT state = failed", "state", "state = failed", "NOT state = failed state = failed"],
    ['"a b" AND created >= -7d created < -1d', "created", null, '"a b"'],
  ])("%s with another %s", (text, field, condition, wanted) => {
    expect(withCondition(parse(text).node, field, condition)).toBe(wanted);
  });

  test("shows what is demanded of its field", () => {
    const { node } = parse("wide state in (failed, cancelled)");
    expect(conditionOf(node, "state")).toBe("state in (failed, cancelled)");
    expect(conditionOf(node, "tag")).toBeNull();
  });
});

describe("ordering", () => {
  const order = (text: string) => sorted(ALL, parseSort(text)).map(({ number }) => number);

  test.each([
    ["date", [7, 62, 620]],
    ["-date", [620, 62, 7]],
    ["headline", [62, 7, 620]],
    ["cost", [62, 7, 620]],
    ["-cost", [7, 62, 620]],
    ["duration", [62, 7, 620]],
    ["rmse", [7, 62, 620]],
    ["learning_rate", [7, 62, 620]],
    ["name", [7, 62, 620]],
    ["nonsense", [7, 62, 620]],
  ])("by %s", (text, numbers) => {
    expect(order(text)).toEqual(numbers);
  });

  test("an address holds it; the order of a history needs none", () => {
    expect(["date", "-date", "cost", "-cost", "name", ""].map((text) => sortText(parseSort(text)))).toEqual([
      "",
      "-date",
      "cost",
      "-cost",
      "",
      "",
    ]);
  });

  test("results of several protocols and samples are told apart", () => {
    expect(fidelityGroups(ALL)).toBe(2); // the same protocol, but a sample of 10%
    expect(fidelityGroups([BEST])).toBe(1);
  });
});

test("a list is summed up, and zeros are left out", () => {
  const live = { ...BEST, experiment: "exp-l", state: "running" as const };
  const waiting = { ...BEST, experiment: "exp-w", state: "requested" as const };
  const isDeleting = (id: string) => id === BROKEN.experiment;
  expect(listSummary([live, waiting, ...ALL], isDeleting)).toBe("1 live, 1 waiting, 2 finished, 1 deleting");
  expect(listSummary([], isDeleting)).toBe("");
});

describe("views", () => {
  test("an address is a view and back", () => {
    const view = viewOf("?q=state+%3D+failed&sort=-cost&layout=cards&endpoint=shop");
    expect(view).toEqual({ query: "state = failed", sort: { by: "cost", reversed: true }, layout: "cards" });
    expect(fieldsOf(view)).toEqual({ q: "state = failed", sort: "-cost", layout: "cards" });
    expect(fieldsOf(viewOf("?layout=wall&sort=name"))).toEqual({ q: "", sort: "", layout: "" });
  });

  test("those that everybody has can be searched", () => {
    for (const { query } of COMMON_VIEWS) expect(asked(query).error).toBeNull();
  });

  test("are kept under names, each once, and read again", () => {
    const view = viewOf("?q=wide");
    const saved = withView(withView(withView([], "b", view), " a ", view), "b", viewOf("?q=deep"));
    expect(saved.map(({ name, query }) => [name, query])).toEqual([
      ["a", "wide"],
      ["b", "deep"],
    ]);
    expect(withView(saved, "  ", view)).toEqual(saved);
    expect(readViews(writeViews(saved))).toEqual(saved);
    expect(isSameView(saved[0] ?? view, view)).toBe(true);
  });

  test.each([null, "{", "{}", '[1, {"name": ""}, {"name": "x"}]'])("%s holds none", (text) => {
    expect(readViews(text)).toEqual([]);
  });
});

test("a run is told by its entry", () => {
  expect(runOfEntry(BEST)).toMatchObject({
    number: 62,
    state: "completed",
    startedAt: Date.parse("2026-11-10T09:30:00Z"),
    durationSeconds: 1800,
    names: { dataset: "Orders since 2024" },
    headline: { metric: "recall_at_10", measure: { value: 0.213 }, lift: { verdict: "better" } },
  });
  expect(runOfEntry(QUICK).headlines.map(({ metric }) => metric)).toEqual(["recall_at_10", "rmse"]);
  expect(runOfEntry(BROKEN)).toMatchObject({ headline: null, error: { title: "Out of memory" }, cost: null });
  expect(runOfEntry({ ...BEST, state: "requested", number: 0 })).toMatchObject({
    number: null,
    reason: "not picked up yet",
    durationSeconds: null,
  });
});
