/** What is wrong with tags as they are written in one field. */

import { itemLimitsOf, limitsOf } from "../common/schema";
import { tagsOf } from "./notes";

export function tagsMistake(text: string): string | null {
  const most = limitsOf("Experiment", "tags").high;
  const { pattern } = itemLimitsOf("Experiment", "tags");
  const tags = tagsOf(text);
  if (most !== null && tags.length > most) return `There are ${tags.length} tags. Keep at most ${most}.`;
  const wrong = tags.find((tag) => pattern !== null && !pattern.test(tag));
  if (wrong === undefined) return null;
  return `"${wrong}" is no tag. Use up to 32 of a-z, 0-9, - and _, beginning with a letter or digit.`;
}
