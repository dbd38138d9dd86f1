import { expect, test } from "vitest";
import { snapshotSections } from "./snapshot";

const CONFIGS = {
  dataset: {
    ...{ name: "Demo purchases", owner: "root", timezone: "UTC", location: null, joins: [], filters: { rows: [{}] } },
    tables: [{ table: "quicktest.demo", alias: null, columns: null }],
    history: [{ name: "bought_before", item: "product_id", length: 50, mode: "point_in_time" }],
  },
  feature_config: {
    ...{ name: "Place", dataset: "demo-purchases", query_crosses: [] },
    query_features: [
      {
        ...{ column: "customer_id", name: null, kind: "category", is_primary_id: true, hashing: null },
        vocabulary: { embedding_dim: 32, max_size: 500_000 },
      },
      { column: "ordered_at", name: "when", kind: "time", recency: false, cycles: ["month", "day_of_week"] },
    ],
  },
  model_config: {
    ...{ name: "Small", query_layers: [{ type: "dense", units: 64, activation: "relu", l1: 0, l2: 0.001 }] },
    early_stopping: { enabled: true, patience: 3 },
  },
  experiment: { feature_config: "demo-both", model_config: "demo-model", epochs: 5, notes: "mine" },
};
const SHAPE = { towers: [], head: null, parameters: null, target: null, filters: ["Filter 1: `quantity` > 0"] };
const sections = snapshotSections(CONFIGS, SHAPE);
const part = (section: number, title: string) => sections[section]?.parts.find((each) => each.title === title)?.lines;

test("every config has a section, with the document that it was frozen from", () => {
  expect(sections.map(({ title, config }) => `${title} ${config?.id ?? "-"}`)).toEqual([
    "Dataset demo-purchases",
    "Features demo-both",
    "Model demo-model",
    "Request -",
  ]);
});

test("filters are sentences, tables and histories lines", () => {
  expect(part(0, "Filters")?.[0]?.text).toBe("Filter 1: `quantity` > 0");
  expect(part(0, "Tables")).toEqual([{ label: "quicktest.demo", text: "as it is" }]);
  expect(part(0, "Derived history")?.[0]?.text).toBe("item product_id, length 50, mode point_in_time");
});

test("features and layers are said in a line, and nothing that is set is left out", () => {
  expect(part(1, "Query tower, inputs")).toEqual([
    { label: "customer_id", text: "category, is primary id, vocabulary (embedding dim 32, max size 500,000)" },
    { label: "when", text: "time, of ordered_at, cycles month, day_of_week" },
  ]);
  expect(part(2, "Query tower, layers")).toEqual([{ label: "1", text: "dense, units 64, activation relu, l2 0.001" }]);
  expect(part(2, "Settings")?.map(({ label }) => label)).toEqual([
    "Early stopping, enabled",
    "Early stopping, patience",
  ]);
});

test("what is no setting of the run is not among them", () => {
  expect(part(3, "Settings")).toEqual([{ label: "Epochs", text: "5" }]);
});
