import { expect, test } from "vitest";
import {
  type Board,
  type BoardRow,
  boardExport,
  boardNotes,
  boardRows,
  isFirst,
  liftNumber,
  marksOf,
  type RunRow,
  shortCount,
} from "./leaderboard";

const LEADER: RunRow = {
  ...{ kind: "run", rank: 1, overlap: "leader", mark: "best", experiment: "exp-1", number: 1, name: "A" },
  ...{ value: 0.3, low: 0.28, high: 0.32, modelType: "retrieval", featureConfig: "f", modelConfig: "m" },
  lift: { baseline: "item_knn", value: 0.03, low: 0.01, high: 0.05, verdict: "better" },
  ...{ owner: "ada", endedAt: 0, parameters: 51_616, seconds: 40, costUsd: 0.03, repeats: null, metrics: [0.3, 0.1] },
};
const SECOND: RunRow = {
  ...{ ...LEADER, experiment: "exp-2", number: 2, value: 0.29, overlap: "unknown", rank: 2, mark: "below baseline" },
  lift: { baseline: "item_knn", value: 0.02, low: -0.01, high: 0.04, verdict: "cannot tell" },
  ...{ modelType: "multitask", metrics: [0.29, 0.2], repeats: { n: 3, spread: 0.012, experiments: [] } },
};
const BASELINE: BoardRow = { kind: "baseline", rank: null, name: "item_knn", value: 0.27, low: 0.25, high: 0.29 };
const BOARD: Board = {
  ...{ metric: "recall_at_10", samplePercent: 100, metrics: ["recall_at_10", "mrr"] },
  ...{ rows: [LEADER, SECOND, BASELINE], shared: 1, leftOut: 0, finished: 4 },
};

test("by its own metric a board keeps its order, with the baselines among the runs", () => {
  expect(boardRows(BOARD, "recall_at_10", null)).toEqual(BOARD.rows);
  expect(boardRows(BOARD, "recall_at_10", "multitask")).toEqual([SECOND, BASELINE]);
});

test("by another metric there are only runs, ranked by the figure, and no verdict", () => {
  const rows = boardRows(BOARD, "mrr", null);
  expect(rows.map((row) => [row.name, row.rank, row.value, row.low])).toEqual([
    ["A", 1, 0.2, null],
    ["A", 2, 0.1, null],
  ]);
  expect(rows.every((row) => row.kind === "run" && row.lift === null && row.mark === "")).toBe(true);
});

test("equal values share a rank", () => {
  const equal = { ...BOARD, rows: [LEADER, { ...SECOND, metrics: [0.29, 0.1] }] };
  expect(boardRows(equal, "mrr", null).map((row) => row.rank)).toEqual([1, 1]);
});

test("a run that is not better than its baseline is never best", () => {
  expect(marksOf(LEADER, BOARD)).toEqual([{ tone: "good", text: "★ best" }]);
  expect(marksOf(SECOND, BOARD).map((mark) => mark.text)).toEqual(["unproven", "not compared", "3 runs ±0.012"]);
  const worse: RunRow = {
    ...SECOND,
    lift: { ...(SECOND.lift ?? { baseline: "" }), value: -1, low: -2, high: -0.5, verdict: "worse" },
  };
  expect(marksOf(worse, BOARD)[0]).toEqual({ tone: "bad", text: "below baseline" });
  expect(marksOf(BASELINE, BOARD)).toEqual([{ tone: "faint", text: "baseline" }]);
});

test("only those that cannot be told from the leader are shaded", () => {
  expect([LEADER, SECOND, BASELINE].map(isFirst)).toEqual([true, false, false]);
  expect(isFirst({ ...SECOND, overlap: "not distinguishable" })).toBe(true);
});

test("notes say what must be known to read the table", () => {
  expect(boardNotes({ ...BOARD, shared: 3, leftOut: 1200 }, BOARD.rows, "recall_at_10", "multitask")).toEqual([
    "3 share rank 1 (shaded): the test customers cannot tell them from the best run.",
    "Unproven: not shown to be above the best baseline, nor below it.",
    "Not compared: beyond the first 20, or without results of single customers; ranked by the figure.",
    "n runs: equal but for their seeds, as mean and standard deviation.",
    "Ranks are among all types of model of this protocol.",
    "1,200 more rows are left out.",
  ]);
  expect(boardNotes(BOARD, [LEADER], "recall_at_10", null)).toEqual([]);
  expect(boardNotes(BOARD, BOARD.rows, "mrr", null)[0]).toContain("By MRR: nobody has tested");
});

test("a lift has a sign, in the unit of its metric", () => {
  expect(liftNumber(LEADER.lift, "recall_at_10")).toBe("+0.030");
  expect(
    liftNumber({ ...LEADER.lift, baseline: "bias", value: -1.25, low: null, high: null, verdict: null }, "rmse"),
  ).toBe("−1.250");
  expect(liftNumber(null, "rmse")).toBe("–");
});

test("counts of parameters are short", () => {
  expect([null, 812, 9_940, 51_616, 3_400_000, 2e9].map(shortCount)).toEqual([
    "–",
    "812",
    "9.9k",
    "52k",
    "3.4M",
    "2.0G",
  ]);
});

test("the export has one value a cell, and every metric", () => {
  const [first, , last] = boardExport(BOARD.rows, BOARD, "recall_at_10");
  expect(first).toMatchObject({
    rank: 1,
    "lift.verdict": "better",
    "metrics.mrr": 0.1,
    ended_at: "1970-01-01T00:00:00.000Z",
  });
  expect(last).toMatchObject({ kind: "baseline", name: "item_knn", value: 0.27 });
});
