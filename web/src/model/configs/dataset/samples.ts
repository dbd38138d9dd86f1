/** The dataset that tests of its form begin with. */
import type { Group } from "../../run/run";
import { catalogueOf } from "./report";
import { BLANK } from "./tables";

const column = (name: string, type = "STRING", becomes: string | null = "bytes") => ({
  ...{ column: name, type, mode: "NULLABLE", becomes },
});
export const CATALOGUE = catalogueOf({
  tables: {
    sales: [
      column("customer"),
      column("price", "FLOAT64", "float"),
      column("place", "STRUCT", null),
      column("place.city"),
    ],
  },
  offered: [{ table: "shop.sales", kind: "TABLE" }],
  left_out: { sales: 3 },
});
export const FIELDS: Group = {
  columns: [
    {
      name: "customer",
      table: "sales",
      source: "customer",
      type: "STRING",
      mode: "NULLABLE",
      becomes: "bytes",
      label: null,
    },
    {
      name: "price",
      table: "sales",
      source: "price",
      type: "FLOAT64",
      mode: "NULLABLE",
      becomes: "float",
      label: "Price",
    },
    { name: "tags", table: "sales", source: "tags", type: "STRING", mode: "REPEATED", becomes: "bytes", label: null },
  ],
  roles_suggested: {
    customer_id: [
      { table: "sales", column: "customer", usable: true },
      { table: "sales", column: "price", usable: false },
    ],
    order_id: [{ table: "sales", column: "customer", usable: true }],
    revenue: [{ table: "sales", column: "price", usable: true }],
  },
};
export const SALES: Group = { ...BLANK, tables: [{ table: "shop.sales" }] };
