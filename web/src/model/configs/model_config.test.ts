import { describe, expect, it } from "vitest";
import { fieldsOf, limitsOf } from "../common/schema";
import { STACKS } from "./layers";
import {
  FIELD_GROUPS,
  isApplicable,
  partCounts,
  rateOf,
  relevant,
  schemaOf,
  storable,
  valueAt,
  withValue,
} from "./model_config";

describe("the form of a model config", () => {
  it("asks for every field of the schema, and for no other", () => {
    const asked = FIELD_GROUPS.flatMap(({ fields }) => fields.map(({ path }) => path));
    for (const path of asked) expect(() => limitsOf(...schemaOf(path))).not.toThrow();
    const own = ["name", "description", "model_type", "output_embedding_dim", "share_tower_weights", ...STACKS];
    const written = new Set([...own, ...asked.map((path) => path.split(".")[0])]);
    const author = ["schema_version", "owner", "created_at", "updated_at"];
    expect(fieldsOf("ModelConfig").filter((name) => !author.includes(name) && !written.has(name))).toEqual([]);
  });

  it("reads and writes fields inside parts, and leaves no empty part", () => {
    const content = withValue({ name: "a" }, "scann.num_leaves", 10);
    expect([content, valueAt(content, "scann.num_leaves")]).toEqual([{ name: "a", scann: { num_leaves: 10 } }, 10]);
    expect(withValue(content, "scann.num_leaves", undefined)).toEqual({ name: "a" });
    expect(withValue(content, "top_k", 5)).toMatchObject({ top_k: 5 });
  });

  it("keeps what does nothing to itself", () => {
    const notApplicable = { temperature: "it does nothing in a ranking model" };
    expect(storable({ name: "a", temperature: 2 }, notApplicable)).toEqual({ name: "a" });
    expect([isApplicable("temperature", notApplicable), isApplicable("scann.num_leaves", { scann: "…" })]).toEqual([
      false,
      false,
    ]);
    const problem = { problem: "", remedy: "", severity: "error" as const };
    const told = relevant(
      [
        { ...problem, code: "E_UNKNOWN_FIELD", path: "temperature" },
        { ...problem, code: "E_UNKNOWN_FIELD", path: "colour" },
        { ...problem, code: "E_RANGE", path: "model_config.top_k" },
      ],
      notApplicable,
    );
    expect(told.map(({ path }) => path)).toEqual(["colour", "top_k"]);
  });

  it("has the rate of its optimizer until another is written (S4.7)", () => {
    expect(rateOf({})).toEqual({ rate: 0.001, own: false, optimizer: "adam", usual: 0.001 });
    expect(rateOf({ optimizer: "adagrad" })).toMatchObject({ rate: 0.1, own: false });
    expect(rateOf({ optimizer: "adagrad", learning_rate: 0.01 })).toMatchObject({ rate: 0.01, own: true, usual: 0.1 });
  });

  it("counts parameters by part", () => {
    const part = { embeddings: 0, trainable: 10, non_trainable: 2, total: 12 };
    expect(
      partCounts({ ...part, parts: { query: part, head: part } }).map(({ part: name, total }) => [name, total]),
    ).toEqual([
      ["query", 12],
      ["head", 12],
      ["all", 12],
    ]);
    expect(partCounts({})).toEqual([]);
  });
});
