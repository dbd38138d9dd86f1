import { expect, test } from "vitest";
import { joinOf, joinProposals, unjoined } from "./joins";
import { SALES } from "./samples";
import { addTable } from "./tables";

test("joins are proposed for what is not joined yet, from what is", () => {
  const suggested = (left: string, right: string) => ({
    ...{ left, right, left_column: `${left}_id`, right_column: `${right}_id`, confidence: "high" },
  });
  const three = addTable(addTable(SALES, "shop.products"), "shop.brands");
  const fields = { joins_suggested: [suggested("sales", "products"), suggested("brands", "products")] };
  const [first, ...others] = joinProposals(fields, three);
  expect(others).toEqual([]);
  expect(unjoined(three)).toEqual(["products", "brands"]);
  const joined = { ...three, joins: [joinOf(first ?? expect.fail())] };
  expect(joinProposals(fields, joined)).toEqual([
    { left: "products", right: "brands", leftColumn: "products_id", rightColumn: "brands_id", confidence: "high" },
  ]);
  expect(unjoined(joined)).toEqual(["brands"]);
});
