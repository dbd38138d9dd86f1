/** Pieces of a listed experiment that the table and the cards share. */

import { errorWords, type FeedError } from "../../model/common/feed";
import { words } from "../../model/common/format";
import { formatOf } from "../../model/common/registry";
import { runDuration } from "../../model/common/time";
import type { Entry } from "../../model/list/entry";
import { usd } from "../../model/run/estimate";
import { intervalNote, liftSentence, verdictWords } from "../../model/run/metrics";
import { badgesOf } from "../../model/run/protocol";
import { type Headline, isLive, type Run, type Time } from "../../model/run/run";
import { runTitle } from "../../model/run/states";
import { When } from "../parts";

export interface Selection {
  ids: ReadonlySet<string>;
  onSelect: (ids: string[], selected: boolean) => void;
}

/** What can be done with one experiment of a list. */
export interface ItemActions {
  now: Time;
  selection: Selection;
  /** Null for people who may not change anything. */
  onStar: ((entry: Entry) => void) | null;
  /** The number of an experiment by its id, of those that are known. */
  numberOf: (id: string) => number | null;
}

/** `#62 name`, as readers hear it. */
export function titleOf(run: Run): string {
  return `${run.number === null ? "" : `#${run.number} `}${runTitle(run)}`;
}

export function SelectBox({ run, selection }: { run: Run; selection: Selection }) {
  return (
    <label class="run-select-box">
      <input
        type="checkbox"
        checked={selection.ids.has(run.id)}
        disabled={run.deletion !== null}
        onChange={(event) => selection.onSelect([run.id], event.currentTarget.checked)}
      />
      <span class="visually-hidden">Select {titleOf(run)}</span>
    </label>
  );
}

const STAR = "M8 1.6l2 4.1 4.5.6-3.3 3.1.8 4.5L8 11.8l-4 2.1.8-4.5L1.5 6.3 6 5.7z";

/** A star to press, or the mark of one. */
export function StarButton({ entry, run, onStar }: { entry: Entry; run: Run; onStar: ItemActions["onStar"] }) {
  const icon = (
    <svg class={entry.starred ? "star star-on" : "star"} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={STAR} />
    </svg>
  );
  if (onStar === null) {
    return entry.starred ? (
      <span title="Starred">
        {icon}
        <span class="visually-hidden">Starred</span>
      </span>
    ) : null;
  }
  const action = entry.starred ? "Take the star away" : "Star it: it keeps all its files";
  return (
    <button type="button" class="star-button" aria-pressed={entry.starred} title={action} onClick={() => onStar(entry)}>
      {icon}
      <span class="visually-hidden">Star {titleOf(run)}</span>
    </button>
  );
}

export function Origin({ run, numberOf }: { run: Run; numberOf: ItemActions["numberOf"] }) {
  if (run.origin === null) return null;
  const parent = run.parent === null ? null : numberOf(run.parent);
  return <span>{parent === null ? run.origin : `${run.origin} of #${parent}`}</span>;
}

export function DatasetName({ run }: { run: Run }) {
  return run.names.dataset !== "" ? (
    <span>{run.names.dataset}</span>
  ) : (
    <span class="faint">{isLive(run) ? "not known yet" : "not known"}</span>
  );
}

export function Tags({ tags }: { tags: readonly string[] }) {
  return (
    <>
      {tags.map((tag) => (
        <span class="tag" key={tag}>
          {tag}
        </span>
      ))}
    </>
  );
}

export function Badges({ entry }: { entry: Entry }) {
  return (
    <>
      {badgesOf(entry).map(({ text }) => (
        <span class="badge" key={text}>
          {text}
        </span>
      ))}
    </>
  );
}

/** What stands in the place of a result; not yet, none and missing read differently from zero. */
export function noResult(run: Run): string {
  if (isLive(run)) return "not yet";
  return run.state === "completed" ? "missing" : "no result";
}

export function HeadlineValue({ headline: { metric, measure } }: { headline: Headline }) {
  return (
    <span class="number">
      {words(metric)} <b>{formatOf(metric)(measure.value)}</b>{" "}
      <span class="faint">{intervalNote(measure, metric)}</span>
    </span>
  );
}

export function HeadlineLift({ headline: { metric, lift } }: { headline: Headline }) {
  if (lift === null) return null;
  return (
    <span class="number" title={liftSentence(lift, metric)}>
      <span class={`verdict verdict-${(lift.verdict ?? "none").replace(" ", "-")}`}>{verdictWords(lift.verdict)}</span>{" "}
      {liftSentence(lift, metric)}
    </span>
  );
}

export function Started({ run, now }: { run: Run; now: Time }) {
  const started = run.startedAt ?? run.createdAt;
  return started === null ? <span class="faint">not yet</span> : <When time={started} now={now} />;
}

/** `took 40 s`, `for 12 s`; `requested` before it began. */
export function Lasted({ run, now }: { run: Run; now: Time }) {
  const lasted = runDuration(run, now);
  if (lasted !== null) return <>{`${isLive(run) ? "for" : "took"} ${lasted}`}</>;
  return <>{isLive(run) ? "requested" : ""}</>;
}

/** What it cost, or is expected to. */
export function Cost({ entry, run }: { entry: Entry; run: Run }) {
  const expected = isLive(run) ? (run.estimate?.usd ?? null) : null;
  if (entry.costUsd !== null && !isLive(run)) return <>{usd(entry.costUsd)}</>;
  return expected === null ? <span class="faint">–</span> : <span title="expected">~ {usd(expected)}</span>;
}

export function StarProblem({ error }: { error: FeedError }) {
  const { problem, remedy } = errorWords(error);
  return (
    <p class="error-text" role="alert">
      The star was not changed. {error.kind === "permission" ? "You may not change this experiment." : problem} {remedy}
    </p>
  );
}
