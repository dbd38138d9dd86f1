import { expect, test } from "vitest";
import { fileOf, lineOf, mediaType, requestFile } from "./code";
import { type Run, type RunError, runOfRequest } from "./run";

const ERROR: RunError = {
  ...{ code: "E_DIVERGED", title: "", explanation: "", suggestion: "", severity: "error", component: "Trainer" },
  ...{ raw: null, file: "trainer_module.py", line: 88, subject: null },
};
const RUN: Run = {
  ...runOfRequest({
    ...{ id: "exp-1", name: "", owner: "", modelEndpoint: "", parent: null, origin: null, featureConfig: "" },
    ...{ modelConfig: "", createdAt: null, document: {} },
  }),
  error: ERROR,
};

test("a file opens at the line of the address, else where the run failed", () => {
  expect(lineOf(RUN, "trainer.py", "")).toBe(88);
  expect(lineOf(RUN, "trainer.py", "?line=12")).toBe(12);
  expect(lineOf(RUN, "trainer.py", "?line=nonsense")).toBe(88);
  expect(lineOf(RUN, "train.sql", "")).toBeNull();
  expect(lineOf({ ...RUN, error: null }, "trainer.py", "")).toBeNull();
});

test("only generated modules have a page", () => {
  expect(fileOf(ERROR)).toBe("trainer.py");
  expect(fileOf({ ...ERROR, file: "trainer_image/losses.py" })).toBeNull();
});

test("a request becomes a file that can be run", () => {
  const request = {
    schema_version: 1,
    owner: "ada",
    epochs: 3,
    model_config: "small",
    feature_config: "ids",
    name: "",
  };
  expect(requestFile({ ...request, notes: "mine", parent: "exp-0", region: null }).text).toBe(
    "kind: experiment\nfeature_config: ids\nmodel_config: small\nepochs: 3\n",
  );
  expect(requestFile({ split: { test_days: 14, kind: "strict_time" } }).text).toContain(
    "{kind: strict_time, test_days",
  );
  expect(mediaType("snapshot.json")).toBe("application/json");
});
