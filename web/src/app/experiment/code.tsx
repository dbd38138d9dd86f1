import { watchCode, watchSnapshot } from "../../data/feeds";
import { type Feed, latest } from "../../model/feed";
import type { SourceFile } from "../../model/run";
import { CodeView } from "../../views/code";
import { useDocument } from "../hooks";
import type { TabProps } from "./tab";

export default function CodeTab({ app, run, file }: TabProps & { file: string | null }) {
  const [code, retry] = useDocument(watchCode, app.db, run.id);
  const [snapshot] = useDocument(watchSnapshot, app.db, run.id);
  return <CodeView run={run} files={withSnapshot(code, latest(snapshot))} chosen={file} onRetry={retry} />;
}

function withSnapshot(code: Feed<SourceFile[] | null>, snapshot: SourceFile | null): Feed<SourceFile[]> {
  if (code.status !== "ready") return code;
  return { ...code, value: [...(code.value ?? []), ...(snapshot === null ? [] : [snapshot])] };
}
