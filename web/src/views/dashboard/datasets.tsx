import type { Row } from "../../model/common/export";
import { count, interval, MISSING, words } from "../../model/common/format";
import { formatOf, kindOf } from "../../model/common/registry";
import { type ConfigKind, configPath, experimentPath } from "../../model/common/routes";
import type { ComparedDataset, ConfigUse, DatasetComparison, UsedConfig } from "../../model/dashboard/dashboard";
import { liftNumber } from "../../model/dashboard/leaderboard";
import { verdictWords } from "../../model/run/metrics";
import type { Time } from "../../model/run/run";
import { When } from "../parts";
import { type Column, Table } from "../ui/table";

/** Datasets by lift and never by their raw metric, with the sentence why (S7.14); families apart. */
export function DatasetsView({ comparison }: { comparison: DatasetComparison }) {
  const families = [...new Set(comparison.rows.map((row) => row.family))];
  return (
    <>
      <p>{comparison.sentence}</p>
      {families.map((family) => {
        const rows = comparison.rows.filter((row) => row.family === family);
        return (
          <Table
            key={family}
            caption={`Datasets by lift of ${words(rows[0]?.metric ?? "")}`}
            columns={DATASETS}
            rows={rows}
            id={(row) => row.dataset}
            file={`datasets-${family}`}
          />
        );
      })}
    </>
  );
}

const DATASETS: Column<ComparedDataset>[] = [
  {
    name: "dataset",
    title: "Dataset",
    value: (row) => row.name,
    show: (row) => <a href={configPath("datasets", row.dataset)}>{row.name}</a>,
  },
  {
    name: "runs",
    title: "Finished",
    value: (row) => row.finished,
    show: (row) => `${count(row.finished)} of ${count(row.runs)}`,
    number: true,
  },
  { name: "best", title: "Best run", value: (row) => row.best?.value ?? null, show: (row) => <BestCell row={row} /> },
  {
    name: "lift",
    title: "Over its best baseline",
    value: (row) => row.lift?.value ?? null,
    show: (row) => <LiftCell row={row} />,
    number: true,
  },
  {
    name: "customers",
    title: "Customers",
    value: (row) => row.customers,
    show: (row) => count(row.customers),
    number: true,
  },
  {
    name: "products",
    title: "Products",
    value: (row) => row.products,
    show: (row) => count(row.products),
    number: true,
  },
  {
    name: "density",
    title: "Density",
    value: (row) => row.density,
    show: (row) => (row.density === null ? MISSING : `${(row.density * 100).toFixed(2)}%`),
    number: true,
  },
  {
    name: "quality",
    title: "Quality",
    value: (row) => row.quality,
    show: (row) => (row.quality === null ? "not known" : `${Math.round(row.quality)} of 100`),
    number: true,
  },
];

function BestCell({ row: { best, metric, samplePercent } }: { row: ComparedDataset }) {
  if (best === null) return <span class="faint">none finished</span>;
  const number = formatOf(metric);
  return (
    <>
      <a href={experimentPath(best.experiment)}>#{best.number}</a>{" "}
      <span class="number">
        {words(metric)} {number(best.value)}
      </span>
      <small class="number">
        {interval(best.low, best.high, number)}
        {samplePercent !== null && samplePercent < 100 && `, quick (${samplePercent}%)`}
      </small>
    </>
  );
}

function LiftCell({ row: { lift, metric } }: { row: ComparedDataset }) {
  if (lift === null) return <span class="faint">no baseline</span>;
  const relative = lift.relative === null || kindOf(metric).unit === "ratio" ? "" : ` (${percent(lift.relative)})`;
  return (
    <>
      {liftNumber(lift, metric)}
      {relative}
      <small>
        over {words(lift.baseline)}: {verdictWords(lift.verdict)}
      </small>
    </>
  );
}

function percent(share: number): string {
  return `${share < 0 ? "−" : "+"}${Math.abs(share * 100).toFixed(1)}%`;
}

const KINDS: { kind: UsedConfig["kind"]; folder: ConfigKind; title: string }[] = [
  { kind: "dataset", folder: "datasets", title: "Datasets" },
  { kind: "feature_config", folder: "feature_configs", title: "Feature configs" },
  { kind: "model_config", folder: "model_configs", title: "Model configs" },
];

/** What was built on what: dataset, features, model, each with how complex it is (S7.18). */
export function ConfigUseView({ use, now }: { use: ConfigUse; now: Time }) {
  return (
    <div class="dash-use">
      {KINDS.map(({ kind, folder, title }, place) => {
        const before = KINDS[place - 1]?.kind;
        return (
          <div key={kind}>
            <h3>{title}</h3>
            <ul>
              {use.rows
                .filter((row) => row.kind === kind)
                .map((row) => (
                  <li key={row.id}>
                    <a href={configPath(folder, row.id)}>{row.name}</a>{" "}
                    {row.complexity !== null && <span class={`verdict dash-${row.complexity}`}>{row.complexity}</span>}
                    <small class="number">
                      {count(row.finished)} of {count(row.runs)} finished
                      {row.failed > 0 && `, ${count(row.failed)} failed`}
                      {row.lastEndedAt !== null && (
                        <>
                          , last <When time={row.lastEndedAt} now={now} />
                        </>
                      )}
                    </small>
                    {before !== undefined && <From use={use} row={row} before={before} />}
                  </li>
                ))}
            </ul>
          </div>
        );
      })}
    </div>
  );
}

function From({ use, row, before }: { use: ConfigUse; row: UsedConfig; before: UsedConfig["kind"] }) {
  const links = use.links.filter((link) => link.fromKind === before && link.to === row.id);
  if (links.length === 0) return null;
  const nameOf = (id: string) => use.rows.find((each) => each.kind === before && each.id === id)?.name ?? id;
  return (
    <small class="number">on {links.map((link) => `${nameOf(link.from)} (${count(link.runs)})`).join(", ")}</small>
  );
}

export function configsExport(use: ConfigUse): Row[] {
  return use.rows.map((row) => ({
    ...{ kind: row.kind, id: row.id, name: row.name, complexity: row.complexity },
    ...{ runs: row.runs, finished: row.finished, failed: row.failed },
    last_ended_at: row.lastEndedAt === null ? null : new Date(row.lastEndedAt).toISOString(),
  }));
}
