import { expect, test } from "vitest";
import { clonePath, codePath, experimentPath, parseRoute, safeUrl, subject } from "./routes";

test.each([
  ["/", { view: "list" }],
  ["/experiments", { view: "list" }],
  ["/experiments/exp-1", { view: "experiment", id: "exp-1" }],
  ["/experiments/exp-1/", { view: "experiment", id: "exp-1" }],
  ["/experiments/exp-1/code", { view: "code", id: "exp-1", file: null }],
  ["/experiments/exp-1/code/train.sql", { view: "code", id: "exp-1", file: "train.sql" }],
  ["/experiments/%E0%A4%A", { view: "experiment", id: "%E0%A4%A" }],
  ["/experiments/exp-1/clone", { view: "clone", id: "exp-1" }],
  ["/experiments/exp-1/clone/x", { view: "unknown" }],
  ["/experiments/exp-1/nonsense", { view: "unknown" }],
  ["/experiments/exp-1/code/a/b", { view: "unknown" }],
  ["/elsewhere", { view: "unknown" }],
])("%s", (path, route) => expect(parseRoute(path)).toEqual(route));

test("addresses come back as they went", () => {
  expect(parseRoute(experimentPath("a b/c"))).toEqual({ view: "experiment", id: "a b/c" });
  expect(parseRoute(clonePath("exp-1"))).toEqual({ view: "clone", id: "exp-1" });
  expect(parseRoute(codePath("exp-1", "train.sql"))).toEqual({ view: "code", id: "exp-1", file: "train.sql" });
});

test("the tabs of an experiment are about the same thing", () => {
  expect(subject(parseRoute("/experiments/a"))).toBe(subject(parseRoute("/experiments/a/code/x")));
  expect(subject(parseRoute("/experiments/a"))).not.toBe(subject(parseRoute("/experiments/b")));
  expect(subject(parseRoute("/experiments/a/clone"))).not.toBe(subject(parseRoute("/experiments/a")));
  expect(subject(parseRoute("/"))).not.toBe(subject(parseRoute("/elsewhere")));
});

test("only web addresses become links", () => {
  expect(safeUrl("http://127.0.0.1:8741/#/x")).toBe("http://127.0.0.1:8741/#/x");
  expect(safeUrl("https://mlflow.example/x")).not.toBeNull();
  for (const bad of ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "nonsense", "", null]) {
    expect(safeUrl(bad)).toBeNull();
  }
});
