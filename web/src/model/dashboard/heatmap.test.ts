import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { toHeatmaps } from "../../data/insight_parts";
import type { Entry } from "../list/entry";
import { toEntry } from "../list/stored_entry";
import { parse } from "../query/query";
import {
  cellQuery,
  drawnMap,
  groupRuns,
  type Heatmap,
  heatLegend,
  heatmapExport,
  heatmapOf,
  heatStep,
  type Measured,
  valueText,
} from "./heatmap";

const run = (parameters: Measured["parameters"], value: number, experiment = `exp-${value}`): Measured => ({
  ...{ experiment, number: 1, state: "completed", modelType: "retrieval", samplePercent: 100 },
  ...{ endedAt: 0, protocols: { retrieval: "p" }, parameters },
  metrics: { recall_at_10: { value, low: null, high: null } },
});

test("a cell is the mean of its runs, how many they are, and the best of them", () => {
  const map = heatmapOf(
    [run({ rate: 0.1, out: 8 }, 0.2), run({ rate: 0.1, out: 8 }, 0.4), run({ rate: 0.01, out: 16 }, 0.1)],
    "recall_at_10",
    "rate",
    "out",
  );
  expect(map?.x.labels).toEqual(["0.01", "0.1"]);
  expect(map?.y.labels).toEqual(["8", "16"]);
  expect(map?.cells).toEqual([
    { x: 1, y: 0, n: 2, mean: expect.closeTo(0.3), best: "exp-0.4", value: 0.4 },
    { x: 0, y: 1, n: 1, mean: 0.1, best: "exp-0.1", value: 0.1 },
  ]);
});

test("a parameter that does not vary is no axis", () => {
  expect(
    heatmapOf([run({ rate: 1, out: 8 }, 0.2), run({ rate: 1, out: 9 }, 0.3)], "recall_at_10", "rate", "out"),
  ).toBeNull();
});

test("many numbers are at most twelve bins in natural order; a feature that is absent is 0", () => {
  const runs = Array.from({ length: 40 }, (_, i) => run(i === 0 ? { out: 1 } : { "query.x": i, out: i % 2 }, i / 100));
  const map = heatmapOf(runs, "recall_at_10", "query.x", "out");
  expect(map?.x.labels).toHaveLength(12);
  expect(map?.x.labels[0]).toBe("0 to 3");
  expect(map?.x.labels.at(-1)).toBe("37 to 39");
});

test("many words are eleven and the others together", () => {
  const runs = Array.from({ length: 30 }, (_, i) => run({ word: `w${i % 15}`, out: i % 2 }, i));
  const labels = heatmapOf(runs, "recall_at_10", "word", "out")?.x.labels ?? [];
  expect(labels).toHaveLength(12);
  expect(labels.at(-1)).toBe("others");
});

test("numbers are written as the service writes them", () => {
  expect([0.001, 1024, 0.00001, 1_234_567, 0.1 + 0.2, true, "64→32", 0].map(valueText)).toEqual([
    ...["0.001", "1024", "1e-05", "1.23457e+06", "0.3", "true", "64→32", "0"],
  ]);
});

test("what is computed here is what the service has drawn of the same runs", () => {
  const { entries, drawn } = recorded();
  for (const [protocol, sample, heatmaps] of drawn) {
    const runs = groupRuns<Measured>(entries, protocol, sample, null);
    for (const map of heatmaps.maps) {
      const computed = heatmapOf(runs, map.metric, map.x.name, map.y.name);
      expect(rounded(computed)).toEqual(rounded(map));
      expect(rounded(drawnMap(heatmaps, map.y.name, map.x.name))?.x).toEqual(map.y);
    }
  }
  expect(drawn.flatMap(([, , heatmaps]) => heatmaps.maps).length).toBeGreaterThan(6);
});

test("the colours go from worst to best in either direction", () => {
  expect([1, 2, 5].map((value) => heatStep(value, [1, 5], false))).toEqual([0, 1, 4]);
  expect([1, 2, 5].map((value) => heatStep(value, [1, 5], true))).toEqual([4, 3, 0]);
  expect(heatStep(3, [3], false)).toBe(2);
  expect(heatLegend([0, 10], false)[0]).toEqual([0, 2]);
  expect(heatLegend([0, 10], true)[0]).toEqual([10, 8]);
  expect(heatLegend([], true)).toEqual([]);
});

