/** The roles that columns of a dataset play (domain S1.6, S1.7). */

import { group, groups, textOf, withField } from "../../common/values";
import type { Group } from "../../run/run";
import type { OutputColumn } from "./report";

export const ROLES = ["customer_id", "product_id", "event_time", "order_id", "revenue", "quantity"] as const;
export type Role = (typeof ROLES)[number];

/** What each role is, and what it is good for (S1.6). */
export const ROLE_WORDS: Record<Role, { title: string; good: string; required: boolean }> = {
  customer_id: { title: "Customer", good: "Who buys: the query tower is about them.", required: true },
  product_id: { title: "Product", good: "What is bought: the candidate tower is about it.", required: true },
  event_time: {
    title: "Time of purchase",
    good: "For splits by time, histories, recency and the date window.",
    required: false,
  },
  order_id: { title: "Order", good: "Lines of one order stay together, and are one purchase.", required: false },
  revenue: { title: "Revenue", good: "For filters by revenue and its curves.", required: false },
  quantity: { title: "Quantity", good: "For returns (below zero), and as a target.", required: false },
};

/** Columns that could play a role, the best first, by their output names (S1.7): those of the type that it takes. */
export function roleProposals(fields: Group, outputs: readonly OutputColumn[]): Partial<Record<Role, string[]>> {
  const suggested = group(fields.roles_suggested);
  return Object.fromEntries(
    ROLES.map((role) => {
      const columns = groups(suggested[role]).filter(({ usable }) => usable === true);
      const names = columns.flatMap(({ table, column }) => {
        const found = outputs.find((each) => each.table === table && each.source === column);
        return found === undefined ? [] : [found.name];
      });
      return [role, names];
    }),
  );
}

/** The best proposal for each role that has no column yet; a column plays one role. */
export function missingRoles(
  content: Group,
  proposals: Partial<Record<Role, string[]>>,
): Partial<Record<Role, string>> {
  const roles = group(content.roles);
  const taken = new Set(Object.values(roles));
  const found: Partial<Record<Role, string>> = {};
  for (const role of ROLES) {
    const best = proposals[role]?.find((name) => !taken.has(name));
    if (textOf(roles[role]) !== "" || best === undefined) continue;
    taken.add(best);
    found[role] = best;
  }
  return found;
}

export function setRole(content: Group, role: Role, column: string): Group {
  return { ...content, roles: withField(group(content.roles), role, column || undefined) };
}
