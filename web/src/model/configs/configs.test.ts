import { describe, expect, it } from "vitest";
import { withField } from "../common/values";
import { asYaml } from "../common/yaml";
import type { Group } from "../run/run";
import {
  asFile,
  type ConfigReport,
  complexityOf,
  copyName,
  idMistake,
  newestFirst,
  proposedId,
  stateOf,
} from "./configs";

const REPORT: ConfigReport = {
  ...{ id: "a", ready: true, valid: true, version: 1, problems: [], sourceUpdatedAt: 5, computedAt: 6 },
  ...{ deletion: null, fields: {} },
};

it("lists versions as they were saved, whenever the service heard of them", () => {
  const saved = (version: number, savedAt: number | null) => ({ version, savedAt, content: {} });
  const found = newestFirst([saved(4, 20), saved(3, 30), saved(2, 30), saved(1, null)]);
  expect(found.map(({ version }) => version)).toEqual([3, 2, 4, 1]);
});

describe("ids", () => {
  it("are proposed from names, free and of letters that ids have", () => {
    const taken = new Set(["small-towers", "small-towers-2"]);
    expect(proposedId("Small towers", "model_configs", taken)).toBe("small-towers-3");
    expect(proposedId("Größe & Preis, 2. Versuch!", "model_configs", taken)).toBe("grosse-preis-2-versuch");
    expect(proposedId("64 to 32", "model_configs", taken)).toBe("to-32");
    expect(proposedId("", "feature_configs", taken)).toBe("feature-config");
    expect(proposedId("x".repeat(99), "datasets", taken)).toMatch(/^[a-z][a-z0-9-]{2,62}$/);
  });

  it("are refused with a reason", () => {
    const taken = new Set(["demo"]);
    expect(idMistake("demo-2", taken)).toBeNull();
    expect(idMistake("demo", taken)).toContain("taken");
    expect(idMistake("new", taken)).toContain("address");
    for (const wrong of ["", "a", "1abc", "Abc", "a_b_c", `a${"b".repeat(63)}`]) {
      expect(idMistake(wrong, taken)).toContain("lower-case");
    }
  });

  it("names of copies are free and short enough", () => {
    expect(copyName("Ids", ["Ids", "Ids (copy)"])).toBe("Ids (copy 2)");
    expect([...copyName("x".repeat(80), [])]).toHaveLength(80);
  });
});

describe("states", () => {
  it("speak of the document as it is now, or say that it is being checked", () => {
    expect(stateOf({ updatedAt: 5 }, REPORT).key).toBe("valid");
    expect(stateOf({ updatedAt: 7 }, REPORT).key).toBe("checking");
    expect(stateOf({ updatedAt: 5 }, null).key).toBe("checking");
    const problem = { code: "E", path: "a", problem: "p", remedy: "r", severity: "warning" as const };
    expect(stateOf({ updatedAt: 5 }, { ...REPORT, problems: [problem] }).text).toBe("1 warning");
    const errors = [problem, { ...problem, severity: "error" as const }];
    expect(stateOf({ updatedAt: 5 }, { ...REPORT, valid: false, problems: errors }).text).toBe("1 problem");
  });
});

describe("complexity (S7.18)", () => {
  const features = (count: number): Group => ({
    query_features: Array.from({ length: count }, () => ({})),
    candidate_features: [{}],
    query_crosses: [{}],
  });

  it("is counted from the document and from what its report says", () => {
    const widths = { ...REPORT, fields: { widths: { query: 84, candidate: 16 } } };
    const of = (count: number) => complexityOf({ kind: "feature_configs", content: features(count) }, widths);
    expect([of(5), of(6), of(20), of(21)]).toEqual(["simple", "medium", "medium", "complex"]); // 1 + 2 + 1 beside them
    expect(complexityOf({ kind: "feature_configs", content: features(5) }, null)).toBeNull();
  });

  it("of a model counts layers, parameters and what regularises", () => {
    const layers = [{ type: "dense", units: 64 }];
    const report = { ...REPORT, fields: { parameters: { total: 12_480 } } };
    const small = { query_layers: layers, candidate_layers: layers };
    expect(complexityOf({ kind: "model_configs", content: small }, report)).toBe("medium");
    expect(complexityOf({ kind: "model_configs", content: {} }, report)).toBe("medium"); // preset minimal, by default
    const tiny = { ...REPORT, fields: { parameters: { total: 10 } } };
    expect(complexityOf({ kind: "model_configs", content: small }, tiny)).toBe("simple");
  });

  it("of a dataset counts tables, columns and filters that hold something", () => {
    const of = (content: Group) => complexityOf({ kind: "datasets", content }, null);
    expect(of({ tables: [{ table: "a.b" }], filters: { rows: [], window: null } })).toBe("simple");
    expect(of({ tables: [{}, {}], filters: { rows: [{ column: "x" }] } })).toBe("medium");
  });
});

describe("as a file", () => {
  it("is what the command line reads, with kind and id first", () => {
    const content = {
      dataset: "demo",
      name: "Ids: only",
      query_features: [{ vocabulary: { embedding_dim: 32 }, kind: "category" }],
    };
    expect(asYaml(asFile("feature_configs", "ids-only", content))).toBe(
      [
        "kind: feature_config",
        "id: ids-only",
        'name: "Ids: only"',
        "dataset: demo",
        "query_features:",
        "- kind: category",
        "  vocabulary: {embedding_dim: 32}",
        "",
      ].join("\n"),
    );
  });
});

it("a changed field stays in its place, and undefined takes it away", () => {
  expect(Object.keys(withField({ a: 1, b: 2 }, "a", 3))).toEqual(["a", "b"]);
  expect(withField({ a: 1, b: 2 }, "a", undefined)).toEqual({ b: 2 });
  expect(withField({ a: 1 }, "b", null)).toEqual({ a: 1, b: null });
});
