import { describe, expect, it } from "vitest";
import type { Group } from "../run/run";
import {
  addLayer,
  aligned,
  changeLayer,
  layersOf,
  layerWords,
  moveLayer,
  PRESETS,
  removeLayer,
  withPreset,
} from "./layers";

const dense = (units: number): Group => ({ type: "dense", units });
const dropout: Group = { type: "dropout", rate: 0.2 };
const MODEL: Group = { query_layers: [dense(128), dropout, dense(64)], candidate_layers: [dense(32)] };

describe("layers", () => {
  it("are those of preset minimal where none are written", () => {
    expect(layersOf({}, "query_layers")).toMatchObject([{ type: "dense", units: 64 }]);
    expect(layersOf({ query_layers: [] }, "query_layers")).toEqual([]);
  });

  it("are added at the end, a dense one half as wide as the last", () => {
    expect(layersOf(addLayer(MODEL, "query_layers", "dense"), "query_layers").at(-1)).toEqual(dense(32));
    expect(layersOf(addLayer({ query_layers: [] }, "query_layers", "dense"), "query_layers")).toEqual([dense(64)]);
    expect(layersOf(addLayer(MODEL, "query_layers", "batch_norm"), "query_layers").at(-1)).toEqual({
      type: "batch_norm",
    });
  });

  it("are changed and removed by place", () => {
    const changed = changeLayer(MODEL, "query_layers", 1, dense(7));
    expect(layersOf(changed, "query_layers")).toEqual([dense(128), dense(7), dense(64)]);
    expect(layersOf(removeLayer(MODEL, "query_layers", 1), "query_layers")).toEqual([dense(128), dense(64)]);
  });

  it("are moved within a stack and between stacks", () => {
    const down = moveLayer(MODEL, "query_layers", 0, "query_layers", 2);
    expect(layersOf(down, "query_layers")).toEqual([dropout, dense(128), dense(64)]);
    const up = moveLayer(MODEL, "query_layers", 2, "query_layers", 0);
    expect(layersOf(up, "query_layers")).toEqual([dense(64), dense(128), dropout]);
    const aside = moveLayer(MODEL, "query_layers", 1, "candidate_layers", 1);
    expect([layersOf(aside, "query_layers").length, layersOf(aside, "candidate_layers")]).toEqual([
      2,
      [dense(32), dropout],
    ]);
  });

  it("do not go where there is no room", () => {
    const full = { ...MODEL, rating_head_layers: Array.from({ length: 6 }, () => dense(8)) };
    expect(moveLayer(full, "query_layers", 0, "rating_head_layers", 0)).toBe(full);
  });

  it("of a preset replace the towers', and the head's where there is one", () => {
    expect(PRESETS).toContain("standard");
    const retrieval = withPreset(MODEL, "standard", false);
    expect(layersOf(retrieval, "query_layers")).toMatchObject([{ units: 128, l2: 0.0001 }, { units: 64 }]);
    expect(retrieval.rating_head_layers).toBeUndefined();
    expect(layersOf(withPreset(MODEL, "standard", true), "rating_head_layers")).toHaveLength(2);
  });

  it("read as people write them", () => {
    expect(layerWords(dense(64))).toBe("dense 64, relu");
    expect(layerWords({ ...dense(64), l2: 0.001, activation: "gelu" })).toBe("dense 64, gelu, l2 0.001");
    expect([layerWords(dropout), layerWords({ type: "batch_norm" })]).toEqual(["dropout 0.2", "batch normalisation"]);
  });

  it("stand beside those of their type", () => {
    const [one, two, drop] = [dense(1), dense(2), dropout];
    expect(aligned([one, drop, two], [two, two])).toEqual([
      [one, two],
      [drop, null],
      [two, two],
    ]);
    expect(aligned([], [one])).toEqual([[null, one]]);
    expect(aligned([drop], [one])).toHaveLength(2);
  });
});
