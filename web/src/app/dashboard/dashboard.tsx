import { useCallback, useMemo, useRef } from "preact/hooks";
import {
  toBoard,
  toConfigUse,
  toDatasetComparison,
  toFidelity,
  toInsight,
  toTrainingMap,
  toTried,
} from "../../data/insight_parts";
import { watchGroups, watchOverview, watchParts } from "../../data/insights";
import { type Feed, latest, together } from "../../model/common/feed";
import { mayEdit } from "../../model/common/roles";
import { type ConfigUse, type DatasetComparison, lookedAt } from "../../model/dashboard/dashboard";
import type { Fidelity } from "../../model/dashboard/fidelity";
import { type TrainingMap, trainingExport } from "../../model/dashboard/heatmap_training";
import { type Insight, insightExport } from "../../model/dashboard/importance";
import { type GroupHead, insightsId, protocolName, type Sample, sampleWords } from "../../model/dashboard/insights";
import { type Overview, runsWords } from "../../model/dashboard/kpis";
import { type Board, boardExport, boardRows } from "../../model/dashboard/leaderboard";
import type { Time } from "../../model/run/run";
import { ConfigUseView, configsExport, DatasetsView } from "../../views/dashboard/datasets";
import { FidelityView, fidelityExport } from "../../views/dashboard/fidelity";
import { Filters } from "../../views/dashboard/filters";
import { ImportanceView } from "../../views/dashboard/importance";
import { KpisView, kpisExport } from "../../views/dashboard/kpis";
import { LeaderboardView } from "../../views/dashboard/leaderboard";
import { Panel } from "../../views/dashboard/panel";
import { TrainingView } from "../../views/dashboard/training";
import { TriedView, triedExport } from "../../views/dashboard/tried";
import { PageFeedView } from "../../views/feed";
import { Empty } from "../../views/parts";
import "../../styles/dashboard.css";
import type { Context, PageProps } from "../context";
import { type Start, useDocument, useFeed, useNow } from "../hooks";
import { replaceSearch, useTitle } from "../navigation";
import { HeatmapPanel } from "./heatmap";
import { FeedPanel, PagesPanel, type PanelBase, PartPanel, usePart } from "./panels";
import { SuggestionsPanel } from "./suggestions";
import { TrendPanel } from "./trend";

/** What an endpoint's ended runs say together (S7.9-S7.18). Filters stand in the address. */
export default function DashboardPage({ app, route }: PageProps<"dashboard">) {
  const [overview, retryOverview] = useDocument(watchOverview, app.db, app.endpoint);
  const [groups, retryGroups] = useDocument(watchGroups, app.db, app.endpoint);
  const now = useNow(false);
  const feed = useMemo(() => together(overview, groups), [overview, groups]);
  useTitle("Dashboard · Quicktest");
  const retry = () => {
    retryOverview();
    retryGroups();
  };
  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Dashboard</h1>
      </div>
      <PageFeedView feed={feed} what="the dashboard" title={null} onRetry={retry}>
        {([head, heads]) =>
          head === null || head.computedAt === null ? (
            <NothingEnded app={app} head={head} />
          ) : (
            <Shown {...{ app, now, head, heads }} search={route.search} />
          )
        }
      </PageFeedView>
    </>
  );
}

function NothingEnded({ app, head }: { app: Context; head: Overview | null }) {
  if (head !== null)
    return <Empty title="The first figures are being computed">They are shown as soon as they are there.</Empty>;
  return (
    <Empty title="Nothing to compare yet">
      <p>The dashboard begins with the first experiment that ends.</p>
      {mayEdit(app.user.role) && (
        <p>
          <a href="/new">Start an experiment</a>
        </p>
      )}
    </Empty>
  );
}

interface ShownProps {
  app: Context;
  now: Time;
  head: Overview;
  heads: readonly GroupHead[];
  search: string;
}

