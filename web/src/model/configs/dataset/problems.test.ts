import { expect, test } from "vitest";
import { problemsElsewhere } from "./problems";

test("what no field shows is told above the form", () => {
  const at = (path: string) => ({ code: "E", path, problem: "", remedy: "", severity: "error" as const });
  expect(problemsElsewhere([at("tables.0"), at("id"), at("split"), at("")]).map(({ path }) => path)).toEqual([
    "id",
    "split",
    "",
  ]);
});
