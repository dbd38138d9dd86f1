import { describe, expect, test } from "vitest";
import {
  type Choices,
  type Draft,
  differencesOf,
  draftOf,
  type FieldName,
  fieldsOf,
  hintOf,
  labelOf,
  mistakesOf,
  requestOf,
  rerunOf,
} from "./clone";
import type { Group } from "./run";

const PARENT: Group = {
  ...{
    schema_version: 1,
    owner: "ada",
    created_at: "2026-11-21T09:00:00.000Z",
    updated_at: "2026-11-21T09:00:00.000Z",
  },
  ...{ model_endpoint: "shop", feature_config: "ids", model_config: "small", parent: "exp-0", origin: "rerun" },
  ...{ name: "Ids", description: "first", notes: "see Ada", tags: ["base", "ids"], starred: true },
  ...{ split: { kind: "strict_time", test_days: 7, val_days: 7, train_days: null }, region: "europe-west1" },
  ...{ epochs: 5, batch_size: null, learning_rate: 0.000001, exclude_purchased: true, max_cost_usd: 2.5, seed: 0 },
};
const CHOICES: Choices = {
  feature_config: [
    { id: "ids", name: "Ids", updatedAt: 1_000 },
    { id: "ids-country", name: "Ids, country", updatedAt: 1_000 },
  ],
  model_config: [{ id: "small", name: "Two layers, 32", updatedAt: 1_000 }],
};
const DRAFT = draftOf(PARENT);
const differences = (draft: Draft, frozen = { feature_config: 1_000, model_config: 1_000 }) =>
  differencesOf(DRAFT, draft, CHOICES, frozen);

describe("the form", () => {
  test("shows what the parent asked for, and defaults where it asked for nothing", () => {
    expect(DRAFT).toMatchObject({
      name: "Ids",
      tags: "base, ids",
      split: "strict_time",
      test_days: "7",
      train_days: "",
    });
    expect(DRAFT).toMatchObject({
      epochs: "5",
      batch_size: "",
      learning_rate: "0.000001",
      seed: "0",
      max_cost_usd: "2.5",
    });
    expect(draftOf({ feature_config: "f", model_config: "m" })).toMatchObject({
      ...{ name: "", tags: "", split: "default", sample_percent: "auto", epochs: "20", batch_size: "" },
      ...{ learning_rate: "", hardware: "auto", max_minutes: "120", max_cost_usd: "10", seed: "17", test_days: "14" },
    });
  });

  test("that is sent as it was filled makes the parent's request, but for its identity", () => {
    const request = requestOf(DRAFT, PARENT, "exp-1");
    expect(request).toEqual({
      ...{ model_endpoint: "shop", feature_config: "ids", model_config: "small", parent: "exp-1", origin: "clone" },
      ...{ name: "Ids", description: "first", tags: ["base", "ids"], region: "europe-west1", exclude_purchased: true },
      ...{ split: { kind: "strict_time", test_days: 7, val_days: 7 }, epochs: 5, learning_rate: 0.000001, seed: 0 },
      ...{ sample_percent: "auto", hardware: "auto", max_minutes: 120, max_cost_usd: 2.5 },
    });
    expect(differences(DRAFT)).toEqual([]);
  });

  test("shows the days of the chosen split only, and sends no others", () => {
    const draft: Draft = { ...DRAFT, split: "time_holdout", holdout_days: "3", test_days: "nonsense" };
    expect(fieldsOf(draft).filter((field) => field.endsWith("_days"))).toEqual(["holdout_days"]);
    expect(mistakesOf(draft, CHOICES)).toEqual({});
    expect(requestOf(draft, PARENT, "exp-1").split).toEqual({ kind: "time_holdout", holdout_days: 3 });
    expect(requestOf({ ...draft, split: "random" }, PARENT, "exp-1").split).toEqual({ kind: "random" });
    expect(requestOf({ ...draft, split: "default" }, PARENT, "exp-1")).not.toHaveProperty("split");
  });

  test("what is emptied is not sent, so that its default holds", () => {
    const emptied = { ...DRAFT, learning_rate: " ", batch_size: "auto" };
    const request = requestOf(emptied, { ...PARENT, batch_size: 512 }, "exp-1");
    expect(request).not.toHaveProperty("learning_rate");
    expect(request.batch_size).toBe("auto");
  });
});

/** S5.1: the ends of each range are allowed, what is beyond them and what is no number is not. */
const RANGES: [FieldName, number, number][] = [
  ["test_days", 1, 90],
  ["val_days", 1, 90],
  ["train_days", 7, 3650],
  ["sample_percent", 1, 100],
  ["epochs", 1, 500],
  ["batch_size", 64, 65536],
  ["learning_rate", 0.000001, 1],
  ["max_minutes", 10, 1440],
  ["max_cost_usd", 0.1, 1000],
  ["seed", 0, 2147483647],
];

