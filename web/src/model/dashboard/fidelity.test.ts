import { expect, test } from "vitest";
import { type Agreement, agreementWords } from "./fidelity";

const KNOWN: Agreement = {
  ...{ small: 10, large: 100, n: 9, needed: 8, tau: 0.714, low: 0.44, high: 0.9, trusted: true },
  sentence: "10% samples can be trusted to choose what is good at 100% (n = 9 pairs)",
};

test("an agreement comes with its interval, and what is not known without numbers", () => {
  expect(agreementWords(KNOWN)).toBe(`${KNOWN.sentence}; Kendall's tau 0.71 (0.44 to 0.90)`);
  expect(agreementWords({ ...KNOWN, low: null })).toMatch(/tau 0.71$/);
  expect(agreementWords({ ...KNOWN, tau: null, sentence: "not known yet (0 of 8 pairs)" })).toBe(
    "not known yet (0 of 8 pairs)",
  );
});
