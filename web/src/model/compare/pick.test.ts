import { expect, test } from "vitest";
import type { Entry } from "../list/entry";
import { pickableOf, picked } from "./pick";

test("an experiment is found by its number, its name, its configs and its tags", () => {
  const entry = (number: number, name: string, changes: Partial<Entry> = {}) =>
    ({
      ...{ experiment: `exp-${number}`, number, name, modelType: "retrieval", state: "completed", tags: [] },
      ...{ names: { feature_config: "Ids" }, metrics: { recall_at_10: { value: 0.5, low: null, high: null } } },
      protocolName: "strict 14 days",
      ...changes,
    }) as unknown as Entry;
  const choices = pickableOf(
    [entry(19, "Linear"), entry(9, "Wide 19"), entry(8, "Deep", { tags: ["base"], metrics: {} }), entry(0, "New")],
    ["exp-8x"],
  );
  expect(choices.map(({ label }) => label)).toEqual(["#19", "#9", "#8"]);
  expect(choices[0]?.about).toBe("recall@10 0.500 · strict 14 days · Ids");
  expect(choices[2]?.about).toContain("completed");
  const found = (text: string) => picked(choices, text).map(({ label }) => label);
  expect(found("19")).toEqual(["#19", "#9"]);
  expect(found("ids base")).toEqual(["#8"]);
  expect(found("nothing")).toEqual([]);
  expect(pickableOf([entry(19, "Linear")], ["exp-19"])).toEqual([]);
});
