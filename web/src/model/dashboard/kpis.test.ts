import { expect, test } from "vitest";
import { failedWords, type Kpi, minutesWords, spendWords } from "./kpis";

const KPI: Kpi = {
  ...{
    modelType: "retrieval",
    runs: 26,
    finished: 25,
    failed: 1,
    cancelled: 0,
    failedShare: 1 / 26,
    medianMinutes: 0.6,
  },
  spend: { month: "2026-11", usd: 0.76, runs: 26, unpriced: 1 },
  best: [],
};

test("zero, missing and not known are three things", () => {
  expect(spendWords(KPI.spend, "2026-11")).toEqual({ value: "0.76 USD", note: "1 run of unknown price not in it" });
  expect(spendWords(KPI.spend, "2026-12")).toEqual({ value: "0 USD", note: "no run ended this month" });
  expect(spendWords({ ...KPI.spend, usd: null }, "2026-11").value).toBe("not known");
  expect(failedWords(KPI)).toEqual({ value: "1", note: "4% of 26 runs" });
  expect(failedWords({ ...KPI, failed: 0 })).toEqual({ value: "0", note: "none" });
  expect([null, 0.63, 12.4, 1500].map(minutesWords)).toEqual(["–", "0.6 min", "12 min", "1,500 min"]);
});
