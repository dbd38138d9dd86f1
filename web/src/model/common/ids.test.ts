import { expect, test } from "vitest";
import { newExperimentId } from "./ids";

const RULE = /^exp-[0-9a-hjkmnp-tv-z]{26}$/; // of firestore.rules
const filled = (value: number) => (bytes: Uint8Array) => bytes.fill(value);

test("time first, chance after it", () => {
  const known = "01aryz6s41"; // of the ULID specification's own example
  expect(newExperimentId(1_469_918_176_385, filled(0))).toBe(`exp-${known}${"0".repeat(16)}`);
  expect(newExperimentId(0, filled(255))).toBe(`exp-${"0".repeat(10)}${"z".repeat(16)}`);
});

test("ids sort by their time, to the end of time", () => {
  const times = [0, 1, 31, 32, 1_763_733_600_000, 1_763_733_600_001, 2 ** 48 - 1];
  const ids = times.map((time) => newExperimentId(time, filled(7)));
  expect([...ids].sort()).toEqual(ids);
  for (const id of ids) expect(id).toMatch(RULE);
});

test("a thousand ids of one moment differ", () => {
  const ids = new Set(Array.from({ length: 1_000 }, () => newExperimentId(1_763_733_600_000)));
  expect(ids.size).toBe(1_000);
  for (const id of ids) expect(id).toMatch(RULE);
});

test("a byte stands for each letter equally often", () => {
  const letters = Array.from({ length: 256 }, (_, byte) => newExperimentId(0, filled(byte)).at(-1));
  const times = letters.map((letter) => letters.filter((other) => other === letter).length);
  expect(times).toEqual(Array(256).fill(8));
});
