import { count } from "../../model/common/format";
import type { Order } from "../../model/common/order";
import { CONFIG_KINDS, type ConfigKind, configPath, newConfigPath } from "../../model/common/routes";
import { group, groups, numberOf, textOf } from "../../model/common/values";
import {
  type Config,
  type ConfigReport,
  complexityOf,
  KIND_WORDS,
  kindTitle,
  stateOf,
} from "../../model/configs/configs";
import type { Time } from "../../model/run/run";
import { Empty, When } from "../parts";
import { TextField } from "../ui/fields";
import { type Column, Table } from "../ui/table";
import { ConfigStateView } from "./parts";

export interface ListRow {
  config: Config;
  report: ConfigReport | null;
  /** Experiments that use it; null while nobody has counted. */
  uses: number | null;
  /** Whether all experiments were counted. */
  complete: boolean;
}

interface ListProps {
  kind: ConfigKind;
  rows: readonly ListRow[];
  endpoint: string;
  query: string;
  onQuery: (query: string) => void;
  order: Order | null;
  onOrder: (order: Order) => void;
  mayEdit: boolean;
  now: Time;
}

/** All configs of a kind, to be searched, sorted, cloned and made. */
export function ConfigListView(props: ListProps) {
  const { kind, rows, endpoint, query, onQuery, order, onOrder, mayEdit, now } = props;
  const { one, many } = KIND_WORDS[kind];
  const shown = rows.filter((row) => isFound(row, query));
  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>{kindTitle(kind)}</h1>
        {mayEdit && (
          <a class="button primary" href={newConfigPath(kind)}>
            New {one}
          </a>
        )}
      </div>
      <KindTabs kind={kind} />
      {rows.length === 0 ? (
        <Empty title={`No ${many} yet`}>
          <p>{FIRST_STEP[kind]}</p>
          {mayEdit && (
            <a class="button primary" href={newConfigPath(kind)}>
              New {one}
            </a>
          )}
        </Empty>
      ) : (
        <>
          <search class="config-search">
            <TextField
              id="config-search"
              type="search"
              label={`Search ${many}`}
              value={query}
              onEdit={onQuery}
              hint="Name, id, description, or a column, table or layer that it holds."
            />
            <p class="faint" role="status">
              {shown.length === rows.length ? count(rows.length) : `${count(shown.length)} of ${count(rows.length)}`}{" "}
              {rows.length === 1 ? one : many}
            </p>
          </search>
          <div class="config-list">
            <Table
              caption={kindTitle(kind)}
              columns={columnsOf(kind, endpoint, mayEdit, now)}
              rows={shown}
              id={({ config }) => config.id}
              file={kind.replace("_", "-")}
              order={order}
              onOrder={onOrder}
              empty={`No ${one} has “${query}” in it.`}
            />
          </div>
        </>
      )}
    </>
  );
}

const FIRST_STEP: Record<ConfigKind, string> = {
  datasets:
    "A dataset says which tables hold the purchases, and which column is the customer, the product and the time.",
  feature_configs: "A feature config says which columns of a dataset the two towers see, and how.",
  model_configs: "A model config says what the towers are made of, and how they are trained.",
};

/** The kinds of configs, and the grid of those that were tried together. */
export function KindTabs({ kind }: { kind: ConfigKind | "coverage" }) {
  return (
    <nav aria-label="Configs">
      <ul class="tabs">
        {CONFIG_KINDS.map((each) => (
          <li key={each}>
            <a href={configPath(each)} aria-current={each === kind ? "page" : undefined}>
              {kindTitle(each)}
            </a>
          </li>
        ))}
        <li>
          <a href="/configs/coverage" aria-current={kind === "coverage" ? "page" : undefined}>
            Coverage
          </a>
        </li>
      </ul>
    </nav>
  );
}