describe("ranges (S5.1)", () => {
  test.each(RANGES)("%s is from %d to %d", (field, low, high) => {
    const mistake = (text: string) => mistakesOf({ ...DRAFT, [field]: text }, CHOICES)[field];
    expect([String(low), String(high), ` ${high} `].map(mistake)).toEqual([undefined, undefined, undefined]);
    for (const wrong of [
      String(low - 1),
      String(high + 1),
      "many",
      "1,5",
      "NaN",
      "Infinity",
      "0x20",
      "1e999",
      "-0.5",
    ]) {
      expect(mistake(wrong), wrong).toMatch(/^Write a (whole )?number from /);
    }
    expect(hintOf(field as "epochs")).toMatch(/ to /);
  });

  test("numbers of days, steps and seeds are whole, the others need not be", () => {
    expect(mistakesOf({ ...DRAFT, epochs: "2.5" }, CHOICES).epochs).toBe("Write a whole number from 1 to 500.");
    expect(mistakesOf({ ...DRAFT, max_cost_usd: "2.5", learning_rate: "5e-4" }, CHOICES)).toEqual({});
  });

  test("a mistake names what else may stand there", () => {
    expect(mistakesOf({ ...DRAFT, batch_size: "1" }, CHOICES).batch_size).toBe(
      "Write a whole number from 64 to 65,536, or leave it empty, or write auto.",
    );
    expect(mistakesOf({ ...DRAFT, sample_percent: "auto" }, CHOICES)).toEqual({});
    expect(mistakesOf({ ...DRAFT, epochs: "" }, CHOICES).epochs).toBeDefined();
  });

  test("texts and tags have their limits", () => {
    const mistakes = (draft: Partial<Draft>) => mistakesOf({ ...DRAFT, ...draft }, CHOICES);
    expect(mistakes({ name: "x".repeat(80), description: "x".repeat(2_000) })).toEqual({});
    expect(mistakes({ name: "é".repeat(81) }).name).toBe("It has 81 characters. Shorten it to 80.");
    expect(mistakes({ description: "x".repeat(2_001) }).description).toContain("2,001");
    expect(mistakes({ tags: Array.from({ length: 21 }, (_, i) => `t${i}`).join(" ") }).tags).toContain("21 tags");
    for (const tag of ["Base", "-x", "ü", "x".repeat(33)]) expect(mistakes({ tags: `ok, ${tag}` }).tags).toContain(tag);
    expect(mistakes({ tags: " a-1,, b_2 , a-1 " })).toEqual({});
    expect(requestOf({ ...DRAFT, tags: " a-1,, b_2 , a-1 " }, PARENT, "exp-1").tags).toEqual(["a-1", "b_2"]);
  });

  test("a config that is not stored any more is a mistake", () =>
    expect(mistakesOf({ ...DRAFT, model_config: "gone" }, CHOICES)).toEqual({
      model_config: "There is no model config gone any more. Pick another one.",
    }));
});

describe("the difference to the parent", () => {
  test("names fields, before and after, in the order of the form", () => {
    const draft: Draft = { ...DRAFT, learning_rate: "", feature_config: "ids-country", name: "Country", tags: "" };
    expect(differences(draft)).toEqual([
      { label: "Name", before: "Ids", after: "Country" },
      { label: "Tags", before: "base, ids", after: "none" },
      { label: "Feature config", before: "Ids", after: "Ids, country" },
      { label: "Learning rate", before: "0.000001", after: "as the model config says" },
    ]);
  });

  test("is about what is meant, not about how it is written", () =>
    expect(
      differences({ ...DRAFT, learning_rate: "1e-6", epochs: " 5.0", tags: "base ids", holdout_days: "3" }),
    ).toEqual([]));

  test("a split of another kind brings its own days", () =>
    expect(differences({ ...DRAFT, split: "time_holdout" })).toEqual([
      { label: "Split", before: "by time: train, validation days, test days", after: "the last days are the test" },
      { label: "Test days", before: "7", after: "none" },
      { label: "Validation days", before: "7", after: "none" },
      { label: "Train days", before: "all the days before", after: "none" },
      { label: "Holdout days", before: "none", after: "7" },
    ]));

  test("tells of a config of the same name that was changed since", () => {
    const [stale, ...others] = differences(DRAFT, { feature_config: 999, model_config: 1_000 });
    expect(stale).toMatchObject({ label: "Feature config", before: expect.stringMatching(/^Ids of .*1970/) });
    expect(stale?.after).toMatch(/^changed on .*1970/);
    expect(others).toEqual([]);
    expect(differencesOf(DRAFT, DRAFT, CHOICES, null)).toEqual([]);
  });
});

test("a rerun copies the request with everything that nobody can see in a form", () => {
  const request = rerunOf(PARENT, "exp-1");
  expect(request).toMatchObject({
    parent: "exp-1",
    origin: "rerun",
    batch_size: null,
    region: "europe-west1",
    name: "Ids",
  });
  for (const anew of ["owner", "created_at", "updated_at", "schema_version", "starred", "notes"]) {
    expect(request).not.toHaveProperty(anew);
  }
});

test("every field has a label without underscores", () => {
  for (const field of fieldsOf(DRAFT)) expect(labelOf(field)).toMatch(/^[A-Z][^_]*$/);
});
