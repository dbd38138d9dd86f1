import { expect, test } from "vitest";
import {
  codePath,
  comparePath,
  configPath,
  experimentPath,
  newConfigPath,
  newPath,
  parseRoute,
  safeUrl,
  subject,
} from "./routes";

const experiment = { view: "experiment", id: "exp-1", tab: "overview", file: null };

test.each([
  ["/", { view: "list" }],
  ["/experiments", { view: "list" }],
  ["/experiments/exp-1", experiment],
  ["/experiments/exp-1/", experiment],
  ["/experiments/exp-1/code", { ...experiment, tab: "code" }],
  ["/experiments/exp-1/code/train.sql", { ...experiment, tab: "code", file: "train.sql" }],
  ["/experiments/exp-1/activity", { ...experiment, tab: "activity" }],
  ["/experiments/exp-1/data/train.sql", { view: "unknown" }],
  ["/experiments/%E0%A4%A", { ...experiment, id: "%E0%A4%A" }],
  ["/experiments/exp-1/clone", { view: "new", search: "?parent=exp-1" }],
  ["/experiments/exp-1/clone/x", { view: "unknown" }],
  ["/experiments/exp-1/nonsense", { view: "unknown" }],
  ["/experiments/exp-1/code/a/b", { view: "unknown" }],
  ["/new", { view: "new" }],
  ["/new/x", { view: "unknown" }],
  ["/compare", { view: "compare", id: null }],
  ["/compare/cmp-a", { view: "compare", id: "cmp-a" }],
  ["/compare/a/b", { view: "unknown" }],
  ["/configs", { view: "configs", kind: "datasets", id: null, mode: "show" }],
  ["/configs/features", { view: "configs", kind: "feature_configs", id: null, mode: "show" }],
  ["/configs/models/small/edit", { view: "configs", kind: "model_configs", id: "small", mode: "edit" }],
  ["/configs/models/small/nonsense", { view: "unknown" }],
  ["/configs/datasets/new", { view: "new-config", kind: "datasets" }],
  ["/configs/datasets/new/edit", { view: "unknown" }],
  ["/configs/coverage", { view: "coverage" }],
  ["/configs/coverage/x", { view: "unknown" }],
  ["/elsewhere", { view: "unknown" }],
])("%s", (path, route) => expect(parseRoute(path)).toEqual({ search: "", ...route }));

test("addresses come back as they went", () => {
  expect(parseRoute(experimentPath("a b/c"))).toMatchObject({ view: "experiment", id: "a b/c" });
  expect(parseRoute(experimentPath("exp-1", "data"))).toMatchObject({ id: "exp-1", tab: "data" });
  expect(parseRoute(codePath("exp-1", "train.sql"))).toMatchObject({ id: "exp-1", tab: "code", file: "train.sql" });
  expect(parseRoute(configPath("model_configs", "small", "edit"))).toMatchObject({ id: "small", mode: "edit" });
  expect(parseRoute(newConfigPath("datasets"))).toMatchObject({ view: "new-config", kind: "datasets" });
  expect(newConfigPath("datasets", { clone: "a b" })).toBe("/configs/datasets/new?clone=a+b");
  expect(newPath({ parent: "exp-1", model_config: "" })).toBe("/new?parent=exp-1");
  expect(comparePath(["exp-1", "exp-2"])).toBe("/compare?ids=exp-1,exp-2");
});

test("the tabs of an experiment are about the same thing", () => {
  expect(subject(parseRoute("/experiments/a"))).toBe(subject(parseRoute("/experiments/a/code/x")));
  expect(subject(parseRoute("/experiments/a"))).not.toBe(subject(parseRoute("/experiments/b")));
  expect(subject(parseRoute("/experiments/a/clone"))).not.toBe(subject(parseRoute("/experiments/a")));
  expect(subject(parseRoute("/"))).not.toBe(subject(parseRoute("/elsewhere")));
  expect(subject(parseRoute("/", "?q=a"))).toBe(subject(parseRoute("/", "?q=b")));
});

test("only web addresses become links", () => {
  expect(safeUrl("http://127.0.0.1:8741/#/x")).toBe("http://127.0.0.1:8741/#/x");
  expect(safeUrl("https://mlflow.example/x")).not.toBeNull();
  for (const bad of ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "nonsense", "", null]) {
    expect(safeUrl(bad)).toBeNull();
  }
});
