import { expect, test } from "vitest";
import { keptOf, keptWords } from "./retention";
import { type Run, runOfRequest } from "./run";

const DAY = 86_400_000;
const RUN: Run = {
  ...runOfRequest({
    ...{ id: "exp-1", name: "", owner: "", modelEndpoint: "", parent: null, origin: null, featureConfig: "" },
    ...{ modelConfig: "", createdAt: null, document: {} },
  }),
  state: "completed",
  endedAt: 0,
};
const expired = (days: number, starred = false, local = false) =>
  keptOf(RUN, starred, local, days * DAY)?.map((each) => each.expired);

test("examples go after a week, models and pipelines after a month, results never", () => {
  expect(expired(6)).toEqual([false, false, false, false]);
  expect(expired(7)).toEqual([true, false, false, false]);
  expect(expired(31)).toEqual([true, true, true, false]);
});

test("nothing expires of what is starred, nor on one machine", () => {
  expect(expired(400, true)).toEqual([false, false, false, false]);
  expect(expired(400, false, true)).toEqual([false, false, false, false]);
  expect(keptWords(true, false)).toContain("It is starred");
  expect(keptWords(false, true)).toContain("one-machine");
  expect(keptWords(false, false)).toContain("Star it");
});

test("of a run that is not at its end nobody knows", () => {
  expect(keptOf({ ...RUN, state: "running" }, false, false, 0)).toBeNull();
});