function Shown({ app, now, head, heads, search }: ShownProps) {
  const asked = new URLSearchParams(search);
  const types = head.kpis.map((kpi) => kpi.modelType);
  const looked = lookedAt(asked, heads, types);
  const edit = (fields: Record<string, string>) => replaceSearch({ ...Object.fromEntries(asked), ...fields });
  const kpis = head.kpis.filter((kpi) => looked.type === "" || kpi.modelType === looked.type);
  const { group, sample } = looked;
  const part = `leaderboard-${sample?.samplePercent ?? 0}`;
  const [board, retryBoard] = usePart(app, sample === null ? null : (group?.id ?? null), part, toBoard);
  const metrics = latest(board)?.metrics ?? [];
  const metric = metrics.find((each) => each === asked.get("metric")) ?? group?.metric ?? "";
  return (
    <>
      <Filters {...looked} {...{ types, metrics, metric }} onEdit={edit} />
      {looked.gone !== null && (
        <p class="notice warning" role="status">
          There is no protocol {looked.gone} any more. Shown is the one with the most finished runs.
        </p>
      )}
      <Panel
        id="figures"
        title="Figures"
        freshness={head}
        now={now}
        file={`figures-${app.endpoint}`}
        rows={() => kpisExport(kpis)}
      >
        <KpisView kpis={kpis} month={new Date(now).toISOString().slice(0, 7)} endpoint={app.endpoint} />
      </Panel>
      {group === null || sample === null ? (
        <Empty title="No leaderboard yet">
          <p>
            A leaderboard begins with the first run{looked.type === "" ? "" : ` of type ${looked.type}`} that is
            prepared: its protocol says which customers are measured.
          </p>
        </Empty>
      ) : (
        <GroupPanels {...{ app, now, group, sample, metric, board, retryBoard, asked, edit }} type={looked.type} />
      )}
      <OverviewPanels {...{ app, now, head }} />
    </>
  );
}

interface GroupPanelsProps {
  app: Context;
  now: Time;
  /** Empty: all types of model. */
  type: string;
  group: GroupHead;
  sample: Sample;
  metric: string;
  board: Feed<Board | null>;
  retryBoard: () => void;
  asked: URLSearchParams;
  edit: (fields: Record<string, string>) => void;
}

function GroupPanels({ app, now, type, group, sample, metric, board, retryBoard, asked, edit }: GroupPanelsProps) {
  const size = sample.samplePercent;
  const place = useRef<HTMLElement>(null);
  const modelType = type === "" ? null : type;
  const panel = (id: string, title: string): PanelBase => ({
    ...{ app, id, title, freshness: group, now },
    file: `${id}-${group.protocol}-${size}`,
  });
  const nothing = `No run with this sample has finished under this protocol yet.`;
  return (
    <>
      <p class="dash-group">
        <strong>{protocolName(group)}</strong>, {sampleWords(size)}: {sample.finished} of {runsWords(sample.runs)}{" "}
        finished{sample.failed > 0 && `, ${sample.failed} failed`}.
      </p>
      <FeedPanel
        {...panel("leaderboard", "Leaderboard")}
        {...{ place }}
        feed={board}
        retry={retryBoard}
        has={(found) => found.finished > 0}
        rows={(found) => boardExport(boardRows(found, metric, modelType), found, metric)}
        nothing={`${nothing} A leaderboard begins with the first one.`}
      >
        {(found) => (
          <LeaderboardView
            board={found}
            rows={boardRows(found, metric, modelType)}
            metric={metric}
            modelType={modelType}
          />
        )}
      </FeedPanel>
      <SuggestionsPanel {...panel("suggestions", "What to run next")} insights={group.id} samplePercent={size} />
      <TrendPanel {...panel("trend", "Trend")} {...{ group, metric, modelType }} samplePercent={size} />
      <PagesPanel
        {...panel("parameters", "What matters")}
        insights={group.id}
        parts={pagesOf(group, `parameters-${size}`)}
        read={toInsight}
        join={joined}
        has={(found) => found.n > 0}
        rows={(found) => insightExport(found.rows)}
        nothing={nothing}
      >
        {(found) => (
          <>
            {(modelType !== null || metric !== group.metric) && (
              <p class="faint">
                Of all types of model of this protocol, by the headline metric; the type is one of the parameters.
              </p>
            )}
            <ImportanceView insight={found} />
          </>
        )}
      </PagesPanel>
      <HeatmapPanel
        {...panel("heatmap", "Two parameters")}
        {...{ group, metric, modelType, asked, edit }}
        samplePercent={size}
      />
      <PartPanel
        {...panel("coverage", "What was tried")}
        insights={group.id}
        part={`coverage-${size}`}
        read={toTried}
        rows={triedExport}
        nothing={nothing}
      >
        {(found) => <TriedView tried={found} protocol={group.protocol} samplePercent={size} />}
      </PartPanel>
      <PartPanel
        {...panel("training", "Training by epoch")}
        insights={group.id}
        part={`training-${size}`}
        read={toTrainingMap}
        has={(found) => found.rows.length > 0}
        rows={trainingExport}
        nothing={`${nothing} Training curves are those of the best 20.`}
      >
        {(found) => <TrainingView map={ofType(found, latest(board), modelType)} />}
      </PartPanel>
      <PartPanel
        {...panel("fidelity", "What quick runs tell")}
        insights={group.id}
        part="fidelity"
        read={toFidelity}
        rows={fidelityExport}
        nothing={nothing}
      >
        {(found) => <NamedFidelity app={app} group={group} fidelity={found} />}
      </PartPanel>
    </>
  );
}

