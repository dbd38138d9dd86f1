/** The experiments of a comparison, as they are now. */
import { experimentPath } from "../../model/common/routes";
import { BOUNDS } from "../../model/compare/asked";
import type { Heading } from "../../model/compare/report";
import { isLive, type Run } from "../../model/run/run";
import { StateBadge } from "../parts";
import type { CompareProps } from "./compare";

/** An experiment as it is now, whatever the report says of it; `run` null: there is none (any more), or not yet known. */
export interface Member {
  experiment: string;
  /** What it is called now; null while that is not known. */
  name: string | null;
  run: Run | null;
  known: boolean;
}

export function Members({ members, report, onRemove, onAdd }: CompareProps) {
  return (
    <ul class="members" aria-label="Experiments">
      {members.map((member) => (
        <li key={member.experiment} class="panel">
          <MemberView
            member={member}
            heading={report?.experiments.find(({ experiment }) => experiment === member.experiment) ?? null}
            onRemove={() => onRemove(member.experiment)}
          />
        </li>
      ))}
      {members.length < BOUNDS.most && (
        <li class="member-add">
          <button type="button" onClick={onAdd}>
            Add an experiment
          </button>
        </li>
      )}
    </ul>
  );
}

function MemberView({ member, heading, onRemove }: { member: Member; heading: Heading | null; onRemove: () => void }) {
  const { run, experiment, name, known } = member;
  const label = run?.number == null ? (heading?.label ?? experiment) : `#${run.number}`;
  return (
    <>
      <div class="member-head">
        <a href={experimentPath(experiment)}>
          <b>{label}</b> {name ?? run?.names.experiment ?? heading?.name}
        </a>
        <button type="button" class="quiet" aria-label={`Remove ${label}`} onClick={onRemove}>
          Remove
        </button>
      </div>
      {run !== null && <StateBadge run={run} detail={isLive(run)} />}
      {run === null && known && <span class="faint">Deleted, or never there</span>}
      {heading !== null && (
        <span class="faint">
          {heading.modelType}{" "}
          {heading.badges.map((badge) => (
            <span key={badge} class="badge">
              {badge}
            </span>
          ))}
        </span>
      )}
      {run !== null && <small>{[run.names.featureConfig, run.names.modelConfig].filter(Boolean).join(" · ")}</small>}
    </>
  );
}
