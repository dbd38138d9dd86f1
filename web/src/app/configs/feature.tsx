import { useMemo, useRef } from "preact/hooks";
import { type Config, copyName, group, named, textOf } from "../../model/configs";
import {
  blankFeatures,
  columnFacts,
  problemsNow,
  smartFeatures,
  type Tower,
  type Width,
  widthsOf,
} from "../../model/feature_config";
import { latest, together } from "../../model/feed";
import { mayEdit } from "../../model/roles";
import { configPath, newConfigPath } from "../../model/routes";
import type { Group, Time } from "../../model/run";
import { FeatureEditorView } from "../../views/configs/feature_editor";
import { FeatureStartView, type Start } from "../../views/configs/feature_start";
import { FeatureView } from "../../views/configs/feature_view";
import { ConfigCrumbs, DraftTroubleView, GeneratedCodeView, ReadOnlyView } from "../../views/configs/parts";
import { WidthsView } from "../../views/configs/widths";
import { PageFeedView } from "../../views/feed";
import { Section } from "../../views/parts";
import type { Context, PageProps } from "../context";
import { useNow } from "../hooks";
import { navigate, useTitle } from "../navigation";
import { useDraft, useDraftPart } from "../use_draft";
import { useIndex } from "../use_index";
import { Saving, useEditing, useLastKnown } from "./editing";
import { ConfigHead } from "./head";
import { Missing } from "./missing";
import { useConfig, useConfigs, useReport, useReportPart } from "./use_config";

const KIND = "feature_configs";

/** One feature config: as it is, in the editor, or a new one. */
export default function FeaturePage({ app, route }: PageProps<"configs" | "new-config">) {
  const editor = mayEdit(app.user.role);
  if (route.view === "new-config") return editor ? <NewFeatures app={app} search={route.search} /> : <Refused />;
  const id = route.id ?? "";
  if (route.mode === "edit") return editor ? <EditFeatures app={app} id={id} /> : <ShowFeatures app={app} id={id} />;
  return <ShowFeatures app={app} id={id} />;
}

function Refused() {
  useTitle("New feature config · Quicktest");
  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>New feature config</h1>
      </div>
      <ReadOnlyView />
    </>
  );
}

function ShowFeatures({ app, id }: { app: Context; id: string }) {
  const { db, endpoint, user } = app;
  const [config, retry] = useConfig(db, KIND, id);
  const [report] = useReport(db, KIND, id);
  const [code] = useReportPart(db, KIND, id, "code");
  const [index] = useIndex(db, endpoint);
  const now = useNow(false);
  const known = latest(index);
  useTitle(`${latest(config)?.name ?? id} · Quicktest`);
  return (
    <PageFeedView feed={config} what="the feature config" title="Feature config" onRetry={retry}>
      {(found) =>
        found === null ? (
          <Missing kind={KIND} id={id} />
        ) : (
          <>
            <ConfigHead app={app} config={found} report={latest(report)} />
            {!mayEdit(user.role) && <ReadOnlyView />}
            <FeatureView
              config={found}
              report={latest(report)}
              code={latest(code)}
              entries={known?.entries.filter(({ featureConfig }) => featureConfig === id) ?? null}
              complete={known?.complete ?? false}
              now={now}
            />
          </>
        )
      }
    </PageFeedView>
  );
}

function EditFeatures({ app, id }: { app: Context; id: string }) {
  const [config, retry] = useConfig(app.db, KIND, id);
  useTitle(`Edit ${latest(config)?.name ?? id} · Quicktest`);
  return (
    <PageFeedView feed={config} what="the feature config" title="Feature config" onRetry={retry}>
      {(found) =>
        found === null ? (
          <Missing kind={KIND} id={id} />
        ) : (
          <Editor
            app={app}
            id={id}
            start={found.content}
            base={found.updatedAt}
            stored={found}
            title={`Edit ${found.name}`}
          />
        )
      }
    </PageFeedView>
  );
}

/** A new one: over which dataset, and from what; then the editor. */
function NewFeatures({ app, search }: { app: Context; search: string }) {
  const params = new URLSearchParams(search);
  const clone = params.get("clone");
  useTitle("New feature config · Quicktest");
  if (clone !== null) return <CloneFeatures app={app} id={clone} />;
  const dataset = params.get("dataset");
  const start = params.get("start");
  if (dataset !== null && (start === "blank" || start === "smart")) {
    return <StartFeatures key={search} app={app} dataset={dataset} start={start} />;
  }
  return <ChooseStart app={app} dataset={dataset} />;
}

function ChooseStart({ app, dataset }: { app: Context; dataset: string | null }) {
  const [datasets, retryDatasets] = useConfigs(app.db, "datasets");
  const [configs, retryConfigs] = useConfigs(app.db, KIND);
  const feed = together(datasets, configs);
  const go = (start: Start) =>
    navigate(
      newConfigPath(KIND, "clone" in start ? { clone: start.clone } : { dataset: start.dataset, start: start.from }),
    );
  return (
    <PageFeedView
      feed={feed}
      what="the datasets"
      title="New feature config"
      onRetry={() => {
        retryDatasets();
        retryConfigs();
      }}
    >
      {([found, others]) => <FeatureStartView datasets={found} configs={others} chosen={dataset} onStart={go} />}
    </PageFeedView>
  );
}

