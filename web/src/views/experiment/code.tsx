import { useLayoutEffect, useRef } from "preact/hooks";
import type { Feed } from "../../model/common/feed";
import { count } from "../../model/common/format";
import { codePath } from "../../model/common/routes";
import { fileOf, mediaType } from "../../model/run/code";
import { isLive, type Run, type SourceFile } from "../../model/run/run";
import { StateIcon } from "../icons";
import { Failed, Loading, Prose } from "../parts";
import { CopyButton } from "../ui/copy";
import { save } from "../ui/download";

interface CodeProps {
  run: Run;
  files: Feed<SourceFile[]>;
  shown: SourceFile | null;
  /** The line that is pointed at, from 1. */
  line: number | null;
  onRetry: () => void;
}

/** The generated queries and modules that really ran, and the frozen configuration they came from. */
export function CodeView({ run, files, shown, line, onRetry }: CodeProps) {
  if (files.status === "loading") return <Loading what="the code" />;
  if (files.status === "failed")
    return <Failed title="The code could not be read" error={files.error} onRetry={onRetry} />;
  if (shown === null) {
    return <p class="faint">{isLive(run) ? "The code is written while preparing." : "No code was generated."}</p>;
  }
  const failed = run.error !== null && fileOf(run.error) === shown.name && line === run.error.line ? run.error : null;
  return (
    <section class="code" aria-label="Generated code">
      <nav aria-label="Files">
        <ul class="tabs">
          {files.value.map((candidate) => (
            <li key={candidate.name}>
              <a href={codePath(run.id, candidate.name)} aria-current={candidate === shown ? "page" : undefined}>
                {candidate.name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="actions code-head">
        <span class="faint number">{count(lineCount(shown.text))} lines</span>
        <CopyButton text={shown.text} />
        <button type="button" onClick={() => save(shown.name, shown.text, mediaType(shown.name))}>
          Download
        </button>
        {shown.name === "experiment.yaml" && (
          <span class="faint">
            To start it anew: <code>quicktest run -f experiment.yaml</code>
          </span>
        )}
      </div>
      {failed !== null && (
        <p class="notice notice-failed">
          <StateIcon icon="failed" /> The run failed in line {failed.line}: <Prose text={failed.raw ?? failed.title} />
        </p>
      )}
      <Lines key={shown.name} text={shown.text} line={line} />
      {run.specUri !== null && (
        <p class="faint">
          The compiled pipeline is <code>{run.specUri}</code>.
        </p>
      )}
    </section>
  );
}

/** Each with its number, which is no part of what is copied. */
function Lines({ text, line }: { text: string; line: number | null }) {
  const marked = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => marked.current?.scrollIntoView({ block: "center" }), [line]);
  const lines = text.split("\n").slice(0, lineCount(text));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls sideways must be reachable by keyboard
    <pre class="scroll" tabIndex={0}>
      <code>
        {lines.map((each, i) => (
          <span
            key={i}
            class={i + 1 === line ? "code-line code-marked" : "code-line"}
            ref={i + 1 === line ? marked : null}
            aria-current={i + 1 === line ? "location" : undefined}
          >
            {`${each}\n`}
          </span>
        ))}
      </code>
    </pre>
  );
}

/** A line break at the end begins no line. */
function lineCount(text: string): number {
  return text.replace(/\n$/, "").split("\n").length;
}
