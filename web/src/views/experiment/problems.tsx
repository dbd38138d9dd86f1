import { codePath, withSearch } from "../../model/common/routes";
import { fileOf } from "../../model/run/code";
import type { Problem, Run, RunError } from "../../model/run/run";
import { StateIcon } from "../icons";
import { Prose, Section } from "../parts";

// Stages that run in containers of their own, whose output is kept.
const LOGGED = new Set(["Examples", "Statistics", "Schema", "Transform", "Train"]);

/** What went wrong and how to mend it: problems of the documents, and the error that ended the run. */
export function ProblemsView({ run }: { run: Run }) {
  if (run.error === null && run.problems.length === 0) return null;
  const refused = run.problems.some((problem) => problem.severity === "error");
  const onlyWarnings = run.error === null && !refused;
  return (
    <Section id="problems" title={onlyWarnings ? "Warnings" : "What went wrong"}>
      {run.error !== null && <ErrorCard run={run.id} error={run.error} told={refused} />}
      {run.problems.length > 0 && (
        <ul class="problems">
          {run.problems.map((problem, i) => (
            <ProblemItem key={i} problem={problem} />
          ))}
        </ul>
      )}
    </Section>
  );
}

/** With `told`, problems below the card say what it would say. */
function ErrorCard({ run, error, told }: { run: string; error: RunError; told: boolean }) {
  return (
    <div class="notice notice-failed">
      <h3>
        <StateIcon icon="failed" /> {error.title}
      </h3>
      {!told && (
        <p>
          <Prose text={error.explanation} />
        </p>
      )}
      <p>
        <b>
          <Prose text={error.suggestion} />
        </b>
      </p>
      {!told && (
        <p class="faint">{[error.component && `in ${error.component}`, error.code].filter(Boolean).join(", ")}</p>
      )}
      {!told && <Places run={run} error={error} />}
      {!told && LOGGED.has(error.component ?? "") && (
        <p>
          The log: <code>{`quicktest logs ${run} --stage ${error.component}`}</code>
        </p>
      )}
      {error.raw && !told && !error.explanation.includes(error.raw) && (
        <>
          <p>Original message:</p>
          <pre class="scroll">{error.raw}</pre>
        </>
      )}
    </div>
  );
}

/** The feature or column of a config, and the line of code, that a failure is about (S8.5); nothing when unknown. */
function Places({ run, error }: { run: string; error: RunError }) {
  if (error.subject === null && error.file === null) return null;
  const page = fileOf(error);
  const line = `${error.file}${error.line === null ? "" : `, line ${error.line}`}`;
  return (
    <p>
      {error.subject !== null && (
        <>
          In the config: <code>{error.subject}</code>{" "}
        </>
      )}
      {error.file !== null && (
        <>In the code: {page === null ? line : <a href={linePath(run, page, error.line)}>{line}</a>}</>
      )}
    </p>
  );
}

function linePath(run: string, page: string, line: number | null): string {
  return withSearch(codePath(run, page), line === null ? {} : { line: String(line) });
}

function ProblemItem({ problem }: { problem: Problem }) {
  return (
    <li class={`problem problem-${problem.severity}`}>
      <StateIcon icon={problem.severity === "error" ? "failed" : "warning"} />
      <span>
        <span class="visually-hidden">{problem.severity}: </span>
        {problem.path !== "" && <code>{problem.path}: </code>}
        <Prose text={problem.problem} />{" "}
        <b>
          <Prose text={problem.remedy} />
        </b>{" "}
        <span class="faint">{problem.code}</span>
      </span>
    </li>
  );
}