function CloneFeatures({ app, id }: { app: Context; id: string }) {
  const [configs, retry] = useConfigs(app.db, KIND);
  return (
    <PageFeedView feed={configs} what="the feature config" title="New feature config" onRetry={retry}>
      {(found) => {
        const source = found.find((config) => config.id === id);
        if (source === undefined) return <Missing kind={KIND} id={id} />;
        const name = copyName(
          source.name,
          found.map((config) => config.name),
        );
        return (
          <Editor
            app={app}
            id={null}
            place={`${KIND}.clone.${id}`}
            start={{ ...source.content, name }}
            base={null}
            stored={null}
            title={`Clone of ${source.name}`}
          />
        );
      }}
    </PageFeedView>
  );
}

function StartFeatures({ app, dataset, start }: { app: Context; dataset: string; start: "blank" | "smart" }) {
  const [stored, retryStored] = useConfig(app.db, "datasets", dataset);
  const [report, retryReport] = useReport(app.db, "datasets", dataset);
  const [smart, retrySmart] = useReportPart(app.db, "datasets", dataset, "smart_defaults");
  const retry = () => {
    retryStored();
    retryReport();
    retrySmart();
  };
  return (
    <PageFeedView feed={together(stored, report, smart)} what="the dataset" title="New feature config" onRetry={retry}>
      {([found, said, proposed]) => {
        if (found === null) return <Missing kind="datasets" id={dataset} />;
        const columns = columnFacts(said?.fields ?? {}, null, null, group(found.content.roles), {});
        const content =
          start === "smart" && proposed !== null ? smartFeatures(dataset, proposed) : blankFeatures(dataset, columns);
        return (
          <Editor
            app={app}
            id={null}
            place={`${KIND}.${start}.${dataset}`}
            start={content}
            base={null}
            stored={null}
            title="New feature config"
          />
        );
      }}
    </PageFeedView>
  );
}

interface EditorProps {
  app: Context;
  id: string | null;
  /** Of the unsaved changes; of a stored config its id. */
  place?: string;
  start: Group;
  base: Time | null;
  stored: Config | null;
  title: string;
}

function Editor({ app, id, place = `${KIND}.${id}`, start, base, stored, title }: EditorProps) {
  const { db } = app;
  const editing = useEditing(place, start, base);
  const { content } = editing;
  const dataset = textOf(content.dataset);
  const [datasetDocument] = useConfig(db, "datasets", dataset);
  const [datasetReport] = useReport(db, "datasets", dataset);
  const [statistics] = useReportPart(db, "datasets", dataset, "statistics");
  const [smart] = useReportPart(db, "datasets", dataset, "smart_defaults");
  const [configs] = useConfigs(db, KIND);
  const draft = useDraft(app, "feature_config", named(content), { document: id });
  const code = latest(useDraftPart(app, draft, "code"));
  const { report } = draft;
  const about = useAbout(content, draft.checking);
  const columns = useMemo(
    () =>
      columnFacts(
        latest(datasetReport)?.fields ?? {},
        latest(statistics),
        latest(smart),
        group(latest(datasetDocument)?.content.roles),
        group(report?.fields.aids),
      ),
    [datasetReport, statistics, smart, datasetDocument, report],
  );
  const problems = problemsNow(report?.problems ?? [], about, content);
  const known = useLastKnown(report?.fields ?? {}, "dimensions");
  const dimensions = group(known.dimensions);
  const widths: Record<Tower, Width[]> = {
    query: widthsOf(dimensions, "query"),
    candidate: widthsOf(dimensions, "candidate"),
  };
  return (
    <>
      <ConfigCrumbs kind={KIND} config={stored} />
      <div class="heading">
        <h1 tabIndex={-1}>{title}</h1>
        <p class="summary">
          Over the dataset <a href={configPath("datasets", dataset)}>{latest(datasetDocument)?.name ?? dataset}</a>
        </p>
      </div>
      <FeatureEditorView {...{ content, columns, problems, widths }} onChange={editing.change} />
      <DraftTroubleView problem={draft.problem} />
      <Section id="widths" title="Widths">
        <WidthsView widths={widths} checking={draft.checking} name={id ?? "new"} />
      </Section>
      <details class="config-details">
        <summary>Transform code</summary>
        <GeneratedCodeView
          name="transform.py"
          text={textOf(code?.transform) || null}
          digest={textOf(code?.digest) || null}
          empty="There is code as soon as there is no problem."
        />
      </details>
      <Saving
        {...{ app, editing, content, stored, id, problems }}
        kind={KIND}
        configs={latest(configs) ?? []}
        checking={draft.checking}
        silent={draft.problem !== null}
      />
    </>
  );
}

/** The content that the newest report is about. */
function useAbout(content: Group, checking: boolean): Group {
  const about = useRef(content);
  if (!checking) about.current = content;
  return about.current;
}
