import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { sendConfigCommand, watchConfigCommand } from "../../data/configs";
import { toFeedError } from "../../data/errors";
import { errorWords, latest } from "../../model/common/feed";
import { mayEdit } from "../../model/common/roles";
import { groups, numberOf, textOf } from "../../model/common/values";
import { catalogueOf } from "../../model/configs/dataset/report";
import { BLANK } from "../../model/configs/dataset/tables";
import { canonical } from "../../model/configs/draft";
import type { Group, Value } from "../../model/run/run";
import { DatasetEditorView, type Look } from "../../views/configs/dataset/editor";
import { DatasetView } from "../../views/configs/dataset/view";
import { ConfigCrumbs, DraftTroubleView, ReadOnlyView } from "../../views/configs/parts";
import type { Context, PageProps } from "../context";
import { type Start, useFeed, useNow } from "../hooks";
import { useTitle } from "../navigation";
import { useDraft, useDraftPart } from "../use_draft";
import { useIndex } from "../use_index";
import { Saving, useEditing } from "./editing";
import { ConfigHead } from "./head";
import { type Beginning, begun, Cloned, Edited, Refused, Stored } from "./stored";
import { useConfigs, useReport, useReportPart } from "./use_config";

const KIND = "datasets";

/** One dataset: as it is, in its form, or a new one. */
export default function DatasetPage({ app, route }: PageProps<"configs" | "new-config">) {
  const editor = mayEdit(app.user.role);
  if (route.view === "new-config")
    return editor ? <NewDataset app={app} search={route.search} /> : <Refused kind={KIND} />;
  const id = route.id ?? "";
  return editor && route.mode === "edit" ? (
    <Edited app={app} kind={KIND} id={id}>
      {(beginning) => <Editor app={app} {...beginning} />}
    </Edited>
  ) : (
    <ShowDataset app={app} id={id} />
  );
}

function ShowDataset({ app, id }: { app: Context; id: string }) {
  const { db, endpoint, user } = app;
  const [feed] = useReport(db, KIND, id);
  const part = (name: string) => latest(useReportPart(db, KIND, id, name)[0]);
  const parts = {
    statistics: part("statistics"),
    preview: part("preview"),
    joins: part("join_checks"),
    sql: part("sql"),
    products: part("pareto_products"),
    customers: part("pareto_customers"),
  };
  const [index] = useIndex(db, endpoint);
  const now = useNow(false);
  const known = latest(index);
  const report = latest(feed);
  const refresh = useRefresh(app, id);
  return (
    <Stored app={app} kind={KIND} id={id}>
      {(found) => (
        <>
          <ConfigHead app={app} config={found} report={report} />
          {!mayEdit(user.role) && <ReadOnlyView />}
          <DatasetView
            config={found}
            {...{ report, parts, now }}
            entries={known?.entries.filter(({ dataset }) => dataset === id) ?? null}
            complete={known?.complete ?? false}
            mayEdit={mayEdit(user.role)}
            refreshing={refresh.waits || report?.ready === false}
            refreshProblem={refresh.problem}
            onRefresh={refresh.send}
          />
        </>
      )}
    </Stored>
  );
}

/** Has the tables looked at again; the service removes the command when it has. */
function useRefresh({ db, user }: Context, id: string): { waits: boolean; problem: string | null; send: () => void } {
  const [sent, setSent] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const watch = useCallback<Start<boolean>>(
    (...on) => watchConfigCommand(db, "refresh_report", KIND, id, ...on),
    [db, id],
  );
  const [feed] = useFeed(sent ? watch : null);
  const waits = sent && latest(feed) !== false;
  const seen = useRef(false);
  if (latest(feed) === true) seen.current = true;
  useEffect(() => {
    if (!sent || waits || !seen.current) return;
    seen.current = false;
    setSent(false);
  }, [sent, waits]);
  const send = () => {
    setProblem(null);
    setSent(true);
    sendConfigCommand(db, "refresh_report", KIND, id, user.uid).catch((error) => {
      setSent(false);
      setProblem(errorWords(toFeedError(error)).problem);
    });
  };
  return { waits: waits && problem === null, problem, send };
}

function NewDataset({ app, search }: { app: Context; search: string }) {
  const clone = new URLSearchParams(search).get("clone");
  useTitle("New dataset · Quicktest");
  if (clone !== null)
    return (
      <Cloned app={app} kind={KIND} id={clone}>
        {(beginning) => <Editor app={app} {...beginning} />}
      </Cloned>
    );
  return <Editor app={app} {...begun(KIND, "new", BLANK)} />;
}

interface EditorProps extends Beginning {
  app: Context;
}

function Editor({ app, id, place, start, base, stored, title }: EditorProps) {
  const { db } = app;
  const editing = useEditing(place, start, base);
  const { content } = editing;
  const [configs] = useConfigs(db, KIND);
  const frequent = useFrequent(app, id);
  // rows are asked for by a press, for the content of then: the next change asks for none
  const [lookedAt, lookAt] = useState<string | null>(null);
  const as = canonical(content);
  const look = lookedAt === as;
  const draft = useDraft(app, "dataset", content, { document: id, look });
  const fields = draft.report?.fields ?? {};
  const catalogue = latest(useDraftPart(app, draft, "catalogue"));
  const preview = latest(useDraftPart(app, draft, "preview"));
  const joins = latest(useDraftPart(app, draft, "join_checks"));
  const seen = useLook(draft.checking, fields, preview, joins);
  const problems = draft.report?.problems ?? [];
  return (
    <>
      <ConfigCrumbs kind={KIND} config={stored} />
      <div class="heading">
        <h1 tabIndex={-1}>{title}</h1>
      </div>
      <DatasetEditorView
        {...{ content, fields, problems, frequent }}
        catalogue={useMemo(() => catalogueOf(catalogue), [catalogue])}
        onChange={editing.change}
        look={seen}
        old={seen !== null && !look}
        looking={look && draft.checking}
        bytes={numberOf(fields.look_bytes)}
        onLook={() => lookAt(as)}
        file={id ?? "new-dataset"}
      />
      <DraftTroubleView problem={draft.problem} />
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

/** What the last look showed; it stays while the dataset is changed, to be told as old. */
function useLook(checking: boolean, fields: Group, preview: Group | null, joins: Group | null): Look | null {
  const last = useRef<Look | null>(null);
  if (!checking && fields.funnel !== undefined) last.current = { fields, preview, joins };
  return last.current;
}

/** The most frequent values of each column of a stored dataset, to choose from. */
function useFrequent({ db }: Context, id: string | null): ReadonlyMap<string, readonly Value[]> {
  const [feed] = useReportPart(db, KIND, id, "statistics");
  const part = latest(feed);
  return useMemo(() => {
    const columns = groups(part?.columns);
    return new Map(columns.map((each) => [textOf(each.name), groups(each.top).flatMap(({ value }) => value ?? [])]));
  }, [part]);
}
