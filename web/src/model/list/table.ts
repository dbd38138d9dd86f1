/** Experiments as a table for other programs: one row each, every column there is (quicktest/table_file.py). */

import type { Cell, Row } from "../common/export";
import { headlineOf } from "../common/headlines";
import { METRICS } from "../common/registry";
import { headlineLift } from "../query/fields";
import { badgesOf } from "../run/protocol";
import type { Time } from "../run/run";
import type { Entry } from "./entry";

const PLAIN: readonly (readonly [string, (entry: Entry) => Cell])[] = [
  ["number", (entry) => entry.number],
  ["experiment", (entry) => entry.experiment],
  ["model_endpoint", (entry) => entry.modelEndpoint],
  ["name", (entry) => entry.name],
  ["state", (entry) => entry.state],
  ["model_type", (entry) => entry.modelType],
  ["dataset", (entry) => entry.dataset],
  ["feature_config", (entry) => entry.featureConfig],
  ["model_config", (entry) => entry.modelConfig],
  ["split", (entry) => entry.split],
  ["sample_percent", (entry) => entry.samplePercent],
  ["seed", (entry) => entry.seed],
  ["protocol_name", (entry) => entry.protocolName],
  ["owner", (entry) => entry.owner],
  ["starred", (entry) => entry.starred],
  ["created_at", (entry) => isoTime(entry.createdAt)],
  ["ended_at", (entry) => isoTime(entry.endedAt)],
  ["duration_seconds", (entry) => entry.durationSeconds],
  ["cost_usd", (entry) => entry.costUsd],
  ["parameter_count", (entry) => entry.parameterCount],
  ["customers", (entry) => entry.customers],
  ["products", (entry) => entry.products],
  ["rows", (entry) => entry.rows],
  ["epochs_run", (entry) => entry.epochsRun],
  ["best_epoch", (entry) => entry.bestEpoch],
  ["tier", (entry) => entry.tier],
  ["parent", (entry) => entry.parent],
  ["origin", (entry) => entry.origin],
  ["repeat", (entry) => entry.repeat],
  ["error", (entry) => entry.error],
  ["error_title", (entry) => entry.errorTitle],
  ["description", (entry) => entry.description],
];
const PLAIN_NAMES = PLAIN.map(([name]) => name);
const METRIC_NAMES = METRICS.map(({ name }) => name);
const GROUPS = ["tags", "badges", "name", "protocol", "complexity", "headline", "lift", "baseline", "parameter"];

/** One for each entry, all with the same columns in the same order; null where there is nothing. */
export function tableOf(entries: readonly Entry[]): Row[] {
  const flat = entries.map((entry) => new Map(cells(entry)));
  const columns = [...new Set(flat.flatMap((row) => [...row.keys()]))].sort(byPlace);
  return flat.map((row) => Object.fromEntries(columns.map((name) => [name, row.get(name) ?? null])));
}

function* cells(entry: Entry): Generator<[string, Cell]> {
  for (const [name, read] of PLAIN) yield [name, read(entry)];
  yield ["tags", entry.tags.join(" ")];
  yield [
    "badges",
    badgesOf(entry)
      .map(({ text }) => text)
      .join(", "),
  ];
  const maps = { name: entry.names, protocol: entry.protocols, complexity: entry.complexity };
  for (const [prefix, texts] of Object.entries(maps)) {
    for (const [name, text] of Object.entries(texts)) yield [`${prefix}.${name}`, text];
  }
  yield* headline(entry);
  for (const [metric, { value, low, high }] of Object.entries(entry.metrics)) {
    yield [metric, value];
    if (low === null && high === null) continue;
    yield [`${metric}.low`, low];
    yield [`${metric}.high`, high];
  }
  for (const [baseline, figures] of Object.entries(entry.baselines)) {
    for (const [metric, { value }] of Object.entries(figures)) yield [`baseline.${baseline}.${metric}`, value];
  }
  for (const [name, value] of Object.entries(entry.parameters)) yield [`parameter.${name}`, value];
}

function* headline(entry: Entry): Generator<[string, Cell]> {
  yield ["headline", entry.state === "completed" ? headlineOf(entry.modelType) : null];
  const lift = headlineLift(entry);
  for (const name of ["baseline", "value", "low", "high", "verdict"] as const) {
    yield [`lift.${name}`, lift?.[name] ?? null];
  }
}

function byPlace(a: string, b: string): number {
  const [x, y] = [place(a), place(b)];
  return x[0] - y[0] || x[1] - y[1] || (x[2] < y[2] ? -1 : x[2] > y[2] ? 1 : 0);
}

/** Facts, headline and lift, metrics in the order of their registry, baselines, parameters. */
function place(column: string): readonly [number, number, string] {
  const plain = PLAIN_NAMES.indexOf(column);
  if (plain >= 0) return [0, plain, column];
  const of = column.split(".", 1)[0] ?? column;
  const metric = METRIC_NAMES.indexOf(of);
  if (metric >= 0) return [3, metric, { "": "0", ".low": "1", ".high": "2" }[column.slice(of.length)] ?? "3"];
  const group = of === "baseline" ? 4 : of === "parameter" ? 5 : 1;
  return [group, GROUPS.includes(of) ? GROUPS.indexOf(of) : GROUPS.length, column];
}

/** As Python writes times: `2026-11-10T09:00:00+00:00`. */
function isoTime(time: Time): string {
  return new Date(time).toISOString().replace(/(\.000)?Z$/, "+00:00");
}
