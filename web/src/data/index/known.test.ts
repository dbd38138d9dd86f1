import { describe, expect, test } from "vitest";
import { STORED } from "../../model/list/samples";
import { Known } from "./known";

const request = (changes: object = {}) => ({ model_endpoint: "wholesale", name: "Wide", ...changes });
const run = (experiment: string, number: number, changes: object = {}) => ({
  ...{ experiment, number, model_endpoint: "wholesale", state: "running", names: { experiment: "Wide" } },
  ...changes,
});
const stored = (id: string, changes: object = {}) => JSON.stringify({ ...STORED, experiment: id, ...changes });
const known = () => new Known("wholesale");
const told = (from: Known) => from.entries().map(({ experiment, state, name }) => `${experiment} ${state} ${name}`);

describe("an entry of the index", () => {
  test("goes with its block's text, and stays when nobody listens to the block any more", () => {
    const all = known();
    all.takeBlock("wholesale__0", new Map([["exp-1", stored("exp-1")]]));
    all.takeBlock("wholesale__1", new Map([["exp-2", stored("exp-2", { number: 250 })]]));
    all.listensOnlyTo(new Set(["wholesale__0"]));
    expect(told(all)).toEqual(["exp-2 completed Wide", "exp-1 completed Wide"]);
    all.takeBlock("wholesale__0", new Map());
    expect(told(all)).toEqual(["exp-2 completed Wide"]);
  });

  test("that cannot be read is counted until it can", () => {
    const all = known();
    all.takeEntry("exp-1", "{");
    expect([all.damaged, told(all)]).toEqual([1, []]);
    all.takeEntry("exp-1", stored("exp-1"));
    expect([all.damaged, told(all)]).toEqual([0, ["exp-1 completed Wide"]]);
  });

  test("has the labels of its request, whichever is heard of first", () => {
    const all = known();
    all.takeRequest("exp-1", request({ name: "Before" }));
    all.takeEntry("exp-1", stored("exp-1"));
    expect(told(all)).toEqual(["exp-1 completed Before"]);
    all.takeRequest("exp-1", request({ name: "After" }));
    expect(told(all)).toEqual(["exp-1 completed After"]);
    all.takePending(new Map([["exp-1", request({ name: "Not yet" })]]));
    expect(told(all)).toEqual(["exp-1 completed Not yet"]);
  });
});

describe("a run", () => {
  test("ends in the document of its number, each of which holds 250", () => {
    const all = known();
    expect([all.takeLive("exp-1", run("exp-1", 249)), all.takeLive("exp-2", run("exp-2", 250)), all.highest]).toEqual([
      0, 1, 1,
    ]);
  });

  test("that lives no more is shown as it was until its end is known", () => {
    const all = known();
    all.takeLive("exp-1", run("exp-1", 1));
    expect(all.leave("exp-1")).toBe(true);
    expect(told(all)).toEqual(["exp-1 running Wide"]);
    all.takeEnd("exp-1", run("exp-1", 1, { state: "failed" }));
    expect(told(all)).toEqual(["exp-1 failed Wide"]);
    expect(all.leave("exp-1")).toBe(false);
  });

  test("whose entry came first is not overwritten by a late answer", () => {
    const all = known();
    all.takeLive("exp-1", run("exp-1", 1));
    all.leave("exp-1");
    all.takeEntry("exp-1", stored("exp-1"));
    all.takeEnd("exp-1", run("exp-1", 1, { state: "failed" }));
    expect(told(all)).toEqual(["exp-1 completed Wide"]);
  });

  test("is gone when its deletion is over", () => {
    const all = known();
    all.takeEntry("exp-1", stored("exp-1"));
    all.takeDeleting("exp-1", run("exp-1", 1, { state: "completed" }));
    expect([...all.runs().keys()]).toEqual(["exp-1"]);
    all.deletionOver("exp-1");
    expect([told(all), all.runs().size]).toEqual([[], 0]);
  });
});

describe("a request", () => {
  test("that nobody has picked up is listed once that is known, and only on its endpoint", () => {
    const all = known();
    all.takeRequest("exp-1", request());
    all.takeRequest("exp-2", request({ model_endpoint: "retail" }));
    expect(all.withoutRun().map(([id]) => id)).toEqual(["exp-1"]);
    expect(told(all)).toEqual([]);
    all.takeWaiting("exp-1");
    expect(told(all)).toEqual(["exp-1 requested Wide"]);
    all.takeLive("exp-1", run("exp-1", 1));
    expect([told(all), all.withoutRun()]).toEqual([["exp-1 running Wide"], []]);
  });

  test("that this browser is still sending is listed at once", () => {
    const all = known();
    all.takePending(new Map([["exp-1", request()]]));
    expect(told(all)).toEqual(["exp-1 requested Wide"]);
  });
});
