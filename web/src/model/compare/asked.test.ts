import { describe, expect, test } from "vitest";
import { comparisonId } from "../../data/comparisons";
import { askedOf, BOUNDS, searchOf } from "./asked";
import { A, B } from "./samples";

describe("what is asked for", () => {
  test("the same choice is the same comparison, whatever its order, and that of the command line", async () => {
    const [one, other] = ["exp-01m802ha3pn554ayem6tv0nb3v", "exp-01m802h55bmkwsf6bgxk2x4gfh"];
    const asked = askedOf(`?ids=${one},${other},${one}`);
    expect(asked.experiments).toEqual([other, one]);
    expect(await comparisonId(asked.experiments, null)).toBe("cmp-98610f94a3ba8b92"); // of shared/hashing.py
    expect(await comparisonId(asked.experiments, "mrr")).toBe("cmp-db609807e2e8a681");
  });

  test("an address may hold rubbish, and too many", () => {
    const many = "abcdefgh".split("").map((letter) => `exp-01kaj0000000000000000000a${letter}`);
    const asked = askedOf(`?ids=nonsense,${many.join(",")}&metric=coverage_at_10&population=everybody&all=2`);
    expect(asked.experiments).toHaveLength(BOUNDS.most);
    expect(asked.dropped).toEqual(["nonsense", ...many.slice(BOUNDS.most)]);
    expect([asked.metric, asked.population, asked.everything]).toEqual([null, "headline", false]);
    expect(askedOf("").experiments).toEqual([]);
  });

  test("the address leads back to what is shown", () => {
    const asked = { experiments: [A, B], dropped: [], metric: "mrr", everything: true, population: "warm" };
    expect(askedOf(`?${new URLSearchParams(searchOf(asked))}`)).toEqual(asked);
    expect(searchOf({ everything: false, population: "headline" })).toEqual({
      ...{ ids: "", metric: "", all: "", population: "" },
    });
  });
});
