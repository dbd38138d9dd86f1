import type { Feed } from "../model/feed";
import { codePath } from "../model/routes";
import { isLive, type Run, type SourceFile } from "../model/run";
import { Failed, Loading } from "./parts";

interface CodeProps {
  run: Run;
  files: Feed<SourceFile[]>;
  chosen: string | null;
  onRetry: () => void;
}

/** The generated queries and modules that really ran, and the frozen configuration they came from. */
export function CodeView({ run, files, chosen, onRetry }: CodeProps) {
  if (files.status === "loading") return <Loading what="the code" />;
  if (files.status === "failed")
    return <Failed title="The code could not be read" error={files.error} onRetry={onRetry} />;
  if (files.value.length === 0) {
    return <p class="faint">{isLive(run) ? "The code is written while preparing." : "No code was generated."}</p>;
  }
  const file = files.value.find((candidate) => candidate.name === chosen) ?? files.value[0];
  return (
    <section class="code" aria-label="Generated code">
      <nav aria-label="Files">
        <ul class="tabs">
          {files.value.map((candidate) => (
            <li key={candidate.name}>
              <a href={codePath(run.id, candidate.name)} aria-current={candidate === file ? "page" : undefined}>
                {candidate.name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls sideways must be reachable by keyboard */}
      <pre class="scroll" tabIndex={0}>
        <code>{file?.text}</code>
      </pre>
    </section>
  );
}