/** All words of the search, anywhere in the document. */
function isFound({ config }: ListRow, query: string): boolean {
  const text = `${config.id} ${JSON.stringify(config.content)}`.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function columnsOf(kind: ConfigKind, endpoint: string, mayEdit: boolean, now: Time): Column<ListRow>[] {
  const columns: Column<ListRow>[] = [
    {
      name: "name",
      title: "Name",
      value: ({ config }) => config.name,
      show: ({ config }) => (
        <>
          <a href={configPath(kind, config.id)}>{config.name}</a>
          <small>
            <code>{config.id}</code>
          </small>
        </>
      ),
    },
    {
      name: "state",
      title: "State",
      value: ({ config, report }) => stateOf(config, report).text,
      show: ({ config, report }) => <ConfigStateView state={stateOf(config, report)} />,
    },
    ...OF_A_KIND[kind],
    { name: "complexity", title: "Complexity", value: ({ config, report }) => complexityOf(config, report) },
    {
      name: "experiments",
      title: <span title={`Of the model endpoint ${endpoint}`}>Experiments</span>,
      value: ({ uses }) => uses,
      show: ({ uses, complete }) => (uses === null ? "…" : `${count(uses)}${complete ? "" : " or more"}`),
      number: true,
      descending: true,
    },
    { name: "version", title: "Version", value: ({ report }) => report?.version ?? null, number: true },
    {
      name: "changed",
      title: "Changed",
      value: ({ config }) => (config.updatedAt === null ? null : new Date(config.updatedAt).toISOString()),
      show: ({ config }) => (config.updatedAt === null ? "–" : <When time={config.updatedAt} now={now} />),
      descending: true,
    },
  ];
  if (!mayEdit) return columns;
  const clone: Column<ListRow> = {
    name: "clone",
    title: <span class="visually-hidden">Clone</span>,
    show: ({ config }) => (
      <a href={newConfigPath(kind, { clone: config.id })} aria-label={`Clone ${config.name}`}>
        Clone
      </a>
    ),
  };
  return [...columns, clone];
}

const OF_A_KIND: Record<ConfigKind, Column<ListRow>[]> = {
  datasets: [
    {
      name: "tables",
      title: "Tables",
      value: ({ config }) =>
        groups(config.content.tables)
          .map(({ table }) => textOf(table))
          .join(", "),
    },
    {
      name: "rows",
      title: "Rows",
      value: ({ report }) => rowsOf(report),
      show: ({ report }) => count(rowsOf(report)),
      number: true,
      descending: true,
    },
    {
      name: "quality",
      title: "Quality",
      value: ({ report }) => numberOf(group(report?.fields.quality).score),
      show: ({ report }) => {
        const { score, grade } = group(report?.fields.quality);
        return typeof score === "number" ? `${score}, ${textOf(grade)}` : "–";
      },
      number: true,
      descending: true,
    },
  ],
  feature_configs: [
    {
      name: "dataset",
      title: "Dataset",
      value: ({ config }) => textOf(config.content.dataset),
      show: ({ config }) => (
        <a href={configPath("datasets", textOf(config.content.dataset))}>{textOf(config.content.dataset)}</a>
      ),
    },
    { name: "target", title: "Target", value: ({ config }) => textOf(group(config.content.target).column) || null },
    {
      name: "query_width",
      title: "Query width",
      value: ({ report }) => numberOf(group(report?.fields.widths).query),
      number: true,
      descending: true,
    },
    {
      name: "candidate_width",
      title: "Candidate width",
      value: ({ report }) => numberOf(group(report?.fields.widths).candidate),
      number: true,
      descending: true,
    },
  ],
  model_configs: [
    { name: "type", title: "Type", value: ({ config, report }) => modelType(config, report) },
    {
      name: "structure",
      title: "Structure",
      value: ({ report }) => textOf(report?.fields.text) || null,
      show: ({ report }) => <Structure text={textOf(report?.fields.text)} />,
    },
    { name: "preset", title: "Preset", value: ({ report }) => textOf(report?.fields.preset) || null },
  ],
};

function Structure({ text }: { text: string }) {
  if (text === "") return <>–</>;
  return (
    <>
      {text.split(", ").map((part) => (
        <span key={part} class="structure">
          {part}
        </span>
      ))}
    </>
  );
}

function modelType(config: Config, report: ConfigReport | null): string {
  return textOf(report?.fields.model_type) || textOf(config.content.model_type) || "retrieval";
}

/** Rows that are left after all filters. */
function rowsOf(report: ConfigReport | null): number | null {
  return numberOf(groups(report?.fields.funnel).at(-1)?.rows);
}
