import { useCallback } from "preact/hooks";
import { watchGroups, watchPart } from "../data/insights";
import { latest } from "../model/common/feed";
import { mayEdit } from "../model/common/roles";
import { group } from "../model/common/values";
import { type Coverage, toCoverage } from "../model/configs/coverage";
import { type GroupHead, protocolName, sampleWords } from "../model/dashboard/insights";
import type { Value } from "../model/run/run";
import { CoverageView } from "../views/configs/coverage";
import { PageFeedView } from "../views/feed";
import type { Context, PageProps } from "./context";
import { type Start, useFeed, useNow } from "./hooks";
import { replaceSearch, useTitle } from "./navigation";

/** Which feature configs were tried with which model configs, and how well each pair did (S7.11). */
export default function CoveragePage({ app, route }: PageProps<"coverage">) {
  const { db, endpoint } = app;
  const watch = useCallback<Start<GroupHead[]>>((...on) => watchGroups(db, endpoint, ...on), [db, endpoint]);
  const [groups, retry] = useFeed(watch);
  useTitle("Coverage · Quicktest");
  return (
    <PageFeedView feed={groups} what="the coverage" title="Coverage" onRetry={retry}>
      {(found) => <Grid app={app} groups={found} search={route.search} />}
    </PageFeedView>
  );
}

function Grid({ app, groups, search }: { app: Context; groups: GroupHead[]; search: string }) {
  const { db, user } = app;
  const params = new URLSearchParams(search);
  const grids = groups.flatMap((head) =>
    head.samples.map(({ samplePercent }) => ({ head, samplePercent, key: `${head.protocol}-${samplePercent}` })),
  );
  const chosen = grids.find(({ key }) => key === params.get("group")) ?? grids[0];
  const id = chosen?.head.id ?? null;
  const part = `coverage-${chosen?.samplePercent}`;
  const watch = useCallback<Start<Coverage | null>>(
    (...on) => watchPart(db, id ?? "", part, (json) => toCoverage(group(json as Value)), ...on),
    [db, id, part],
  );
  const [coverage, retry] = useFeed(id === null ? null : watch);
  const now = useNow(false);
  return (
    <CoverageView
      grids={grids.map(({ head, samplePercent, key }) => ({
        key,
        name: `${protocolName(head)}; ${sampleWords(samplePercent)}`,
      }))}
      chosen={chosen === undefined ? null : { key: chosen.key, head: chosen.head }}
      coverage={coverage}
      stale={latest(coverage) !== null && (chosen?.head.stale ?? false)}
      onChoose={(key) => replaceSearch({ ...Object.fromEntries(params), group: key })}
      onRetry={retry}
      mayEdit={mayEdit(user.role)}
      now={now}
    />
  );
}
