/** The feature config that tests of its form begin with. */
import type { ColumnFacts } from "./columns";
import { addColumn } from "./features";
import { blankFeatures } from "./start";

export const column = (name: string, changes: Partial<ColumnFacts> = {}): ColumnFacts => ({
  ...{
    name,
    type: "STRING",
    kind: "category",
    distinct: 100,
    nullShare: 0,
    recommendedWidth: 16,
    role: null,
    items: null,
  },
  ...{ suggested: null, coverage: [], rare: [] },
  ...changes,
});

export const CUSTOMER = column("customer", { role: "customer_id", recommendedWidth: 32 });
export const PRODUCT = column("product", { role: "product_id" });
export const BLANK = blankFeatures("demo", [CUSTOMER, PRODUCT, column("brand")]);

export const WITH = ["brand", "region", "size"].reduce(
  (content, name) => addColumn(content, column(name), "candidate"),
  BLANK,
);
