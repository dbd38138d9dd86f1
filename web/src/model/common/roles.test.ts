import { expect, test } from "vitest";
import { mayDelete, mayEdit } from "./roles";

test("who may edit", () => {
  expect([mayEdit("viewer"), mayEdit("editor"), mayEdit("admin")]).toEqual([false, true, true]);
});

test("an admin deletes everything, an editor what is their own, a viewer nothing", () => {
  expect([mayDelete("admin", "me", "you"), mayDelete("editor", "me", "me")]).toEqual([true, true]);
  expect([mayDelete("editor", "me", "you"), mayDelete("editor", "me", null)]).toEqual([false, false]);
  expect(mayDelete("viewer", "me", "me")).toBe(false);
});