/** The parts `parameters-100`, `parameters-100-2`, … of a sample. */
function pagesOf(group: GroupHead, name: string): string[] {
  const more = group.parts.filter((part) => part.startsWith(`${name}-`));
  return [name, ...more.sort((a, b) => a.length - b.length || a.localeCompare(b))];
}

function joined(pages: Insight[]): Insight {
  const [first] = pages as [Insight, ...Insight[]]; // of no page there is nothing to join
  return { ...first, rows: pages.flatMap((page) => page.rows) };
}

function ofType(map: TrainingMap, board: Board | null, modelType: string | null): TrainingMap {
  if (board === null || modelType === null) return map;
  const types = new Map(board.rows.flatMap((row) => (row.kind === "run" ? [[row.experiment, row.modelType]] : [])));
  return { ...map, rows: map.rows.filter((row) => types.get(row.experiment) === modelType) };
}

/** People know experiments by their numbers, which leaderboards have. */
function NamedFidelity({ app, group, fidelity }: { app: Context; group: GroupHead; fidelity: Fidelity }) {
  const boards = group.samples.map((sample) => `leaderboard-${sample.samplePercent}`).join();
  const start = useCallback<Start<Board[]>>(
    (onValue, onError) => watchParts(app.db, group.id, boards.split(","), toBoard, onValue, onError),
    [app.db, group.id, boards],
  );
  const [feed] = useFeed(start);
  const rows = latest(feed)?.flatMap((board) => board.rows) ?? [];
  const runs = rows.flatMap((row) => (row.kind === "run" ? [row] : []));
  const names = new Map(runs.map((row) => [row.experiment, `#${row.number} ${row.name}`.trimEnd()]));
  return (
    <FidelityView
      fidelity={fidelity}
      metric={group.metric}
      name={(experiment) => names.get(experiment) ?? experiment}
      mayStart={mayEdit(app.user.role)}
    />
  );
}

function OverviewPanels({ app, now, head }: { app: Context; now: Time; head: Overview }) {
  const insights = insightsId(app.endpoint);
  const panel = (id: string, title: string): PanelBase => ({ app, id, title, freshness: head, now });
  return (
    <>
      <PartPanel<DatasetComparison>
        {...panel("datasets", "Datasets")}
        insights={insights}
        part="datasets"
        read={toDatasetComparison}
        has={(found) => found.rows.length > 0}
        nothing="No run of a dataset has ended yet."
      >
        {(found) => <DatasetsView comparison={found} />}
      </PartPanel>
      <PartPanel<ConfigUse>
        {...panel("configs", "What was built on what")}
        insights={insights}
        part="configs"
        read={toConfigUse}
        file={`configs-${app.endpoint}`}
        rows={configsExport}
        has={(found) => found.rows.length > 0}
        nothing="No config has been used yet."
      >
        {(found) => <ConfigUseView use={found} now={now} />}
      </PartPanel>
    </>
  );
}
