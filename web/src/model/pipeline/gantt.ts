/** When what of a run happened: attempts, stages and the time that they waited (S9.9). */

import { duration } from "../common/time";
import type { Run, Stage, StageState, Time } from "../run/run";
import { isLive } from "../run/run";
import { stageWords } from "../run/states";

/** `queue`: for a place or until the next attempt; `wait`: for machines or what comes before, within an attempt. */
export interface Bar {
  kind: "queue" | "wait" | "attempt" | "stage";
  state: StageState;
  from: Time;
  to: Time;
}

export interface GanttRow {
  id: string;
  label: string;
  /** `done`, `failed: No machines free`. */
  words: string;
  bars: readonly Bar[];
  from: Time | null;
  seconds: number | null;
  waitedSeconds: number;
}

interface Timeline {
  from: Time;
  to: Time;
  rows: readonly GanttRow[];
}

const SHORTEST_WAIT = 1_000; // ms: less is the time that messages take
const RUNNING: readonly StageState[] = ["running", "cancelling"];

/** Null while nothing is known of the times. */
export function timelineOf(run: Run, now: Time): Timeline | null {
  if (run.createdAt === null) return null;
  const rows: GanttRow[] = [];
  let before = run.createdAt;
  for (const attempt of run.attempts) {
    const from = attempt.startedAt ?? before;
    const to = Math.max(from, attempt.endedAt ?? from);
    const title = attempt.error?.title;
    const bar: Bar = { kind: "attempt", state: "failed", from, to };
    rows.push(
      rowOf(
        `attempt-${attempt.attempt}`,
        `Attempt ${attempt.attempt}`,
        title ? `failed: ${title}` : "failed",
        before,
        bar,
      ),
    );
    before = to;
  }
  rows.push(...currentRows(run, before, now));
  const to = Math.max(run.createdAt + 1, ...rows.flatMap(({ bars }) => bars.map((bar) => bar.to)));
  return { from: run.createdAt, to, rows };
}

function currentRows(run: Run, before: Time, now: Time): GanttRow[] {
  const starts = run.stages.flatMap(({ startedAt }) => (startedAt === null ? [] : [startedAt]));
  const begun = starts.length === 0 ? null : Math.min(...starts);
  const end = begun ?? run.endedAt ?? (isLive(run) ? Math.max(now, before) : before);
  const rows: GanttRow[] = [];
  if (end - before > SHORTEST_WAIT) {
    const bar: Bar = {
      kind: "queue",
      state: begun === null && isLive(run) ? "running" : "done",
      from: before,
      to: end,
    };
    const label = run.attempts.length === 0 ? "Queue" : `Queue of attempt ${run.attempt}`;
    const seconds = (end - before) / 1000;
    rows.push({
      id: "queue",
      label,
      words: "waited for its turn",
      bars: [bar],
      from: before,
      seconds,
      waitedSeconds: 0,
    });
  }
  let known = begun ?? end;
  for (const stage of run.stages) {
    const bar = barOf(stage, run, now);
    rows.push(rowOf(stage.name, stage.name, stageWords(stage.state).text, known, bar));
    if (bar !== null) known = Math.max(known, bar.to);
  }
  return rows;
}

function barOf(stage: Stage, run: Run, now: Time): Bar | null {
  if (stage.startedAt === null) return null;
  const end = stage.endedAt ?? (RUNNING.includes(stage.state) && isLive(run) ? now : stage.startedAt);
  return { kind: "stage", state: stage.state, from: stage.startedAt, to: Math.max(stage.startedAt, end) };
}

/** With the time that it waited since `before`. */
function rowOf(id: string, label: string, words: string, before: Time, bar: Bar | null): GanttRow {
  if (bar === null) return { id, label, words, bars: [], from: null, seconds: null, waitedSeconds: 0 };
  const waited = bar.from - before > SHORTEST_WAIT;
  const kind = bar.kind === "attempt" ? "queue" : "wait";
  const wait: Bar[] = waited ? [{ kind, state: "done", from: before, to: bar.from }] : [];
  return {
    id,
    label,
    words,
    bars: [...wait, bar],
    from: bar.from,
    seconds: (bar.to - bar.from) / 1000,
    waitedSeconds: waited ? (bar.from - before) / 1000 : 0,
  };
}

/** As `duration`; what took next to nothing says so. */
export function tookWords(seconds: number): string {
  return seconds < 0.05 ? "< 0.1 s" : duration(seconds);
}

/** Where times are drawn, from 0 to 1. Long queues are cut, for they would leave no room for what happened. */
interface Scale {
  at: (time: Time) => number;
  /** The middles of what was cut. */
  cuts: readonly number[];
}

const LONGEST_QUEUE = 0.5; // of all the rest

export function scaleOf(timeline: Timeline): Scale {
  const queues = merged(timeline.rows.flatMap(({ bars }) => bars.filter(({ kind }) => kind === "queue")));
  const queued = queues.reduce((sum, { from, to }) => sum + to - from, 0);
  const busy = timeline.to - timeline.from - queued;
  const most = (busy * LONGEST_QUEUE) / Math.max(1, queues.length);
  const isCut = (from: Time, to: Time) => busy > 0 && to - from > most * 1.5;
  const spans: { from: Time; to: Time; size: number; cut: boolean }[] = [];
  let at = timeline.from;
  for (const { from, to } of queues) {
    if (from > at) spans.push({ from: at, to: from, size: from - at, cut: false });
    spans.push({ from, to, size: isCut(from, to) ? most : to - from, cut: isCut(from, to) });
    at = to;
  }
  if (timeline.to > at) spans.push({ from: at, to: timeline.to, size: timeline.to - at, cut: false });
  const whole = spans.reduce((sum, { size }) => sum + size, 0) || 1;
  const place = (time: Time) => {
    let sum = 0;
    for (const { from, to, size } of spans) {
      if (time <= from) break;
      sum += time >= to ? size : (size * (time - from)) / (to - from);
    }
    return sum / whole;
  };
  const cuts = spans.filter(({ cut }) => cut).map(({ from, to }) => place((from + to) / 2));
  return { at: place, cuts };
}

function merged(bars: readonly Bar[]): { from: Time; to: Time }[] {
  const found: { from: Time; to: Time }[] = [];
  for (const { from, to } of [...bars].sort((a, b) => a.from - b.from)) {
    const last = found.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else if (to > from) found.push({ from, to });
  }
  return found;
}

type GanttCells = Record<string, string | number | null>;

/** The timeline as a table for other programs. */
export function ganttCells(timeline: Timeline): GanttCells[] {
  return timeline.rows.map(({ label, words, from, seconds, waitedSeconds }) => ({
    what: label,
    state: words,
    started: from === null ? null : new Date(from).toISOString(),
    seconds,
    waited_seconds: waitedSeconds,
  }));
}
