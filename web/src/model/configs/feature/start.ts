/** What a new feature config begins with. */
import { group } from "../../common/values";
import type { Group } from "../../run/run";
import type { ColumnFacts } from "./columns";
import type { Tower } from "./document";
import { addColumn } from "./features";

/** A config with nothing in it but what every one has: the ids of both sides. */
export function blankFeatures(dataset: string, columns: readonly ColumnFacts[]): Group {
  const start: Group = { name: "", dataset, query_features: [], candidate_features: [] };
  const ids = columns.filter(({ role }) => role === "customer_id" || role === "product_id");
  return ids.reduce((content, column) => addColumn(content, column, towerOfRole(column.role)), start);
}

function towerOfRole(role: string | null): Tower {
  return role === "customer_id" ? "query" : "candidate";
}

/** What the dataset's report proposes (S3.17). */
export function smartFeatures(dataset: string, smartDefaults: Group): Group {
  return { ...group(smartDefaults.document), dataset };
}
