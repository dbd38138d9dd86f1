/** Logs of stages: what is shown of them, and what there is to say when nothing is (S8.8). */
import { isLive, type Run, type Stage, type Time } from "../run/run";

export const SEVERITIES = [
  "DEFAULT",
  "DEBUG",
  "INFO",
  "NOTICE",
  "WARNING",
  "ERROR",
  "CRITICAL",
  "ALERT",
  "EMERGENCY",
] as const;
type Severity = (typeof SEVERITIES)[number];

export interface LogLine {
  time: Time | null;
  severity: Severity;
  message: string;
}

export interface StageLog {
  stage: string;
  attempt: number;
  /** Oldest first; a line that decided what the failure was and is older stands before them. */
  lines: readonly LogLine[];
  highlighted: number | null;
  /** There are older ones. */
  more: boolean;
  source: "provider" | "copy";
  /** Why these may not be the newest. */
  problem: string | null;
  fetchedAt: Time | null;
}

/** Stages that run on machines of their own; the others are functions of ours. */
export const LOGGING = ["Compile", "Examples", "Statistics", "Schema", "Transform", "Train"] as const;

export const LEVELS = [
  { value: "", label: "All" },
  { value: "INFO", label: "Info and above" },
  { value: "WARNING", label: "Warnings and errors" },
  { value: "ERROR", label: "Errors only" },
] as const;

export const MOST_FETCHED = 1_000; // lines of one fetch (shared/logs.py)
const KEPT_DAYS = 30; // by the provider
const DAY = 86_400_000;
const COPYING = 120_000; // ms after a stage's end in which its log is being copied

/** Of the address, else the one that people come for: what failed, what runs, what ran last. */
export function chosenStage(run: Run, wanted: string | null): string {
  const named = LOGGING.find((stage) => stage.toLowerCase() === wanted?.toLowerCase());
  if (named !== undefined) return named;
  const failed = LOGGING.find((stage) => stage === run.error?.component);
  if (failed !== undefined) return failed;
  const begun = run.stages.filter(({ name, startedAt }) => isLogging(name) && startedAt !== null);
  const running = begun.findLast(({ state }) => state === "running" || state === "cancelling");
  const before = run.attempts.at(-1)?.error?.component ?? "";
  return (running ?? begun.at(-1))?.name ?? (isLogging(before) ? before : "Train");
}

export function isLogging(stage: string): boolean {
  return LOGGING.some((each) => each === stage);
}

export interface ShownLine {
  index: number;
  line: LogLine;
}

/** Lines of a severity and above that hold all the words, in whatever case. */
export function filtered(log: StageLog, level: string, words: string): ShownLine[] {
  const least = Math.max(0, (SEVERITIES as readonly string[]).indexOf(level));
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return log.lines
    .map((line, index) => ({ index, line }))
    .filter(({ line }) => SEVERITIES.indexOf(line.severity) >= least)
    .filter(({ line }) => wanted.every((word) => line.message.toLowerCase().includes(word)));
}

/** A message in pieces, of which every second one is a word that was searched for. */
export function marked(message: string, words: string): string[] {
  const wanted = words.split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return [message];
  const any = wanted.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  return message.split(new RegExp(`(${any})`, "gi"));
}

/** As a file, or for a message to a colleague. */
export function logText(lines: readonly LogLine[]): string {
  return lines.map(({ time, severity, message }) => `${iso(time)} ${severity.padEnd(8)} ${message}\n`).join("");
}

function iso(time: Time | null): string {
  return time === null ? "-".padEnd(24) : new Date(time).toISOString();
}

/**
 * What there is of a log. `lines`: it is shown; `waiting`: the stage has not begun; `live`: it logs, and nothing of it
 * was fetched yet; `copying`: it has just ended; `unkept`: it ended, and nothing is stored; `none`: it logged nothing;
 * `gone`: nobody has it any more; the others never had one.
 */
type LogStep =
  | { step: "lines" | "waiting" | "live" | "copying" | "none" | "gone" | "ours" | "reused" | "skipped" }
  | { step: "unkept"; why: string | null };

export function logStep(run: Run, name: string, log: StageLog | null, now: Time): LogStep {
  if (!isLogging(name)) return { step: "ours" };
  if (log !== null && log.lines.length > 0) return { step: "lines" };
  const stage = run.stages.find((each) => each.name === name);
  const before = run.attempts.findLast(({ error }) => error?.component === name);
  if (stage?.state === "reused") return { step: "reused" };
  if (!hasBegun(stage) && before === undefined) return { step: isLive(run) ? "waiting" : "skipped" };
  const attempt = hasBegun(stage) ? run.attempt : (before?.attempt ?? run.attempt);
  if (stage?.state === "running" || stage?.state === "cancelling") return { step: log === null ? "live" : "none" };
  const kept = run.logs[`a${attempt}-${name.toLowerCase()}`];
  const endedAt = stage?.endedAt ?? before?.endedAt ?? run.endedAt ?? now;
  if (kept === "empty") return { step: "none" };
  if (log !== null && log.problem === null) return { step: isForgotten(endedAt, now) ? "gone" : "none" };
  if (kept === undefined && isForgotten(endedAt, now)) return { step: "gone" };
  if (kept === undefined && now - endedAt < COPYING) return { step: "copying" };
  return { step: "unkept", why: log?.problem ?? kept?.replace(/^failed: /, "") ?? null };
}

function hasBegun(stage: Stage | undefined): boolean {
  return stage !== undefined && stage.startedAt !== null;
}

function isForgotten(endedAt: Time, now: Time): boolean {
  return now - endedAt > KEPT_DAYS * DAY;
}

/** Whether a fetch can bring anything: the provider still has it, or there is a copy. */
export function mayFetch(run: Run, name: string, log: StageLog | null, now: Time): boolean {
  const { step } = logStep(run, name, log, now);
  return run.deletion === null && !["waiting", "ours", "reused", "skipped", "gone"].includes(step);
}

export function isStageLive(run: Run, name: string): boolean {
  const state = run.stages.find((each) => each.name === name)?.state;
  return isLive(run) && (state === "running" || state === "cancelling");
}

/** `the last 100 lines`, `all 43 lines`, `12 of 100 lines`. */
export function linesWords(log: StageLog, shown: number): string {
  const all = log.lines.length;
  const lines = all === 1 ? "line" : "lines";
  if (shown < all) return `${shown} of ${log.more ? "the last " : ""}${all} ${lines}`;
  return log.more ? `the last ${all} ${lines}` : `${all === 1 ? "the only" : `all ${all}`} ${lines}`;
}
