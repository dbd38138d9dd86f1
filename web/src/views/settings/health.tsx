import { errorWords, type FeedError } from "../../model/common/feed";
import { count } from "../../model/common/format";
import { experimentPath } from "../../model/common/routes";
import { localTimes } from "../../model/common/time";
import { usd } from "../../model/run/estimate";
import type { Time } from "../../model/run/run";
import { stateWords } from "../../model/run/states";
import {
  type DeadLetter,
  type Health,
  type Holder,
  healthSentence,
  type Ledger,
  type LiveRun,
  type Rebuild,
} from "../../model/settings/health";
import { StateIcon } from "../icons";
import { When } from "../parts";
import { CopyButton } from "../ui/copy";
import { TableDownload } from "../ui/download";
import { type Column, Table } from "../ui/table";

/** Whether anything needs somebody; `letters` null: not for this role. */
export function HealthLine({ health, letters }: { health: Health; letters: number | null }) {
  const well = health.stuck.length === 0 && !letters;
  return (
    <p class={`notice ${well ? "" : "warning"}`} role="status">
      <StateIcon icon={well ? "done" : "warning"} /> {healthSentence(health.stuck.length, letters)}
    </p>
  );
}

/** Who runs and who waits, in the order in which they came. */
export function LiveView({ health, now }: { health: Health; now: Time }) {
  const { running, waiting } = health;
  if (running.length + waiting.length === 0) return <p class="faint">Nothing runs, and nothing waits.</p>;
  const place = new Map(waiting.map((run, i) => [run.id, i + 1]));
  return (
    <Table
      caption="Experiments that run or wait"
      columns={liveColumns(now, place)}
      rows={[...running, ...waiting]}
      id={(run) => run.id}
      file="live-experiments"
    />
  );
}

function liveColumns(now: Time, place: ReadonlyMap<string, number>): Column<LiveRun>[] {
  return [
    { name: "experiment", title: "Experiment", value: (run) => nameOf(run), show: (run) => <RunLink run={run} /> },
    {
      name: "state",
      title: "State",
      value: (run) => run.state,
      show: (run) => (
        <>
          <StateIcon icon={stateWords(run.state).icon} /> {stateWords(run.state).text}
          {place.has(run.id) && `, ${place.get(run.id)}. in line`}
        </>
      ),
    },
    {
      name: "since",
      title: "Since",
      value: (run) => (run.enteredAt === null ? null : new Date(run.enteredAt).toISOString()),
      show: (run) => (run.enteredAt === null ? "not known" : <When time={run.enteredAt} now={now} />),
    },
    { name: "endpoint", title: "Endpoint", value: (run) => run.endpoint },
    {
      name: "reason",
      title: "Why",
      value: (run) => run.reason,
      show: (run) => (run.reason === null ? "" : localTimes(run.reason)),
    },
  ];
}

function RunLink({ run }: { run: LiveRun }) {
  return <a href={experimentPath(run.id)}>{nameOf(run)}</a>;
}

function nameOf(run: LiveRun): string {
  return [run.number === null ? "" : `#${run.number}`, run.name].filter(Boolean).join(" ") || run.id;
}

/** Runs that stand still, and why. */
export function StuckView({ stuck }: { stuck: Health["stuck"] }) {
  if (stuck.length === 0) return <p class="faint">No run stands still.</p>;
  return (
    <>
      <ul>
        {stuck.map(({ run, reason }) => (
          <li key={run.id}>
            <RunLink run={run} />: {reason}.
          </li>
        ))}
      </ul>
      <p class="faint">
        The sweep looks at every live run each minute and ends what is past its deadline. When it does not, look at the
        functions' logs; cancelling a run from its own page works in every state.
      </p>
    </>
  );
}

interface UseProps {
  holders: readonly Holder[];
  ledger: Ledger | null;
  endpoint: string;
  month: string;
  budgetUsd: number | null;
  now: Time;
}

