import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { errorWords, type FeedError } from "../../model/common/feed";
import { exact } from "../../model/common/time";
import {
  filtered,
  isStageLive,
  LEVELS,
  LOGGING,
  type LogLine,
  linesWords,
  logStep,
  logText,
  MOST_FETCHED,
  marked,
  mayFetch,
  type ShownLine,
  type StageLog,
} from "../../model/pipeline/logs";
import type { Run, Time } from "../../model/run/run";
import { When } from "../parts";
import { CopyButton } from "../ui/copy";
import { save } from "../ui/download";
import { CheckField, SelectField, TextField } from "../ui/fields";

interface LogProps {
  run: Run;
  stage: string;
  log: StageLog | null;
  now: Time;
  fresh: boolean;
  level: string;
  words: string;
  /** Since when newer lines have been asked for; null: nobody waits for any. */
  fetching: { at: Time | null } | null;
  following: boolean;
  problem: FeedError | null;
  onStage: (stage: string) => void;
  onLevel: (level: string) => void;
  onWords: (words: string) => void;
  onFetch: () => void;
  onFollow: (follow: boolean) => void;
}

const CLOCK = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const SLOW = 20_000; // ms that a fetch may take before the page says so

/** The log of one stage; its lines are somebody else's text, and nothing in here is anything but text. */
export function LogView(props: LogProps) {
  const { stage, log, level, words, onLevel, onWords } = props;
  const shown = log === null ? [] : filtered(log, level, words);
  const hasLines = log !== null && log.lines.length > 0;
  return (
    <div class="log">
      <div class="log-head">
        <SelectField
          label="Component"
          value={stage}
          onEdit={props.onStage}
          options={stages(stage).map((value) => ({ value, label: value }))}
        />
        <SelectField
          label="Severity"
          value={level}
          onEdit={onLevel}
          options={LEVELS.map(({ value, label }) => ({ value, label }))}
          disabled={!hasLines}
        />
        <TextField label="Search the lines" type="search" value={words} onEdit={onWords} disabled={!hasLines} />
      </div>
      {hasLines && <ErrorLine log={log} />}
      {hasLines ? <Lines key={stage} log={log} shown={shown} words={words} /> : <Nothing {...props} />}
      <LogFoot {...props} shown={shown} />
    </div>
  );
}

/** A component of ours has no log, and is chosen in the graph all the same. */
function stages(chosen: string): readonly string[] {
  return LOGGING.some((each) => each === chosen) ? LOGGING : [...LOGGING, chosen];
}

/** The line that decided what the failure was comes first, wherever it stands. */
function ErrorLine({ log }: { log: StageLog }) {
  const line = log.highlighted === null ? undefined : log.lines[log.highlighted];
  if (line === undefined) return null;
  return (
    <div class="log-error">
      <b>The line of the error</b>
      <pre class="scroll">{line.message}</pre>
    </div>
  );
}

function Lines({ log, shown, words }: { log: StageLog; shown: readonly ShownLine[]; words: string }) {
  const region = useRef<HTMLElement>(null);
  const atEnd = useRef(true);
  // The newest line is the last one: whoever looks at the end stays there when more come.
  useLayoutEffect(() => {
    const element = region.current;
    if (element !== null && atEnd.current) element.scrollTop = element.scrollHeight;
  }, [log, shown.length]);
  const look = () => {
    const element = region.current;
    if (element !== null) atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < 40;
  };
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section class="log-lines" aria-label={`Lines of ${log.stage}`} tabIndex={0} ref={region} onScroll={look}>
        {shown.length === 0 ? (
          <p class="faint">No line is like that: choose another severity, or other words.</p>
        ) : (
          <ol>
            {shown.map(({ index, line }) => (
              <LineView key={index} line={line} words={words} decided={index === log.highlighted} />
            ))}
          </ol>
        )}
      </section>
    </>
  );
}