const MAP: Heatmap = {
  ...{ metric: "recall_at_10", n: 3, cells: [{ x: 0, y: 0, n: 1, mean: 0.2, best: "exp-1", value: 0.2 }] },
  x: { name: "learning_rate", labels: ["0.001", "0.01 to 0.3", "none"] },
  y: { name: "query.country", labels: ["0", "0 to 8", "64→32", "others"] },
};
const WHERE = { protocol: "p", samplePercent: 100, modelType: null };
const GROUP = "protocol = p sample = 100 state = completed";

test("a cell leads to its runs in the list", () => {
  expect(cellQuery(MAP, { x: 0, y: 0 }, WHERE)).toBe(`${GROUP} learning_rate = 0.001 query.country = none`);
  expect(cellQuery(MAP, { x: 1, y: 1 }, WHERE)).toBe(
    `${GROUP} learning_rate >= 0.01 learning_rate <= 0.3 (query.country <= 8 OR query.country = none)`,
  );
  expect(cellQuery(MAP, { x: 2, y: 2 }, { ...WHERE, modelType: "multitask" })).toBe(
    `${GROUP} model_type = multitask learning_rate = none query.country = 64→32`,
  );
  expect(cellQuery(MAP, { x: 0, y: 3 }, WHERE)).toContain('NOT query.country in (0, "0 to 8", 64→32)');
});

test("the query of each recorded cell finds just its runs", () => {
  const { entries, drawn } = recorded();
  for (const [protocol, samplePercent, { maps }] of drawn) {
    for (const map of maps) {
      for (const cell of map.cells) {
        const query = cellQuery(map, cell, { protocol, samplePercent, modelType: null });
        if (query === null) continue; // a cross: its name has a space
        const { finds } = parse(query);
        expect(entries.filter((entry) => finds(entry, 0)).length, query).toBe(cell.n);
      }
    }
  }
});

test("a parameter whose name cannot stand in a query leads nowhere", () => {
  expect(
    cellQuery({ ...MAP, x: { name: "candidate.brand × price", labels: ["1"] } }, { x: 0, y: 0 }, WHERE),
  ).toBeNull();
});

test("the export names both parameters", () => {
  expect(heatmapExport(MAP)[0]).toMatchObject({ x_parameter: "learning_rate", x: "0.001", y: "0", n: 1 });
});

type Fields = Record<string, { stringValue?: string; mapValue?: { fields: Fields } }>;

/** What a real stack wrote (tests/web/recorded.py). */
function recorded() {
  const file = new URL("../../../../tests/web/fixtures/recorded.jsonl.gz", import.meta.url);
  const lines = gunzipSync(readFileSync(file)).toString().trim().split("\n");
  const documents = lines.map((line) => JSON.parse(line) as { path: string; fields: Fields });
  const entries = documents
    .filter(({ path }) => path.startsWith("indexes/"))
    .flatMap(({ fields }) => texts(fields))
    .map(toEntry)
    .filter((entry): entry is Entry => entry !== null);
  const drawn = documents.flatMap(({ path, fields }) => {
    const found = /^insights\/\w+?__(\w+)\/parts\/heatmaps-(\d+)$/.exec(path);
    const json = fields.json?.stringValue;
    if (found === null || json === undefined) return [];
    return [[found[1] ?? "", Number(found[2]), toHeatmaps(JSON.parse(json))] as const];
  });
  return { entries, drawn };
}

function texts(fields: Fields): string[] {
  return Object.values(fields).flatMap(({ stringValue, mapValue }) =>
    mapValue === undefined ? (stringValue ?? []) : texts(mapValue.fields),
  );
}

function rounded(map: Heatmap | null): Heatmap | null {
  const digits = (value: number | null) => (value === null ? null : Number(value.toPrecision(4)));
  return (
    map && { ...map, cells: map.cells.map((cell) => ({ ...cell, mean: digits(cell.mean), value: digits(cell.value) })) }
  );
}
