import type { Problem, Run, RunError } from "../model/run";
import { StateIcon } from "./icons";
import { Prose, Section } from "./parts";

/** What went wrong and how to mend it: problems of the documents, and the error that ended the run. */
export function ProblemsView({ run }: { run: Run }) {
  if (run.error === null && run.problems.length === 0) return null;
  const refused = run.problems.some((problem) => problem.severity === "error");
  const onlyWarnings = run.error === null && !refused;
  return (
    <Section id="problems" title={onlyWarnings ? "Warnings" : "What went wrong"}>
      {run.error !== null && <ErrorCard error={run.error} told={refused} />}
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
function ErrorCard({ error, told }: { error: RunError; told: boolean }) {
  return (
    <div class="notice notice-failed">
      <h3>
        <StateIcon icon="failed" /> {error.title}
      </h3>
      <p>
        {!told && <Prose text={`${error.explanation} `} />}
        <b>
          <Prose text={error.suggestion} />
        </b>
      </p>
      {!told && (
        <p class="faint">{[error.component && `in ${error.component}`, error.code].filter(Boolean).join(", ")}</p>
      )}
      {error.raw !== null && !told && (
        <details>
          <summary>Original message</summary>
          <pre>{error.raw}</pre>
        </details>
      )}
    </div>
  );
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
