import type { Run, Stage, Time } from "../run/run";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const EXACT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });
const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });
const CLOCK = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });

/** `42 s`, `3 min 12 s`, `1 h 05 min`, `2 d 3 h`. */
export function duration(seconds: number): string {
  if (seconds > 0 && seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min ${padded(whole % MINUTE)} s`;
  if (whole < DAY) return `${Math.floor(whole / HOUR)} h ${padded(Math.floor((whole % HOUR) / MINUTE))} min`;
  return `${Math.floor(whole / DAY)} d ${Math.floor((whole % DAY) / HOUR)} h`;
}

/** A duration that still grows: whole seconds, so that it does not flicker. */
export function growing(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return whole < MINUTE ? `${whole} s` : duration(whole);
}

/** How long ago, in one unit; a date after a week. A clock that is behind the server's says "just now". */
export function relative(time: Time, now: Time): string {
  const seconds = Math.floor((now - time) / 1000);
  if (seconds < 5) return "just now";
  if (seconds < MINUTE) return `${seconds} s ago`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ago`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h ago`;
  const days = Math.floor(seconds / DAY);
  if (days > 7) return DATE.format(time);
  return days === 1 ? "1 day ago" : `${days} days ago`;
}

export function exact(time: Time): string {
  return shortMonth(EXACT.format(time));
}

/** What a run took (stored at its end, S9.6), or takes so far; null before it started. */
export function runDuration(run: Run, now: Time): string | null {
  if (run.durationSeconds !== null) return duration(run.durationSeconds);
  if (run.startedAt === null) return null;
  return run.endedAt === null ? growing((now - run.startedAt) / 1000) : duration((run.endedAt - run.startedAt) / 1000);
}

export function stageDuration(stage: Stage, now: Time): string | null {
  if (stage.startedAt === null) return null;
  if (stage.endedAt !== null) return duration((stage.endedAt - stage.startedAt) / 1000);
  return stage.state === "running" || stage.state === "cancelling" ? growing((now - stage.startedAt) / 1000) : null;
}

function padded(value: number): string {
  return String(value).padStart(2, "0");
}

/** The day alone: `22 Nov 2026`. */
export function day(time: Time): string {
  return shortMonth(DATE.format(time));
}

/** `Sep` as the service writes it, where browsers write `Sept`. */
export function shortMonth(date: string): string {
  return date.replace("Sept", "Sep");
}

/** The time of day, as clocks show it here: `14:03`. */
export function clock(time: Time): string {
  return CLOCK.format(time);
}

/** A sentence of the service with its times of day, `14:03:20 UTC`, as clocks show them here. */
export function localTimes(sentence: string): string {
  return sentence.replace(/(\d\d):(\d\d):(\d\d) UTC/g, (_, ...parts: string[]) => {
    const [hours = 0, minutes = 0, seconds = 0] = parts.map(Number);
    return clock(new Date().setUTCHours(hours, minutes, seconds));
  });
}
