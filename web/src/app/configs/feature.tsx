import { useMemo, useRef } from "preact/hooks";
import { latest, together } from "../../model/common/feed";
import { mayEdit } from "../../model/common/roles";
import { configPath, newConfigPath } from "../../model/common/routes";
import { group, textOf } from "../../model/common/values";
import { named } from "../../model/configs/configs";
import { columnFacts } from "../../model/configs/feature/columns";
import type { Tower } from "../../model/configs/feature/document";
import { problemsNow, type Width, widthsOf } from "../../model/configs/feature/report";
import { blankFeatures, smartFeatures } from "../../model/configs/feature/start";
import type { Group } from "../../model/run/run";
import { FeatureEditorView } from "../../views/configs/feature/editor";
import { FeatureStartView, type Start } from "../../views/configs/feature/start";
import { FeatureView } from "../../views/configs/feature/view";
import { WidthsView } from "../../views/configs/feature/widths";
import { ConfigCrumbs, DraftTroubleView, GeneratedCodeView, ReadOnlyView } from "../../views/configs/parts";
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
import { type Beginning, begun, Cloned, Edited, Refused, Stored } from "./stored";
import { useConfig, useConfigs, useReport, useReportPart } from "./use_config";

const KIND = "feature_configs";

/** One feature config: as it is, in the editor, or a new one. */
export default function FeaturePage({ app, route }: PageProps<"configs" | "new-config">) {
  const editor = mayEdit(app.user.role);
  if (route.view === "new-config")
    return editor ? <NewFeatures app={app} search={route.search} /> : <Refused kind={KIND} />;
  const id = route.id ?? "";
  const edits = route.mode === "edit" && editor;
  return edits ? (
    <Edited app={app} kind={KIND} id={id}>
      {(beginning) => <Editor app={app} {...beginning} />}
    </Edited>
  ) : (
    <ShowFeatures app={app} id={id} />
  );
}

function ShowFeatures({ app, id }: { app: Context; id: string }) {
  const { db, endpoint, user } = app;
  const [report] = useReport(db, KIND, id);
  const [code] = useReportPart(db, KIND, id, "code");
  const [index] = useIndex(db, endpoint);
  const now = useNow(false);
  const known = latest(index);
  return (
    <Stored app={app} kind={KIND} id={id}>
      {(found) => (
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
      )}
    </Stored>
  );
}

/** A new one: over which dataset, and from what; then the editor. */
function NewFeatures({ app, search }: { app: Context; search: string }) {
  const params = new URLSearchParams(search);
  const clone = params.get("clone");
  useTitle("New feature config · Quicktest");
  if (clone !== null)
    return (
      <Cloned app={app} kind={KIND} id={clone}>
        {(beginning) => <Editor app={app} {...beginning} />}
      </Cloned>
    );
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
        return <Editor app={app} {...begun(KIND, `${start}.${dataset}`, content)} />;
      }}
    </PageFeedView>
  );
}

interface EditorProps extends Beginning {
  app: Context;
}

function Editor({ app, id, place, start, base, stored, title }: EditorProps) {
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
        <WidthsView
          widths={widths}
          known={known.dimensions !== undefined}
          checking={draft.checking}
          name={id ?? "new"}
        />
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
