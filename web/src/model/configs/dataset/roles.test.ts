import { expect, test } from "vitest";
import { outputsOf } from "./report";
import { missingRoles, roleProposals, setRole } from "./roles";
import { FIELDS, SALES } from "./samples";

test("roles are proposed once for each column, and only where the type fits", () => {
  const proposals = roleProposals(FIELDS, outputsOf(FIELDS));
  expect(proposals.customer_id).toEqual(["customer"]);
  expect(missingRoles(SALES, proposals)).toEqual({ customer_id: "customer", revenue: "price" });
  expect(missingRoles(setRole(SALES, "revenue", "price"), proposals)).toEqual({ customer_id: "customer" });
  expect(setRole(setRole(SALES, "revenue", "price"), "revenue", "")).toEqual(SALES);
});
