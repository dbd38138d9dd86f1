/** What the rows of a dataset hold: quality, columns, tables and joins, revenue, SQL (domain S1.9, S1.19, S1.30-S1.32). */
import { useState } from "preact/hooks";
import { bytesWords, capitalised, count } from "../../../model/common/format";
import { group, groups, list, numberOf, textOf } from "../../../model/common/values";
import { type OutputColumn, typeWords } from "../../../model/configs/dataset/report";
import type { Group, Problem, Time, Value } from "../../../model/run/run";
import { AxisBottom, AxisLeft, ChartFrame } from "../../charts/frame";
import { scaleLinear } from "../../charts/scales";
import { Prose, When } from "../../parts";
import { CopyButton } from "../../ui/copy";
import { save } from "../../ui/download";
import { type Column, Table } from "../../ui/table";
import { SourceView } from "../parts";

const PARTS: Record<string, string> = {
  completeness: "cells with a value",
  density: "pairs of customers and products that occur",
  engagement: "customers with 3 purchases or more",
  coverage: "test rows whose customer and product are known from before",
  uniqueness: "rows that are no copies of another",
  depth: "of 90 days of history",
};

/** How good the data are, with the parts of the score, and what is wrong with them. */
export function QualityView({ quality, issues }: { quality: Group; issues: readonly Problem[] }) {
  const score = numberOf(quality.score);
  if (score === null) return <p class="faint">The quality of the rows is not known.</p>;
  const grade = textOf(quality.grade);
  return (
    <>
      <p>
        <strong class={`quality quality-${grade} number`}>{score}</strong> of 100: {grade}
      </p>
      <dl class="quality-parts">
        {Object.entries(PARTS).map(([name, what]) => {
          const value = numberOf(group(quality.parts)[name]);
          return (
            <div key={name}>
              <dt>
                {capitalised(name)} <small>{what}</small>
              </dt>
              <dd class="number">
                <span class="share-bar" aria-hidden="true">
                  <span style={{ width: `${value ?? 0}%` }} />
                </span>
                <span>{value === null ? "not known" : Math.round(value)}</span>
              </dd>
            </div>
          );
        })}
      </dl>
      {issues.length > 0 && (
        <ul>
          {issues.map((issue) => (
            <li key={issue.code}>
              <Prose text={issue.problem} />{" "}
              <b>
                <Prose text={issue.remedy} />
              </b>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

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
  const share = (value: Value | undefined) => percentWords(numberOf(value));
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

function percentWords(value: number | null): string {
  if (value === null) return "not known";
  const percent = 100 * value;
  return percent > 0 && percent < 0.1 ? "below 0.1%" : `${percent.toFixed(percent === 0 || percent === 100 ? 0 : 1)}%`;
}

interface ColumnRow {
  column: OutputColumn;
  role: string;
  known: Group;
}

interface ColumnsProps {
  columns: readonly OutputColumn[];
  roles: Group;
  /** By the report's part `statistics`; none while nothing was counted. */
  statistics: readonly Group[];
  file: string;
}

/** Every column with what its values are. */
export function ColumnsView({ columns, roles, statistics, file }: ColumnsProps) {
  const counted = new Map(statistics.map((each) => [textOf(each.name), each]));
  const rows = columns.map(
    (column): ColumnRow => ({
      column,
      role: Object.keys(roles).find((role) => roles[role] === column.name) ?? "",
      known: counted.get(column.name) ?? {},
    }),
  );
  const shared: Column<ColumnRow>[] = [
    {
      name: "column",
      title: "Column",
      value: ({ column }) => column.name,
      show: ({ column }) => (
        <>
          <code>{column.name}</code>
          {column.label !== null && <small>{column.label}</small>}
          {column.table !== "" && column.source !== column.name && (
            <small>
              {column.table}.{column.source}
            </small>
          )}
        </>
      ),
    },
    {
      name: "type",
      title: "Type",
      value: ({ column }) => typeWords(column),
      show: ({ column }) => (
        <>
          {typeWords(column)} <small class="becomes">becomes {column.becomes}</small>
        </>
      ),
    },
    { name: "role", title: "Role", value: ({ role }) => role.replaceAll("_", " ") },
  ];
  if (statistics.length === 0) {
    return <Table caption="Columns" columns={shared} rows={rows} id={nameOf} file={`${file}-columns`} />;
  }
  return (
    <Table
      caption="Columns and their values"
      columns={[
        ...shared,
        {
          name: "empty",
          title: "Empty",
          number: true,
          value: ({ known }) => shareOf(known),
          show: ({ known }) => percentWords(shareOf(known)),
          descending: true,
        },
        {
          name: "distinct",
          title: "Distinct",
          number: true,
          value: ({ known }) => numberOf(known.distinct),
          show: ({ known }) => `${known.approximate === true ? "about " : ""}${count(numberOf(known.distinct))}`,
          descending: true,
        },
        {
          name: "range",
          title: "From, to",
          value: ({ known }) => (known.min === null || known.min === undefined ? null : `${known.min} to ${known.max}`),
          show: ({ known }) => rangeWords(known),
        },
        {
          name: "mean",
          title: "Mean",
          number: true,
          value: ({ known }) => numberOf(known.mean),
          show: ({ known }) => figure(numberOf(known.mean)),
        },
        {
          name: "top",
          title: "Most frequent",
          value: ({ known }) =>
            groups(known.top)
              .map(({ value }) => String(value))
              .join(", "),
          show: ({ known }) => <TopView known={known} />,
        },
      ]}
      rows={rows}
      id={nameOf}
      file={`${file}-columns`}
    />
  );
}

function nameOf({ column }: ColumnRow): string {
  return column.name;
}

function shareOf(known: Group): number | null {
  const rows = numberOf(known.count);
  const nulls = numberOf(known.nulls);
  return rows === null || nulls === null || rows === 0 ? null : nulls / rows;
}

function rangeWords({ min, max, list_min: shortest, list_max: longest }: Group): string {
  if (min !== null && min !== undefined) return `${valueWords(min)} to ${valueWords(max)}`;
  return numberOf(shortest) !== null ? `${shortest} to ${longest} entries` : "";
}

function valueWords(value: Value | undefined): string {
  return typeof value === "number" ? figure(value) : textOf(value).slice(0, 10);
}

function figure(value: number | null): string {
  return value === null ? "" : new Intl.NumberFormat("en", { maximumSignificantDigits: 5 }).format(value);
}

const TOP_SHOWN = 3;

/** The most frequent values with their share of the rows that have one. */
function TopView({ known }: { known: Group }) {
  const top = groups(known.top);
  const rows = (numberOf(known.count) ?? 0) - (numberOf(known.nulls) ?? 0);
  if (top.length === 0 || rows <= 0) return null;
  return (
    <ul class="frequent-values">
      {top.slice(0, TOP_SHOWN).map(({ value, count: n }) => (
        <li key={String(value)}>
          <span class="share-bar" aria-hidden="true">
            <span style={{ width: `${Math.min(100, (100 * (numberOf(n) ?? 0)) / rows)}%` }} />
          </span>
          <span class="value">{String(value)}</span>{" "}
          <span class="faint number">{percentWords((numberOf(n) ?? 0) / rows)}</span>
        </li>
      ))}
      {top.length > TOP_SHOWN && (
        <li
          class="faint"
          title={top
            .slice(TOP_SHOWN)
            .map(({ value }) => String(value))
            .join(", ")}
        >
          and {count((numberOf(known.distinct) ?? top.length) - TOP_SHOWN)} others
        </li>
      )}
    </ul>
  );
}

/** How revenue is spread over products or customers, and how many make most of it (S1.19). */
export function ParetoView({ part, entity, file }: { part: Group; entity: "products" | "customers"; file: string }) {
  const entities = numberOf(part.entities) ?? 0;
  const points = groups(part.points).map(({ count: n, share }) => ({
    n: numberOf(n) ?? 0,
    share: numberOf(share) ?? 0,
  }));
  const markers = groups(part.markers).map(({ percent, kept }) => ({
    percent: numberOf(percent) ?? 0,
    kept: numberOf(kept) ?? 0,
  }));
  if (points.length === 0 || entities === 0) return <p class="faint">There is no revenue to draw.</p>;
  const half = markers.find(({ percent }) => percent === 80);
  const sentence =
    half === undefined
      ? `Revenue by ${entity}.`
      : `${count(half.kept)} of ${count(entities)} ${entity} make 80% of the revenue.`;
  return (
    <div>
      <h3>{capitalised(entity)}</h3>
      <p>{sentence}</p>
      <ChartFrame label={`Share of the revenue by the best ${entity}. ${sentence}`} height={180}>
        {({ width, height }) => {
          const x = scaleLinear().domain([0, entities]).range([0, width]);
          const y = scaleLinear().domain([0, 1]).range([height, 0]);
          const line = [{ n: 0, share: 0 }, ...points].map(({ n, share }) => `${x(n)},${y(share)}`).join(" ");
          return (
            <>
              <AxisLeft
                ticks={[0, 0.5, 1].map((share) => ({ at: y(share), text: `${100 * share}%` }))}
                width={width}
                title="of the revenue"
              />
              <AxisBottom
                ticks={[0, entities / 2, entities].map((n) => ({ at: x(n), text: count(Math.round(n)) }))}
                width={width}
                y={height}
                title={`best ${entity}`}
              />
              <polyline class="pareto" points={line} />
              {markers.map(({ percent, kept }) => (
                <circle key={percent} class="pareto-mark" cx={x(kept)} cy={y(percent / 100)} r={3.5} />
              ))}
            </>
          );
        }}
      </ChartFrame>
      <Table
        caption={`How many ${entity} make most of the revenue`}
        columns={[
          { name: "percent", title: "Of the revenue", value: ({ percent }) => `${percent}%` },
          {
            name: "kept",
            title: capitalised(entity),
            number: true,
            value: ({ kept }) => kept,
            show: ({ kept }) => count(kept),
          },
          {
            name: "share",
            title: `Of all ${entity}`,
            number: true,
            value: ({ kept }) => kept / entities,
            show: ({ kept }) => percentWords(kept / entities),
          },
        ]}
        rows={markers}
        id={({ percent }) => String(percent)}
        file={`${file}-revenue-${entity}`}
      />
    </div>
  );
}

/** The query of each split, with what it would read. */
export function SqlView({ part, id }: { part: Group; id: string }) {
  const queries = group(part.queries);
  const bytes = group(part.bytes);
  const [split, choose] = useState("train");
  const text = textOf(queries[split]);
  if (Object.keys(queries).length === 0) return <p class="faint">There is no SQL while the dataset has problems.</p>;
  return (
    <>
      <fieldset class="actions">
        <legend class="visually-hidden">Split</legend>
        {["train", "eval", "test", "catalogue"]
          .filter((name) => name in queries)
          .map((name) => (
            <button key={name} type="button" aria-pressed={name === split} onClick={() => choose(name)}>
              {name}
            </button>
          ))}
        <CopyButton text={text} />
        <button type="button" onClick={() => save(`${id}-${split}.sql`, text, "application/sql")}>
          Download
        </button>
        <span class="faint">reads {bytesWords(numberOf(bytes[split]))}</span>
      </fieldset>
      <SourceView text={text} label={`SQL of the split ${split}`} />
    </>
  );
}

export function issuesOf(fields: Group): Problem[] {
  return list(fields.issues).flatMap((each) => {
    const { code, path, problem, remedy, severity } = group(each);
    return [
      {
        code: textOf(code),
        path: textOf(path),
        problem: textOf(problem),
        remedy: textOf(remedy),
        severity: severity === "error" ? "error" : "warning",
      } satisfies Problem,
    ];
  });
}
