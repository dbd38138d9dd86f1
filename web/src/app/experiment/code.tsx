import { watchCode, watchRequest, watchSnapshot } from "../../data/feeds";
import { type Feed, latest } from "../../model/common/feed";
import { lineOf, requestFile } from "../../model/run/code";
import type { SourceFile } from "../../model/run/run";
import { CodeView } from "../../views/experiment/code";
import { useDocument } from "../hooks";
import type { TabProps } from "./tab";

/** The generated code that ran, the frozen configs, and the request; the file and the line stand in the address. */
export default function CodeTab({ app, run, file, search }: TabProps & { file: string | null }) {
  const [code, retry] = useDocument(watchCode, app.db, run.id);
  const [snapshot] = useDocument(watchSnapshot, app.db, run.id);
  const [request] = useDocument(watchRequest, app.db, run.id);
  const asked = latest(request);
  const more = [latest(snapshot), asked === null ? null : requestFile(asked.document)];
  const files = withMore(code, more);
  const found = latest(files);
  const shown = found?.find(({ name }) => name === file) ?? found?.[0] ?? null;
  const line = shown === null ? null : lineOf(run, shown.name, search);
  return <CodeView {...{ run, files, shown, line }} onRetry={retry} />;
}

function withMore(code: Feed<SourceFile[] | null>, more: (SourceFile | null)[]): Feed<SourceFile[]> {
  if (code.status !== "ready") return code;
  return { ...code, value: [...(code.value ?? []), ...more.filter((file) => file !== null)] };
}
