import { latest } from "../../model/common/feed";
import { mayEdit } from "../../model/common/roles";
import { group, textOf } from "../../model/common/values";
import { type Config, named } from "../../model/configs/configs";
import { blankModel, relevant, storable } from "../../model/configs/model_config";
import type { Group } from "../../model/run/run";
import { ModelEditorView } from "../../views/configs/model/editor";
import { ModelSummaryView } from "../../views/configs/model/summary";
import { ModelView } from "../../views/configs/model/view";
import { ConfigCrumbs, DraftTroubleView, GeneratedCodeView, ReadOnlyView } from "../../views/configs/parts";
import { Section } from "../../views/parts";
import type { Context, PageProps } from "../context";
import { useNow } from "../hooks";
import { replaceSearch, useTitle } from "../navigation";
import { useDraft, useDraftPart } from "../use_draft";
import { useIndex } from "../use_index";
import { Saving, useEditing, useLastKnown } from "./editing";
import { ConfigHead } from "./head";
import { type Beginning, begun, Cloned, Edited, Refused, Stored } from "./stored";
import { useConfigs, useReport } from "./use_config";

const KIND = "model_configs";

/** One model config: as it is, in the editor, or a new one. */
export default function ModelPage({ app, route }: PageProps<"configs" | "new-config">) {
  const editor = mayEdit(app.user.role);
  const params = new URLSearchParams(route.search);
  const features = params.get("features");
  if (route.view === "new-config") {
    if (!editor) return <Refused kind={KIND} />;
    const clone = params.get("clone");
    return clone === null ? (
      <NewModel app={app} features={features} />
    ) : (
      <Cloned app={app} kind={KIND} id={clone}>
        {(beginning) => <Editor app={app} features={features} {...beginning} />}
      </Cloned>
    );
  }
  const id = route.id ?? "";
  const edits = route.mode === "edit" && editor;
  return edits ? (
    <Edited app={app} kind={KIND} id={id}>
      {(beginning) => <Editor app={app} features={features} {...beginning} />}
    </Edited>
  ) : (
    <ShowModel {...{ app, id, features }} />
  );
}

interface ShowProps {
  app: Context;
  id: string;
  /** The feature config with whose widths parameters are counted; null: inputs 64 wide. */
  features: string | null;
}

function ShowModel({ app, id, features }: ShowProps) {
  const { db, endpoint, user } = app;
  const [report] = useReport(db, KIND, id);
  const [index] = useIndex(db, endpoint);
  const now = useNow(false);
  const known = latest(index);
  return (
    <Stored app={app} kind={KIND} id={id}>
      {(found) => (
        <>
          <ConfigHead app={app} config={found} report={latest(report)} />
          {!mayEdit(user.role) && <ReadOnlyView />}
          <ModelView
            config={found}
            report={latest(report)}
            entries={known?.entries.filter(({ modelConfig }) => modelConfig === id) ?? null}
            complete={known?.complete ?? false}
            now={now}
          >
            <Sized app={app} config={found} fields={latest(report)?.fields ?? {}} features={features} />
          </ModelView>
        </>
      )}
    </Stored>
  );
}

/** The parameters of a stored config, and its code with the features that were chosen: a draft of it is asked for them. */
function Sized({
  app,
  config,
  fields,
  features,
}: {
  app: Context;
  config: Config;
  fields: Group;
  features: string | null;
}) {
  const [choices] = useConfigs(app.db, "feature_configs");
  const draft = useDraft(app, "model_config", features === null ? null : config.content, {
    document: config.id,
    featureConfig: features,
  });
  const code = latest(useDraftPart(app, draft, "code"));
  const said = features === null ? fields : (draft.report?.fields ?? {});
  const editor = mayEdit(app.user.role);
  return (
    <>
      <ModelSummaryView
        fields={said}
        problems={features === null ? [] : relevant(draft.report?.problems ?? [], group(said.not_applicable))}
        features={features}
        choices={editor ? (latest(choices) ?? []) : []}
        onFeatures={(id) => replaceSearch({ features: id })}
        checking={draft.checking}
        name={config.id}
      />
      <DraftTroubleView problem={draft.problem} />
      {features !== null && <TrainerCode code={code} />}
    </>
  );
}

function TrainerCode({ code }: { code: Group | null }) {
  return (
    <details class="config-details">
      <summary>Trainer code</summary>
      <GeneratedCodeView
        name="trainer.py"
        text={textOf(code?.trainer) || null}
        digest={textOf(code?.digest) || null}
        empty="There is code as soon as there is no problem, with a feature config that fits."
      />
    </details>
  );
}

function NewModel({ app, features }: { app: Context; features: string | null }) {
  useTitle("New model config · Quicktest");
  return <Editor {...{ app, features }} {...begun(KIND, "new", BLANK)} />;
}

const BLANK = blankModel();

interface EditorProps extends Beginning {
  app: Context;
  features: string | null;
}

function Editor({ app, id, place, start, base, stored, title, features }: EditorProps) {
  const { db } = app;
  const editing = useEditing(place, start, base);
  const { content } = editing;
  const [configs] = useConfigs(db, KIND);
  const [choices] = useConfigs(db, "feature_configs");
  const [storedReport] = useReport(db, KIND, id);
  const draft = useDraft(app, "model_config", named(content), { document: id, featureConfig: features });
  const code = latest(useDraftPart(app, draft, "code"));
  const fields = useLastKnown(draft.report?.fields ?? latest(storedReport)?.fields ?? {}, "not_applicable");
  const notApplicable = group(fields.not_applicable);
  const problems = relevant(draft.report?.problems ?? [], notApplicable);
  const search = Object.fromEntries(new URLSearchParams(location.search));
  return (
    <>
      <ConfigCrumbs kind={KIND} config={stored} />
      <div class="heading">
        <h1 tabIndex={-1}>{title}</h1>
      </div>
      <ModelEditorView
        {...{ content, problems, notApplicable }}
        preset={textOf(fields.preset) || null}
        onChange={editing.change}
      />
      <DraftTroubleView problem={draft.problem} />
      <Section id="summary" title="Summary">
        <ModelSummaryView
          {...{ fields, problems, features }}
          choices={latest(choices) ?? []}
          onFeatures={(chosen) => replaceSearch({ ...search, features: chosen })}
          checking={draft.checking}
          name={id ?? "new"}
        />
      </Section>
      <TrainerCode code={code} />
      <Saving
        {...{ app, editing, stored, id, problems }}
        kind={KIND}
        content={storable(content, notApplicable)}
        configs={latest(configs) ?? []}
        checking={draft.checking}
        silent={draft.problem !== null}
      />
    </>
  );
}