/** Places that are taken and what the month has cost. */
export function UseView({ holders, ledger, endpoint, month, budgetUsd, now }: UseProps) {
  const spent = ledger?.spentUsd ?? 0;
  const mine = holders.filter((holder) => holder.endpoint === endpoint);
  return (
    <>
      <dl class="set-tiles">
        <div>
          <dt>Spent in {month}</dt>
          <dd class="number">
            <span class="set-value">{usd(spent)}</span>
            <small>{count(ledger?.attempts ?? 0)} attempts ended</small>
          </dd>
        </div>
        <div>
          <dt>Left of the budget</dt>
          <dd class="number">
            {budgetUsd === null ? (
              "no budget"
            ) : (
              <>
                <span class="set-value">{usd(Math.max(0, budgetUsd - spent))}</span>
                <progress max={budgetUsd} value={Math.min(spent, budgetUsd)} aria-label="Spent of the budget" />
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>Places taken</dt>
          <dd class="number">
            <span class="set-value">{count(mine.length)}</span>
            <small>{count(holders.length)} over all endpoints</small>
          </dd>
        </div>
      </dl>
      {holders.length > 0 && (
        <Table
          caption="Places that are taken"
          rows={holders}
          id={(holder) => holder.experiment}
          columns={[
            {
              name: "experiment",
              title: "Experiment",
              value: (holder) => holder.experiment,
              show: (holder) => <a href={experimentPath(holder.experiment)}>{holder.experiment}</a>,
            },
            { name: "endpoint", title: "Endpoint", value: (holder) => holder.endpoint },
            {
              name: "since",
              title: "Since",
              show: (holder) => (holder.since === null ? "not known" : <When time={holder.since} now={now} />),
            },
          ]}
        />
      )}
    </>
  );
}

/** Inputs that nobody could handle, with what they were. */
export function LettersView({ letters, most, now }: { letters: readonly DeadLetter[]; most: number; now: Time }) {
  if (letters.length === 0) return <p class="faint">None: every event and document could be handled.</p>;
  return (
    <>
      <TableDownload name="dead-letters" rows={() => letters.map((letter) => ({ ...letter, ...timesOf(letter) }))} />
      <ul class="set-letters">
        {letters.map((letter) => (
          <li key={letter.id}>
            <details>
              <summary>
                <strong>{letter.reason}</strong>
                <small>
                  {letter.source}
                  {letter.count > 1 && `, ${count(letter.count)} times`}
                  {letter.lastAt !== null && (
                    <>
                      , <When time={letter.lastAt} now={now} />
                    </>
                  )}
                  {letter.drainedAt !== null && ", looked after"}
                </small>
              </summary>
              {letter.experiment !== null && (
                <p>
                  About <a href={experimentPath(letter.experiment)}>{letter.experiment}</a>
                  {letter.drainedAt === null
                    ? ": the sweep will look after it."
                    : ", which the sweep has looked after."}
                </p>
              )}
              <pre class="set-payload">{letter.payload}</pre>
              <CopyButton text={letter.payload} label="Copy the payload" />
            </details>
          </li>
        ))}
      </ul>
      {letters.length >= most && <p class="faint">The latest {most}; there may be more.</p>}
    </>
  );
}

function timesOf(letter: DeadLetter) {
  const iso = (time: Time | null) => (time === null ? null : new Date(time).toISOString());
  return { firstAt: iso(letter.firstAt), lastAt: iso(letter.lastAt), drainedAt: iso(letter.drainedAt) };
}

interface RebuildProps {
  asked: boolean;
  rebuild: Rebuild | null;
  /** Why this person may not ask for it; null when they may. */
  problem: string | null;
  error: FeedError | null;
  now: Time;
  onAsk: () => void;
}

/** Having the list's index and the dashboard's read models made anew. */
export function RebuildView({ asked, rebuild, problem, error, now, onAsk }: RebuildProps) {
  return (
    <>
      <p>
        The list and the dashboard are kept up to date as runs end. Made anew, all of it is read again from the runs;
        while it lasts, the old figures stay.
      </p>
      <p role="status" class="number">
        {asked ? "Under way." : rebuild === null ? "It was never asked for." : <Last rebuild={rebuild} now={now} />}
      </p>
      {error !== null && (
        <p class="error-text" role="alert">
          It was not asked for. {errorWords(error).problem} {errorWords(error).remedy}
        </p>
      )}
      {problem !== null ? (
        <p class="faint">{problem}</p>
      ) : (
        <button type="button" disabled={asked} onClick={onAsk}>
          Make them anew
        </button>
      )}
    </>
  );
}

function Last({ rebuild, now }: { rebuild: Rebuild; now: Time }) {
  const { endedAt, runs, changed, protocols, failed, askedBy } = rebuild;
  return (
    <>
      Last made anew {endedAt !== null && <When time={endedAt} now={now} />} for {askedBy}: {count(runs)} runs in{" "}
      {count(protocols)} protocols, {changed === 0 ? "none of which had been wrong" : `${count(changed)} corrected`}.
      {failed.length > 0 && ` ${count(failed.length)} read models could not be made: ${failed.join(", ")}.`}
    </>
  );
}
