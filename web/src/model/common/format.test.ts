import { describe, expect, test } from "vitest";
import { bytesWords, count, interval, loss, quantity, ratio, signed, words } from "./format";

describe("numbers", () => {
  test("a missing number never looks like a zero", () => {
    expect(ratio(null)).toBe("–");
    expect(ratio(0)).toBe("0.000");
    expect(count(null)).toBe("–");
    expect(count(0)).toBe("0");
    expect(loss(null)).toBe("–");
    expect(loss(0)).toBe("0");
  });

  test("differences carry a sign unless they round to nothing", () => {
    expect(signed(0.0314)).toBe("+0.031");
    expect(signed(-0.0314)).toBe("−0.031");
    expect(signed(0.0001)).toBe("0.000");
    expect(signed(-0.0001)).toBe("0.000");
    expect(signed(null)).toBe("–");
  });

  test("an interval needs both ends", () => {
    expect(interval(0.1, 0.2, ratio)).toBe("0.100 to 0.200");
    expect(interval(0.1, null, ratio)).toBe("");
  });

  test("losses keep four significant digits", () => {
    expect(loss(6.41237)).toBe("6.412");
    expect(loss(0.000123456)).toBe("0.0001235");
    expect(loss(12345.678)).toBe("12350");
    expect([1, 0.98, -2.1].map(loss)).toEqual(["1.000", "0.9800", "−2.100"]);
  });

  test("counts are grouped", () => expect(count(20000)).toBe("20,000"));
});

test("keys become words", () => {
  expect(words("personal_frequency")).toBe("personal frequency");
  expect(words("recall_at_100")).toBe("recall@100");
  expect(words("ndcg_at_10")).toBe("NDCG@10");
  expect(words("mrr")).toBe("MRR");
});

test("numbers in the target's unit keep their digits, small ones three decimals", () => {
  expect([2, 2.1].map(quantity)).toEqual(["2.000", "2.100"]);
  expect([12.3456, 1234.56, 0.1234, -0.006096, 0, 0.00042, null].map(quantity)).toEqual([
    ...["12.35", "1235", "0.123", "−0.006", "0.000", "0.0004", "–"],
  ]);
});

test("sizes are told in the unit that suits them", () => {
  expect([null, 0, 999, 3_000, 2_500_000, 123_456_789, 5e15].map(bytesWords)).toEqual([
    ...["an unknown amount", "0 B", "999 B", "3.0 KB", "2.5 MB", "123 MB", "5000 TB"],
  ]);
});
