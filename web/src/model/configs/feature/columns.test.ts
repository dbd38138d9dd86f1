import { describe, expect, it } from "vitest";
import { cutShare } from "./columns";
import { column } from "./samples";

describe("what falls out of a vocabulary (S3.18)", () => {
  const known = column("x", {
    distinct: 50,
    coverage: [
      { size: 1, share: 0.4 },
      { size: 10, share: 0.9 },
      { size: 50, share: 1 },
    ],
    rare: [
      { below: 2, share: 0.01 },
      { below: 5, share: 0.2 },
    ],
  });

  it("is decided by the harder cut, at the nearest stricter count", () => {
    expect(cutShare({}, known)).toBe(0);
    expect(cutShare({ max_size: 12 }, known)).toBeCloseTo(0.1);
    expect(cutShare({ max_size: 12, min_frequency: 6 }, known)).toBeCloseTo(0.2);
    expect(cutShare({ min_frequency: 3 }, known)).toBeCloseTo(0.01);
  });

  it("is not known while nobody has counted", () => {
    expect(cutShare({}, column("x"))).toBeNull();
  });
});
