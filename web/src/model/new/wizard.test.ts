import { expect, test } from "vitest";
import type { Config } from "../configs/configs";
import type { Problem } from "../run/run";
import { differencesOf } from "./clone";
import {
  featureOption,
  modelOption,
  modelWords,
  type Options,
  tierWords,
  unfitFeatures,
  unfitModel,
  withDefaults,
  withType,
} from "./options";
import { placed, placeOf, sentence, stepOfPlace } from "./placing";
import { clonedOf, rerunOf } from "./rerun";
import {
  askedOf,
  fieldsOf,
  formOf,
  hintOf,
  labelOf,
  mistakesOf,
  parsedForm,
  requestOf,
  stepOf,
  withSearch,
} from "./wizard";

const config = (kind: Config["kind"], id: string, content: Config["content"], updatedAt = 0): Config => ({
  ...{ kind, id, name: id.toUpperCase(), description: "", owner: "ada", createdAt: 0, updatedAt, content },
});
const PLAIN = featureOption(config("feature_configs", "plain", { dataset: "sales", query_features: [{}] }, 1));
const TARGET = featureOption(
  config("feature_configs", "amount", {
    dataset: "sales",
    query_features: [{ is_primary_id: true }, {}],
    query_crosses: [{}],
    target: { column: "quantity", normalise: "zscore" },
  }),
);
const EMPTY = featureOption(config("feature_configs", "none", { query_id: "none", query_features: [] }));
const TOWERS = modelOption(
  config(
    "model_configs",
    "towers",
    {
      query_layers: [{ type: "dense", units: 128 }, { type: "dropout", rate: 0.2 }, { type: "batch_norm" }],
    },
    1,
  ),
);
const RATER = modelOption(
  config("model_configs", "rater", {
    ...{ model_type: "ranking", ranking_loss: "binary_crossentropy", optimizer: "sgd", batch_size: 256 },
  }),
);
const HUBER = modelOption(config("model_configs", "huber", { model_type: "ranking", ranking_loss: "huber" }, 2));
const OPTIONS: Options = { feature_config: [PLAIN, TARGET, EMPTY], model_config: [TOWERS, RATER, HUBER] };
const BASE = { endpoint: "default", parent: null };
const REQUEST = { feature_config: "plain", model_config: "towers" };

test("a request without anything is a form of defaults, and such a form is that request", () => {
  const form = formOf(REQUEST);
  expect(form).toMatchObject({
    epochs: "20",
    split: "default",
    sample_percent: "auto",
    batch_size: "",
    hardware: "auto",
  });
  expect(form).toMatchObject({ test_days: "14", train_days: "", reuse_cache: "true", tags: "" });
  expect(mistakesOf(form)).toEqual({});
  expect(requestOf(form, BASE)).toEqual(REQUEST);
});

test("what a request says stays as it is", () => {
  const request = {
    ...REQUEST,
    ...{ name: "Mine", tags: ["a", "b"], epochs: 5, batch_size: "auto", learning_rate: 0.01, hardware: "medium" },
    split: { kind: "strict_time", test_days: 7, val_days: 14, train_days: 90 },
    ...{ exclude_purchased: true, reuse_cache: false, region: "europe-west4", seed: 3, sample_percent: 10 },
  };
  expect(requestOf(formOf(request), BASE)).toEqual(request);
  expect(requestOf(formOf(request), { endpoint: "wholesale", parent: "exp-1" })).toEqual({
    ...request,
    ...{ model_endpoint: "wholesale", parent: "exp-1", origin: "clone" },
  });
});

test("only the days of the chosen split count, and workers only where there are some", () => {
  const form = { ...formOf(REQUEST), split: "time_holdout", holdout_days: "3", test_days: "none of your business" };
  expect(mistakesOf(form)).toEqual({});
  expect(requestOf(form, BASE).split).toEqual({ kind: "time_holdout", holdout_days: 3 });
  const alone = { ...form, data_processing: "in_process", max_workers: "99" };
  expect(fieldsOf(alone)).not.toContain("max_workers");
  expect(requestOf(alone, BASE)).not.toHaveProperty("max_workers");
});

test.each([
  ["epochs", "0", "Write a whole number, 1 to 500."],
  ["tags", "ok, Upper", '"Upper" is no tag.'],
  ["name", "x".repeat(81), "It has 81 characters. Shorten it to 80."],
  ["feature_config", "", "Choose a feature config."],
  ["sample_percent", "150", "Write a whole number, 1 to 100, or write auto."],
] as const)("%s: %j", (field, text, mistake) => {
  expect(mistakesOf({ ...formOf(REQUEST), [field]: text })[field]).toContain(mistake);
});

test("fields of an address are filled in, whatever else is in it", () => {
  const form = withSearch(formOf({}), "?epochs=5&feature_config=plain&split=random&step=2&nonsense=1");
  expect(form).toMatchObject({ epochs: "5", feature_config: "plain", split: "random" });
  expect(Object.keys(form)).toEqual(Object.keys(formOf({})));
});

test("words are not asked about", () => {
  expect(askedOf({ ...REQUEST, name: "A", notes: "b", tags: ["c"], description: "d", epochs: 3 })).toEqual({
    ...REQUEST,
    epochs: 3,
  });
});

test("what was kept is read again, and nothing else", () => {
  const form = formOf(REQUEST);
  expect(parsedForm(JSON.stringify({ ...form, more: 1 }))).toEqual(form);
  for (const text of ["", "null", "{}", "[1]", JSON.stringify({ ...form, epochs: 5 })])
    expect(parsedForm(text)).toBeNull();
});

