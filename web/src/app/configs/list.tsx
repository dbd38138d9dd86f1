import { useMemo } from "preact/hooks";
import { latest, together } from "../../model/common/feed";
import { mayEdit } from "../../model/common/roles";
import { newConfigPath } from "../../model/common/routes";
import type { Config, ConfigReport } from "../../model/configs/configs";
import { KIND_WORDS, kindTitle } from "../../model/configs/configs";
import { ConfigListView, type ListRow } from "../../views/configs/list";
import { PageFeedView } from "../../views/feed";
import type { PageProps } from "../context";
import { useNow } from "../hooks";
import { useKeys } from "../keys";
import { navigate, replaceSearch, useTitle } from "../navigation";
import { useIndex } from "../use_index";
import { useConfigs, useReports } from "./use_config";

/** Number of experiments by the config that they use. */
type Uses = ReadonlyMap<string, number>;

export default function ListPage({ app, route }: PageProps<"configs">) {
  const { db, user, endpoint } = app;
  const { kind } = route;
  const [configs, retryConfigs] = useConfigs(db, kind);
  const [reports, retryReports] = useReports(db, kind);
  const [index] = useIndex(db, endpoint);
  const now = useNow(false);
  const known = latest(index);
  const feed = together(configs, reports);
  const uses = useMemo(() => usesOf(kind, known?.entries ?? []), [kind, known]);
  useTitle(`${kindTitle(kind)} · Quicktest`);
  const editor = mayEdit(user.role);
  useKeys([
    ...(editor ? [{ keys: "c", what: `New ${KIND_WORDS[kind].one}`, run: () => navigate(newConfigPath(kind)) }] : []),
    { keys: "/", what: "Search", run: () => document.getElementById("config-search")?.focus() },
  ]);
  const search = new URLSearchParams(route.search);
  const keep = (fields: Record<string, string>) => replaceSearch({ ...Object.fromEntries(search), ...fields });
  const sort = search.get("sort") ?? "";
  return (
    <PageFeedView
      feed={feed}
      what={`the ${KIND_WORDS[kind].many}`}
      title={kindTitle(kind)}
      onRetry={() => {
        retryConfigs();
        retryReports();
      }}
    >
      {([found, said]) => (
        <ConfigListView
          kind={kind}
          rows={rowsOf(found, said, known === null ? null : uses, known?.complete ?? false)}
          endpoint={endpoint}
          query={search.get("q") ?? ""}
          onQuery={(q) => keep({ q })}
          order={sort === "" ? null : { column: sort.replace(/^-/, ""), descending: sort.startsWith("-") }}
          onOrder={({ column, descending }) => keep({ sort: `${descending ? "-" : ""}${column}` })}
          mayEdit={editor}
          now={now}
        />
      )}
    </PageFeedView>
  );
}

function usesOf(kind: Config["kind"], entries: readonly Parameters<typeof usedBy>[1][]): Uses {
  const uses = new Map<string, number>();
  for (const entry of entries) uses.set(usedBy(kind, entry), (uses.get(usedBy(kind, entry)) ?? 0) + 1);
  return uses;
}

function usedBy(kind: Config["kind"], entry: { dataset: string; featureConfig: string; modelConfig: string }): string {
  return { datasets: entry.dataset, feature_configs: entry.featureConfig, model_configs: entry.modelConfig }[kind];
}

/** Those that were changed last first. */
function rowsOf(configs: Config[], reports: ConfigReport[], uses: Uses | null, complete: boolean): ListRow[] {
  const said = new Map(reports.map((report) => [report.id, report]));
  return configs
    .toSorted((a, b) => (b.updatedAt ?? 0) - (a.updatedAt ?? 0) || a.name.localeCompare(b.name))
    .map((config) => ({
      config,
      report: said.get(config.id) ?? null,
      uses: uses === null ? null : (uses.get(config.id) ?? 0),
      complete,
    }));
}
