/** Logs of stages as they are stored beside a run, and asking for newer lines (S8.8). */
import type { Firestore, Unsubscribe } from "firebase/firestore";
import { type LogLine, SEVERITIES, type StageLog } from "../model/pipeline/logs";
import { writeOnce } from "./commands";
import { type Fields, listOf, numberOrNull, oneOf, text, textOrNull, timeOrNull } from "./fields";
import { type OnError, type OnValue, watchDocument } from "./watch";

type WatchLog = (db: Firestore, id: string, onValue: OnValue<StageLog | null>, onError: OnError) => Unsubscribe;

const watches = new Map<string, WatchLog>();

/** The live read of one stage's log; the same function for the same stage, so that a read is not begun again. */
export function watchLogOf(stage: string): WatchLog {
  const known = watches.get(stage);
  if (known !== undefined) return known;
  const watch: WatchLog = (db, id, onValue, onError) => watchLog(db, id, stage, onValue, onError);
  watches.set(stage, watch);
  return watch;
}

/** The newest lines stand in `logs-{stage}`, older ones in `logs-{stage}-2` and so on, when they are many. */
function watchLog(
  db: Firestore,
  id: string,
  stage: string,
  onValue: OnValue<StageLog | null>,
  onError: OnError,
): Unsubscribe {
  const folder = `runs/${id}/details`;
  const name = `logs-${stage.toLowerCase()}`;
  let older: { stop: Unsubscribe; lines: readonly LogLine[] | null }[] = [];
  let first: { log: StageLog; fresh: boolean } | null = null;
  const tell = () => {
    if (first === null || older.some(({ lines }) => lines === null)) return;
    onValue(
      withOlder(
        first.log,
        older
          .map(({ lines }) => lines ?? [])
          .reverse()
          .flat(),
      ),
      first.fresh,
    );
  };
  const watchOlder = (parts: number) => {
    for (const { stop } of older.splice(Math.max(0, parts - 1))) stop();
    for (let number = older.length + 2; number <= parts; number++) {
      const part: (typeof older)[number] = { stop: () => {}, lines: null };
      older.push(part);
      part.stop = watchDocument(
        db,
        folder,
        `${name}-${number}`,
        (data) => listOf(data.lines, toLine),
        (lines) => {
          part.lines = lines ?? [];
          tell();
        },
        onError,
      );
    }
  };
  const stop = watchDocument(
    db,
    folder,
    name,
    (data) => ({ log: toLog(data), parts: numberOrNull(data.parts) ?? 1 }),
    (found, fresh) => {
      first = found === null ? null : { log: found.log, fresh };
      if (found === null) onValue(null, fresh);
      else watchOlder(found.parts);
      tell();
    },
    onError,
  );
  return () => {
    stop();
    for (const part of older) part.stop();
    older = [];
  };
}

/** A line of the error that stands before the newest ones is not shown twice. */
function withOlder(log: StageLog, older: readonly LogLine[]): StageLog {
  if (older.length === 0) return log;
  const decided = log.highlighted === null ? undefined : log.lines[log.highlighted];
  const isApart = log.highlighted === 0 && older.some((line) => isSame(line, decided));
  const lines = [...older, ...(isApart ? log.lines.slice(1) : log.lines)];
  const at = lines.findLastIndex((line) => isSame(line, decided));
  return { ...log, lines, highlighted: at < 0 ? null : at };
}

function isSame(a: LogLine, b: LogLine | undefined): boolean {
  return b !== undefined && a.time === b.time && a.message === b.message;
}

function toLog(data: Fields): StageLog {
  const lines = listOf(data.lines, toLine);
  const highlighted = numberOrNull(data.highlighted);
  return {
    stage: text(data.stage),
    attempt: numberOrNull(data.attempt) ?? 1,
    lines,
    highlighted: highlighted !== null && lines[highlighted] !== undefined ? highlighted : null,
    more: data.more === true,
    source: oneOf(["provider", "copy"] as const, data.source, "provider"),
    problem: textOrNull(data.problem),
    fetchedAt: timeOrNull(data.fetched_at),
  };
}

function toLine(data: Fields): LogLine {
  return {
    time: timeOrNull(data.time),
    severity: oneOf(SEVERITIES, data.severity, "DEFAULT"),
    message: text(data.message),
  };
}

/** Asks for the newest lines; done when the command is gone. Two who ask at once ask once. */
export function fetchLog(db: Firestore, experiment: string, stage: string, uid: string): Promise<void> {
  return writeOnce(db, "commands", fetchId(experiment, stage), { experiment, kind: "fetch_logs", stage }, uid);
}

/** The id of the command; its being there says that a fetch is under way. */
export function fetchId(experiment: string, stage: string): string {
  return `${experiment}--fetch_logs--${stage.toLowerCase()}`;
}

/** When a fetch was asked for that is not done; null when none is. */
export function watchFetch(
  db: Firestore,
  command: string,
  onValue: OnValue<{ at: number | null } | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, "commands", command, (data) => ({ at: timeOrNull(data.created_at) }), onValue, onError);
}
