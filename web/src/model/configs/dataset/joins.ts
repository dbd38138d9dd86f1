/** How tables that nothing joins yet could be joined (domain S1.8). */

import { groups, textOf } from "../../common/values";
import type { Group } from "../../run/run";
import { aliasOf, joinsOf, primaryOf, tablesOf } from "./tables";

/** How two tables could be joined (S1.8). */
export interface JoinProposal {
  left: string;
  right: string;
  leftColumn: string;
  rightColumn: string;
  confidence: string;
}

/** Proposals for tables that no join reaches yet, the best of each pair first; one key each. */
export function joinProposals(fields: Group, content: Group): JoinProposal[] {
  const joined = new Set([primaryOf(content), ...joinsOf(content).map((join) => textOf(join.right))]);
  return groups(fields.joins_suggested)
    .map((each) => ({
      left: textOf(each.left),
      right: textOf(each.right),
      leftColumn: textOf(each.left_column),
      rightColumn: textOf(each.right_column),
      confidence: textOf(each.confidence),
    }))
    .map((each) => (joined.has(each.right) && !joined.has(each.left) ? turned(each) : each))
    .filter(({ left, right }) => joined.has(left) && !joined.has(right));
}

function turned({ left, right, leftColumn, rightColumn, confidence }: JoinProposal): JoinProposal {
  return { left: right, right: left, leftColumn: rightColumn, rightColumn: leftColumn, confidence };
}

export function joinOf({ left, right, leftColumn, rightColumn }: JoinProposal): Group {
  return { left, right, keys: [{ left: leftColumn, right: rightColumn }] };
}

/** Aliases that no join brings in yet, but for the primary table. */
export function unjoined(content: Group): string[] {
  const joined = new Set([primaryOf(content), ...joinsOf(content).map((join) => textOf(join.right))]);
  return tablesOf(content)
    .map(aliasOf)
    .filter((alias) => !joined.has(alias));
}
