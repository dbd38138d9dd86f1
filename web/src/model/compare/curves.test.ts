import { describe, expect, test } from "vitest";
import type { EpochRecord } from "../run/run";
import { overlaysOf } from "./curves";
import { A, B, C, heading, report } from "./samples";

describe("curves of several runs", () => {
  const records = (...recalls: number[]): EpochRecord[] =>
    recalls.map((recall, epoch) => ({
      ...{ epoch, epochs: 3, learningRate: null, seconds: null },
      train: { loss: 3 - epoch },
      evaluated: { loss: 3, recall_at_10: recall },
    }));
  const histories = new Map([
    [A, records(0.1, 0.2)],
    [B, records(0.1, 0.2, 0.3)],
    [C, []],
  ]);
  test("stand on one axis, each as long as it trained", () => {
    const { curves, reasons } = overlaysOf(
      report([heading(A), heading(B, { badges: ["quick (50%)"] }), heading(C)]),
      histories,
    );
    expect(curves.map(({ title }) => title)).toEqual(["Recall@10", "Train loss", "Eval loss"]);
    expect(curves[0]).toMatchObject({ epochs: [1, 2, 3], span: 3 });
    expect(curves[0]?.series).toEqual([
      { label: "#a", values: [0.1, 0.2, null] },
      { label: "#b, quick (50%)", values: [0.1, 0.2, 0.3] },
    ]);
    expect(reasons).toEqual([]);
  });
  test("not where they measure different things", () => {
    const losses = { comparable: false, reason: "Losses cannot be compared: batch size." };
    const told = overlaysOf(report([heading(A), heading(B)], { losses }), histories);
    expect(told.curves.map(({ title }) => title)).toEqual(["Recall@10"]);
    expect(told.reasons).toEqual([losses.reason]);
    const mixed = overlaysOf(report([heading(A), heading(B, { protocols: { retrieval: "two" } })]), histories);
    expect(mixed.curves).toEqual([]);
    expect(mixed.reasons).toEqual(["Recall@10 of runs that were not tested alike never stands on one axis."]);
  });
});
