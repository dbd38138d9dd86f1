/** How good the rows of a dataset are (domain S1.31, S1.32). */
import { capitalised } from "../../../model/common/format";
import { group, list, numberOf, textOf } from "../../../model/common/values";
import type { Group, Problem } from "../../../model/run/run";
import { Prose } from "../../parts";

const PARTS: Record<string, string> = {
  completeness: "cells with a value",
  density: "pairs of customers and products that occur",
  engagement: "customers with 3 purchases or more",
  coverage: "test rows whose customer and product are known from before",
  uniqueness: "rows that are no copies of another",
  depth: "of 90 days of history",
};

/** How good the data are, with the parts of the score, and what is wrong with them. */
export function QualityView({ quality, issues }: { quality: Group; issues: readonly Problem[] }) {
  const score = numberOf(quality.score);
  if (score === null) return <p class="faint">The quality of the rows is not known.</p>;
  const grade = textOf(quality.grade);
  return (
    <>
      <p>
        <strong class={`quality quality-${grade} number`}>{score}</strong> of 100: {grade}
      </p>
      <dl class="quality-parts">
        {Object.entries(PARTS).map(([name, what]) => {
          const value = numberOf(group(quality.parts)[name]);
          return (
            <div key={name}>
              <dt>
                {capitalised(name)} <small>{what}</small>
              </dt>
              <dd class="number">
                <span class="share-bar" aria-hidden="true">
                  <span style={{ width: `${value ?? 0}%` }} />
                </span>
                <span>{value === null ? "not known" : Math.round(value)}</span>
              </dd>
            </div>
          );
        })}
      </dl>
      {issues.length > 0 && (
        <ul>
          {issues.map((issue) => (
            <li key={issue.code}>
              <Prose text={issue.problem} />{" "}
              <b>
                <Prose text={issue.remedy} />
              </b>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

export function issuesOf(fields: Group): Problem[] {
  return list(fields.issues).flatMap((each) => {
    const { code, path, problem, remedy, severity } = group(each);
    return [
      {
        code: textOf(code),
        path: textOf(path),
        problem: textOf(problem),
        remedy: textOf(remedy),
        severity: severity === "error" ? "error" : "warning",
      } satisfies Problem,
    ];
  });
}
