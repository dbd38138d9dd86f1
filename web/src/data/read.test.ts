import { describe, expect, test } from "vitest";
import completed from "../../../tests/web/fixtures/completed.json";
import evaluation from "../../../tests/web/fixtures/evaluation.json";
import history from "../../../tests/web/fixtures/history.json";
import { toConfig } from "./configs";
import {
  toEvaluation,
  toFrozen,
  toHistory,
  toRequest,
  toRun,
  toShape,
  toSnapshotFile,
  toSourceFiles,
  toTombstone,
} from "./read";

const at = (millis: number) => ({ toMillis: () => millis });

describe("a run document", () => {
  test("becomes a run", () => {
    const run = toRun("exp-1", { ...completed, created_at: at(1), started_at: at(2) });
    expect(run).toMatchObject({ id: "exp-1", number: 7, state: "completed", percent: 100, createdAt: 1, startedAt: 2 });
    expect(run.names.featureConfig).toBe("Ids, country, price");
    expect(run.stages.map((stage) => stage.state)).toEqual(["done", "reused", ...Array(6).fill("done")]);
    expect(run.headline?.lift).toMatchObject({ baseline: "personal_frequency", value: 0.031, verdict: "better" });
    expect(run.metrics?.recall_at_50?.value).toBe(0.463);
    expect(run.baselines.popularity?.recall_at_10?.value).toBe(0.094);
  });

  test("that is empty or broken becomes a run with nothing in it", () => {
    for (const data of [
      {},
      { stages: "x", names: 3, metrics: [], percent: Number.NaN, problems: [null, 1], created_at: 5 },
    ]) {
      const run = toRun("exp-1", data);
      expect(run).toMatchObject({
        state: "unknown",
        percent: 0,
        stages: [],
        problems: [],
        createdAt: null,
        metrics: null,
      });
    }
  });

  test("keeps zero apart from missing", () => {
    const run = toRun("exp-1", { metrics: { recall_at_5: { value: 0, n: 0 }, recall_at_10: { value: null } } });
    expect(run.metrics?.recall_at_5).toMatchObject({ value: 0, n: 0, low: null });
    expect(run.metrics?.recall_at_10?.value).toBeNull();
  });

  test("of a newer service with unknown words stays readable", () => {
    const run = toRun("exp-1", { state: "dreaming", stages: [{ name: "Dream", state: "deep" }] });
    expect(run.state).toBe("unknown");
    expect(run.stages[0]?.state).toBe("pending");
  });
});

test("attempts, cancel and deletion of a run", () => {
  const error = {
    code: "E_STOCKOUT",
    title: "No machines free",
    file: "trainer.py",
    line: 88,
    subject: "europe-west4",
  };
  const run = toRun("exp-1", {
    ...{ parent: "exp-0", origin: "clone", owner: "ada", attempt: 2, limits: { attempts: 3 }, retry_at: at(5) },
    attempts: [{ attempt: 1, started_at: at(1), ended_at: at(2), error, region: "europe-west4", spent_usd: 0.02 }],
    cancel: { requested_at: at(3), phase: "running", stage: "Train", spent_usd: 0.04 },
    deletion: { requested_at: at(4), by: "ada", finalizers: ["details", "objects", "new"], bytes: null },
  });
  expect(run).toMatchObject({ parent: "exp-0", origin: "clone", owner: "ada", attemptLimit: 3, retryAt: 5 });
  expect(run.attempts[0]).toMatchObject({
    attempt: 1,
    startedAt: 1,
    endedAt: 2,
    region: "europe-west4",
    spentUsd: 0.02,
  });
  expect(run.attempts[0]?.error).toMatchObject({ file: "trainer.py", line: 88, subject: "europe-west4" });
  expect(run.cancel).toEqual({ requestedAt: 3, phase: "running", stage: "Train", spentUsd: 0.04 });
  expect(run.deletion).toEqual({ requestedAt: 4, left: ["objects", "details"] });
  expect(toRun("exp-1", { origin: "dream", cancel: {}, attempts: "x" })).toMatchObject({
    ...{ origin: null, cancel: null, attempts: [], deletion: null, parent: null },
  });
});

test("a request is kept as it was written", () => {
  const request = toRequest("exp-1", { name: "Ids", split: { kind: "random" }, created_at: at(0), epochs: 3 });
  expect(request.document).toEqual({
    name: "Ids",
    split: { kind: "random" },
    created_at: "1970-01-01T00:00:00.000Z",
    epochs: 3,
  });
  expect(request.modelEndpoint).toBe("default");
});

test("what is left of an experiment, what can be picked, how old the parent's configs were", () => {
  expect(toTombstone("exp-1", { number: 12, name: "Ids", deleted_at: at(7), deleted_by: "ada", bytes: 9 })).toEqual({
    ...{ id: "exp-1", number: 12, name: "Ids", deletedAt: 7, deletedBy: "ada", bytes: 9 },
  });
  const configs = { feature_config: { updated_at: "1970-01-01T00:00:01.000500Z" }, model_config: {} };
  expect(toFrozen({ configs })).toEqual({ feature_config: 1_000, model_config: null });
});

test("a config that did not change is as old as its copy in a snapshot", () => {
  const frozen = toFrozen({ configs: { feature_config: { updated_at: "2026-11-21T16:54:44.440348Z" } } });
  const written = Date.UTC(2026, 10, 21, 16, 54, 44) + 440.348; // what Firestore's toMillis gives
  expect(toConfig("feature_configs", "ids", { updated_at: at(written) }).updatedAt).toBe(frozen.feature_config);
});

test("results.json keeps its populations", () => {
  const result = toEvaluation(evaluation);
  expect(result.metrics.all?.mrr?.value).toBe(0.243);
  expect(result.baselines.popularity?.all?.recall_at_10?.value).toBe(0.094);
  expect(result.lift.recall_at_5?.verdict).toBe("cannot tell");
  expect(result.ceiling.recall_at_10).toBe(0.952);
});

test("epoch records keep their losses and recalls", () => {
  const records = toHistory(history);
  expect(records).toHaveLength(3);
  expect(records[1]).toMatchObject({ epoch: 1, epochs: 3, seconds: 1.93, train: { loss: 5.781 } });
  expect(records[1]?.evaluated).toMatchObject({ loss: 5.903, recall_at_100: 0.54 });
});

test("a shape keeps widths as the server computed them", () => {
  const features = { query: [{ feature: "a × b", output: "q_a_x_b", width: 16, share: 0.25 }], candidate: [] };
  const shape = toShape({
    shape: { features, structure: { query: "64→32", candidate: "32" }, parameters: { total: 9 } },
  });
  expect(shape?.towers[0]).toEqual({
    name: "query",
    inputs: [{ feature: "a × b", width: 16, share: 0.25 }],
    layers: "64→32",
  });
  expect(shape?.head).toBeNull();
  expect(toShape({ configs: {} })).toBeNull();
});

test("code comes as files, modules before queries, nothing for what is absent", () => {
  const files = toSourceFiles({ trainer: "t", sql: { test: "b", train: "a" } });
  expect(files.map((file) => file.name)).toEqual(["trainer.py", "train.sql", "test.sql"]);
});

test("a snapshot is shown as JSON with readable times", () => {
  const { text } = toSnapshotFile({ configs: { created_at: at(0), tags: ["a"] } });
  expect(JSON.parse(text)).toEqual({ configs: { created_at: "1970-01-01T00:00:00.000Z", tags: ["a"] } });
});
