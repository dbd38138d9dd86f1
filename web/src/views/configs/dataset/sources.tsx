/** The tables of a dataset, and what its joins do (domain S1.9). */
import { bytesWords, count } from "../../../model/common/format";
import { group, numberOf, textOf } from "../../../model/common/values";
import { shareWords } from "../../../model/configs/dataset/figures";
import type { Group, Time, Value } from "../../../model/run/run";
import { When } from "../../parts";
import { type Column, Table } from "../../ui/table";

interface TableRow {
  alias: string;
  facts: Group;
}

export function TablesView({ tables, now, file }: { tables: Group; now: Time; file: string }) {
  const rows = Object.entries(tables).map(([alias, facts]): TableRow => ({ alias, facts: group(facts) }));
  const number = (name: string, title: string): Column<TableRow> => ({
    name,
    title,
    number: true,
    value: ({ facts }) => numberOf(facts[name]),
    show: ({ facts }) => (name === "bytes" ? bytesWords(numberOf(facts[name])) : count(numberOf(facts[name]))),
  });
  return (
    <Table
      caption="Tables"
      columns={[
        { name: "alias", title: "Table", value: ({ alias }) => alias },
        number("rows", "Rows"),
        number("bytes", "Size"),
        number("columns", "Columns"),
        { name: "location", title: "Location", value: ({ facts }) => textOf(facts.location) },
        {
          name: "changed",
          title: "Changed",
          value: ({ facts }) => textOf(facts.modified_at) || null,
          show: ({ facts }) => {
            const at = Date.parse(textOf(facts.modified_at));
            return Number.isNaN(at) ? "not known" : <When time={at} now={now} />;
          },
        },
      ]}
      rows={rows}
      id={({ alias }) => alias}
      file={`${file}-tables`}
      empty="The tables could not be looked at."
    />
  );
}

/** What each join does to the rows (S1.9). */
export function JoinChecksView({ checks, file }: { checks: readonly Group[]; file: string }) {
  if (checks.length === 0) return null;
  const share = (value: Value | undefined) => shareWords(numberOf(value));
  return (
    <Table
      caption="What the joins do"
      columns={[
        { name: "join", title: "Join", value: (check) => `${textOf(check.left)} → ${textOf(check.right)}` },
        {
          name: "matched",
          title: "Rows with a partner",
          number: true,
          value: (check) => numberOf(check.matched_share),
          show: (check) => share(check.matched_share),
        },
        {
          name: "factor",
          title: "Rows after, of before",
          number: true,
          value: (check) => numberOf(check.factor),
          show: (check) => `×${(numberOf(check.factor) ?? 0).toFixed(2)}`,
        },
      ]}
      rows={checks}
      id={(check) => String(check.index)}
      file={`${file}-joins`}
    />
  );
}
