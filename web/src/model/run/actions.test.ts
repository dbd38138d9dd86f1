import { describe, expect, test } from "vitest";
import { ROLES, type User } from "../common/roles";
import { RUN } from "../common/samples";
import { actionsOf, actionWords, bulkOf, bulkWords } from "./actions";
import type { Run } from "./run";

const OWNER: User = { uid: "ada", role: "editor" };
const OTHER: User = { uid: "bob", role: "editor" };
const ADMIN: User = { uid: "eve", role: "admin" };
const ENDED: Run = { ...RUN, state: "completed", parameters: { epochs: 3 }, startedAt: 0 };
const RUNNING: Run = { ...RUN, state: "running", startedAt: 0 };
const offered = (run: Run, user: User) => actionsOf(run, user).map(({ kind }) => kind);
const blocked = (run: Run, user: User, kind: string) =>
  actionsOf(run, user).find((action) => action.kind === kind)?.blocked;

describe("what is offered (S5.12, S5.13)", () => {
  test("cancel while it is live and was not asked to stop", () => {
    expect(offered(RUNNING, OTHER)).toEqual(["clone", "cancel"]);
    expect(offered(RUN, OTHER)).toContain("cancel");
    const cancel = { requestedAt: 0, phase: "running", stage: null, spentUsd: null };
    expect(offered({ ...RUNNING, cancel }, OTHER)).toEqual(["clone"]);
    expect(offered(ENDED, OTHER)).not.toContain("cancel");
  });

  test("rerun and delete once it has ended", () => {
    for (const state of ["completed", "failed", "cancelled"] as const) {
      expect(offered({ ...ENDED, state }, OWNER)).toEqual(["rerun", "clone", "delete"]);
    }
  });

  test("nothing to viewers, nor of what is being deleted", () => {
    expect(offered(ENDED, { uid: "ada", role: "viewer" })).toEqual([]);
    expect(offered(RUNNING, { uid: "ada", role: "viewer" })).toEqual([]);
    for (const role of ROLES) {
      expect(offered({ ...ENDED, deletion: { requestedAt: 0, left: ["cloud"] } }, { uid: "ada", role })).toEqual([]);
    }
  });

  test("what was never prepared cannot be repeated, and says so", () => {
    expect(blocked(ENDED, OWNER, "rerun")).toBeNull();
    expect(blocked({ ...ENDED, parameters: null }, OWNER, "rerun")).toContain("Clone it instead");
  });

  test("an editor deletes what is their own, an administrator anything", () => {
    expect(blocked(ENDED, OWNER, "delete")).toBeNull();
    expect(blocked(ENDED, ADMIN, "delete")).toBeNull();
    expect(blocked(ENDED, OTHER, "delete")).toContain("Ask its owner");
  });
});

test("the question says what is lost, and what a rerun costs", () => {
  expect(actionWords("cancel", RUN).ask).toBe("It has not begun, so nothing is lost.");
  expect(actionWords("cancel", RUNNING).ask).toBe("It ends without a result; curves and logs so far stay.");
  expect(actionWords("rerun", { ...ENDED, cost: { computed: 0.0512 } }).ask).toContain("This one cost 0.051 USD.");
  expect(actionWords("delete", ENDED).ask).toContain("for good");
});

describe("a selection", () => {
  const mine = { ...ENDED, id: "exp-2" };
  const theirs = { ...ENDED, id: "exp-3", owner: "bob" };

  test("is sorted into what can be stopped and what can be deleted", () => {
    const bulk = bulkOf([RUNNING, mine, theirs], OWNER);
    expect([bulk.cancel, bulk.delete, bulk.others]).toEqual([[RUNNING], [mine], 1]);
    expect(bulkOf([RUNNING, mine, theirs], ADMIN).delete).toEqual([mine, theirs]);
  });

  test("says how many, and what stays", () => {
    const bulk = bulkOf([RUNNING, mine, theirs], OWNER);
    expect(bulkWords("cancel", bulk, 3).button).toBe("Cancel 1");
    expect(bulkWords("cancel", bulk, 3).ask).toBe(
      "1 experiment: it ends without a result. The other 2 stay as they are.",
    );
    expect(bulkWords("delete", bulk, 3).ask).toContain("What belongs to others is theirs to delete.");
    expect(bulkWords("delete", bulkOf([mine, theirs], ADMIN), 2).ask).toBe(
      "2 experiments: their models, files and metrics go for good.",
    );
  });
});
