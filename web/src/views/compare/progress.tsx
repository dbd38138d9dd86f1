/** What is missing of a comparison's report, and why. */
import { isLive } from "../../model/run/run";
import { StateIcon } from "../icons";
import { Prose } from "../parts";
import type { CompareProps } from "./compare";

type ProgressProps = Pick<CompareProps, "report" | "current" | "outdated" | "slow" | "members">;

export function Progress({ report, current, outdated, slow, members }: ProgressProps) {
  const live = members.filter(({ run }) => run !== null && isLive(run)).map(({ run }) => `#${run?.number ?? "?"}`);
  return (
    <>
      {!current && (
        <p class="notice" role="status">
          <StateIcon icon="live" />{" "}
          {report === null || report.computedAt === null ? "Comparing" : "Comparing again, as something has changed"}: a
          few seconds, for each pair is judged on all its customers.
          {slow && (
            <Prose text=" Nobody has answered for a while; it continues by itself, and `quicktest doctor` says what is wrong." />
          )}
        </p>
      )}
      {current && outdated && (
        <p class="notice" role="status">
          <StateIcon icon="waiting" /> A run has ended or gone since this was computed; the service looks again within
          an hour.
        </p>
      )}
      {current && report !== null && !report.valid && (
        <div class="notice notice-failed" role="alert">
          <h2>
            <StateIcon icon="failed" /> These experiments could not be compared
          </h2>
          {report.problems.map(({ code, path, problem, remedy }) => (
            <p key={`${code} ${path}`}>
              <Prose text={`\`${path}\`: ${problem} ${remedy}`} />
            </p>
          ))}
        </div>
      )}
      {live.length > 0 && (
        <p class="notice">
          <StateIcon icon="live" /> {live.join(", ")} {live.length === 1 ? "has" : "have"} no results yet; they are
          compared as soon as there are some.
        </p>
      )}
    </>
  );
}