function LineView({ line, words, decided }: { line: LogLine; words: string; decided: boolean }) {
  const known = line.severity !== "DEFAULT" && line.severity !== "INFO";
  return (
    <li class={`line-${line.severity.toLowerCase()} ${decided ? "line-decided" : ""}`}>
      {line.time === null ? <span /> : <time title={exact(line.time)}>{CLOCK.format(line.time)}</time>}
      <span class={known ? "line-severity" : "line-severity faint"}>
        {line.severity === "DEFAULT" ? "" : line.severity}
      </span>
      <span class="line-message">
        {marked(line.message, words).map((part, i) => (i % 2 === 1 ? <mark key={i}>{part}</mark> : part))}
      </span>
    </li>
  );
}

/** Why there are no lines, and what to do. */
function Nothing({ run, stage, log, now }: LogProps) {
  const found = logStep(run, stage, log, now);
  switch (found.step) {
    case "waiting":
      return <Said>{stage} has not begun: its log comes with it.</Said>;
    case "skipped":
      return <Said>{stage} never began, so it logged nothing.</Said>;
    case "ours":
      return (
        <Said>
          {stage} runs inside a function and has no log of its own. What it did stands in the activity; why it failed,
          at the top.
        </Said>
      );
    case "reused":
      return <Said>{stage} was not run: what an equal run made was taken again. The log is with that one.</Said>;
    case "live":
      return <Said>{stage} is running. Its log is copied when it ends; until then fetch it, or follow it.</Said>;
    case "copying":
      return <Said>{stage} has just ended: its log is being copied. It comes by itself within a minute.</Said>;
    case "none":
      return (
        <Said>
          {stage} logged nothing{log === null ? "" : " so far"}.
        </Said>
      );
    case "gone":
      return <Said>The log is gone: the provider keeps logs for 30 days, and no copy was made of this one.</Said>;
    case "unkept":
      return (
        <Said>
          {found.why === null ? "Nothing of this log is stored yet." : `The log could not be had: ${found.why}`} Fetch
          it from the provider, who keeps it for 30 days.
        </Said>
      );
    default:
      return null;
  }
}

function Said({ children }: { children: ComponentChildren }) {
  return <p class="log-nothing">{children}</p>;
}

function LogFoot(props: LogProps & { shown: readonly ShownLine[] }) {
  const { run, stage, log, now, fresh, shown, fetching, following, problem } = props;
  const live = isStageLive(run, stage);
  const hasLines = log !== null && log.lines.length > 0;
  const lines = shown.map(({ line }) => line);
  const more = hasLines && log.more && log.lines.length < MOST_FETCHED;
  return (
    <>
      <div class="actions log-foot">
        {mayFetch(run, stage, log, now) && (
          <button type="button" onClick={props.onFetch} disabled={fetching !== null || !fresh}>
            {fetching !== null ? "Fetching…" : !hasLines ? "Fetch the log" : more ? "Fetch more" : "Fetch again"}
          </button>
        )}
        {live && <CheckField label="Follow" checked={following} onEdit={props.onFollow} disabled={!fresh} />}
        {hasLines && (
          <>
            <CopyButton text={logText(lines)} label="Copy these lines" />
            <button
              type="button"
              onClick={() => save(`${run.id}-${stage.toLowerCase()}.log`, logText(lines), "text/plain")}
            >
              Download
            </button>
          </>
        )}
      </div>
      {hasLines && (
        <p class="faint" role="status">
          Shown: {linesWords(log, shown.length)} of {stage}
          {log.attempt !== run.attempt && `, attempt ${log.attempt}`}
          {log.source === "copy" && ", from the stored copy"}
          {log.fetchedAt !== null && (
            <>
              , as of <When time={log.fetchedAt} now={now} />
            </>
          )}
          .
          {log.more &&
            log.lines.length >= MOST_FETCHED &&
            ` Older ones: quicktest logs ${run.number ?? run.id} --limit 10000.`}
        </p>
      )}
      {hasLines && log.problem !== null && (
        <p class="warning-text" role="status">
          The provider's log could not be read: {log.problem} What you see is what was known before.
        </p>
      )}
      {fetching?.at != null && now - fetching.at > SLOW && (
        <p class="faint" role="status">
          It takes longer than usual; it is asked again each minute.
        </p>
      )}
      {problem !== null && (
        <p class="error-text" role="alert">
          The log could not be asked for. {errorWords(problem).problem} {errorWords(problem).remedy}
        </p>
      )}
    </>
  );
}