test("labels and hints come from the documents' schema", () => {
  expect(labelOf("val_days")).toBe("Validation days");
  expect(hintOf("epochs")).toBe("1 to 500");
  expect(hintOf("learning_rate")).toBe("0.000001 to 1; empty: as the model config says");
  expect([stepOf("split"), stepOf("epochs")]).toEqual([1, 2]);
});

test("features and models say what they are", () => {
  expect(TARGET).toMatchObject({ dataset: "sales", target: { column: "quantity", normalise: "zscore" } });
  expect(TARGET.counts).toBe("2 features and 1 cross in the query tower, 0 features in the candidate tower");
  expect(TOWERS.layers).toBe("query 128→d0.2→bn→32, candidate 64→32");
  expect(RATER).toMatchObject({
    layers: "query 64→32, candidate 64→32, head 32→1",
    learningRate: "0.01",
    batchSize: "256",
  });
  expect(modelWords(RATER, "batch_size")).toBe("256, as the model config says");
  expect(modelWords(null, "batch_size")).toBe("as the model config says");
  expect(tierWords("gpu_t4")).toBe("n1-standard-8, 8 vCPU, 30 GB, one T4");
});

test("what does not go together says why", () => {
  expect(unfitFeatures(PLAIN, "retrieval")).toBeNull();
  expect(unfitFeatures(PLAIN, "ranking")).toBe("A ranking model predicts a target, and this feature config has none.");
  expect(unfitFeatures(EMPTY, "retrieval")).toBe("Its query tower has nothing to read.");
  expect(unfitModel(RATER, TARGET)).toContain("these features give z-scores");
  expect(unfitModel(RATER, PLAIN)).toBeNull(); // said of the features
  expect(unfitModel(HUBER, TARGET)).toBeNull();
});

test("a form begins with the newest configs that go together, and keeps what was asked for", () => {
  expect(withDefaults(formOf({}), OPTIONS)).toMatchObject({ ...REQUEST, model_type: "retrieval" });
  expect(withDefaults(formOf({ model_config: "huber" }), OPTIONS)).toMatchObject({
    ...{ feature_config: "amount", model_config: "huber", model_type: "ranking" },
  });
  expect(withDefaults(formOf({ feature_config: "amount" }), OPTIONS)).toMatchObject({
    ...{ feature_config: "amount", model_config: "towers" },
  });
  expect(withDefaults(formOf({ model_config: "gone" }), OPTIONS)).toMatchObject({ model_config: "gone" });
  expect(withDefaults(formOf({}), { feature_config: [], model_config: [] })).toMatchObject({ feature_config: "" });
});

test("another type takes a model of it and features that fit", () => {
  const form = withType(withDefaults(formOf({}), OPTIONS), "ranking", OPTIONS);
  expect(form).toMatchObject({ model_type: "ranking", feature_config: "amount", model_config: "huber" });
  expect(withType(form, "multitask", OPTIONS)).toMatchObject({ feature_config: "amount", model_config: "" });
  expect(withType(form, "retrieval", OPTIONS)).toMatchObject({ feature_config: "amount", model_config: "towers" });
});

const problem = (path: string, severity: Problem["severity"] = "error"): Problem => ({
  ...{ code: "E", path, problem: `it is wrong at ${path}.`, remedy: "Mend it.", severity },
});

test.each([
  ["split", "split"],
  ["split.test_days", "test_days"],
  ["split.holdout_days", "split"], // the field is not shown
  ["batch_size", "batch_size"],
  ["model_config.batch_size", "batch_size"],
  ["model_config.query_layers.0", "model_config"],
  ["feature_config", "feature_config"],
  ["feature_config.dataset", "dataset"],
  ["dataset.tables.0.table", "dataset"],
  ["model_endpoint", "form"],
])("%s is said at %s", (path, place) => {
  expect(placeOf(path, { ...formOf(REQUEST), split: "strict_time" })).toBe(place);
});

test("problems stand at their places in sentences", () => {
  const found = placed([problem("epochs", "warning"), problem("epochs"), problem("id")], formOf(REQUEST));
  expect(sentence(found.epochs, "error")).toBe("It is wrong at epochs. Mend it.");
  expect(sentence(found.seed, "error")).toBeNull();
  expect(found.form).toHaveLength(1);
  expect([stepOfPlace("dataset"), stepOfPlace("form"), stepOfPlace("model_config")]).toEqual([1, 2, 1]);
});

test("a rerun is the parent's request; a clone is it without what is the parent's own", () => {
  const parent = {
    ...REQUEST,
    owner: "ada",
    notes: "mine",
    starred: true,
    parent: "exp-0",
    origin: "clone",
    epochs: 3,
  };
  expect(rerunOf(parent, "exp-1")).toEqual({ ...REQUEST, epochs: 3, parent: "exp-1", origin: "rerun" });
  expect(clonedOf(parent)).toEqual({ ...REQUEST, epochs: 3 });
});

test("differences are told in the order of the form, in words", () => {
  const before = withDefaults(formOf(REQUEST), OPTIONS);
  const after = { ...before, model_config: "huber", split: "time_holdout", epochs: " 2e1 ", batch_size: "512" };
  expect(differencesOf(before, after, OPTIONS, null)).toEqual([
    { label: "Model config", before: "TOWERS", after: "HUBER" },
    { label: "Split", before: "Chosen by the data", after: "The last days are the test" },
    { label: "Holdout days", before: "none", after: "7" },
    { label: "Batch size", before: "auto, as the model config says", after: "512" },
  ]);
  expect(differencesOf(before, before, OPTIONS, null)).toEqual([]);
});

test("a config of the same name that was changed since is a difference", () => {
  const form = withDefaults(formOf(REQUEST), OPTIONS);
  expect(differencesOf(form, form, OPTIONS, { feature_config: 1, model_config: 0 })).toHaveLength(1);
});
