/** One test of a query as a predicate over entries (shared/insights/lists/query_tests.py; see `query`). */
import type { Entry } from "../list/entry";
import type { Time } from "../run/run";
import type { Field } from "./fields";
import { Pattern, PatternError } from "./patterns";
import { isNone, QueryError, type Token } from "./text";

export type Predicate = (entry: Entry, now: Time) => boolean;

/** In the number, the name, the description or a tag. */
export function word(text: string): Predicate {
  const wanted = text.toLowerCase();
  const digits = wanted.startsWith("#") ? wanted.slice(1) : wanted;
  const number = /^[0-9]{1,9}$/.test(digits) ? Number(digits) : null;
  return ({ number: own, name, description, tags }) =>
    (number !== null && own === number) ||
    name.toLowerCase().includes(wanted) ||
    description.toLowerCase().includes(wanted) ||
    tags.some((tag) => tag.toLowerCase().includes(wanted));
}

export function comparison(field: Field, op: Token, value: Token): Predicate {
  if (op.text === "!=") {
    const equal = comparison(field, { kind: "op", text: "=", position: op.position }, value);
    return (entry, now) => !equal(entry, now);
  }
  if (isNone(value)) return missing(field, op);
  switch (field.kind) {
    case "text":
      return ofText(field, op, value);
    case "flag":
      return ofFlag(field, op, value);
    case "date":
      return ofDate(field, op, value);
    case "parameter":
      return ofParameter(field, op, value);
    default:
      return ofNumber(field, op, value);
  }
}

function missing(field: Field, op: Token): Predicate {
  if (op.text !== "=") {
    throw new QueryError(op.position, `\`${op.text}\` does not compare with none.`, "Use = none or != none.");
  }
  return (entry) => {
    const found = field.read(entry);
    if (found === null) return true;
    return typeof found === "object" ? found.length === 0 : typeof found === "string" && found.toLowerCase() === "none";
  };
}

function ofText(field: Field, op: Token, value: Token): Predicate {
  const textsOf = (entry: Entry): readonly string[] => {
    const found = field.read(entry);
    return typeof found === "object" && found !== null ? found : [];
  };
  if (op.text === "~") {
    const pattern = patternOf(value);
    return (entry) => textsOf(entry).some((text) => pattern.search(text));
  }
  if (op.text !== "=") {
    throw new QueryError(op.position, `\`${op.text}\` compares numbers and dates, and this is a text.`, "Use = or ~.");
  }
  const wanted = plain(value.text);
  if (field.choices.length > 0 && !field.choices.includes(wanted)) {
    const problem = `\`${value.text}\` is none of its values.`;
    throw new QueryError(value.position, problem, `They are ${field.choices.join(", ")}.`);
  }
  return (entry) => textsOf(entry).some((text) => plain(text) === wanted);
}

function plain(text: string): string {
  return text.replaceAll("->", "→").toLowerCase();
}

function patternOf(value: Token): Pattern {
  try {
    return new Pattern(value.text);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const inside = value.kind === "quoted" ? error.position + 1 : error.position;
    const remedy = "Patterns know . * + ? { } [ ] ( ) | ^ $ \\d \\w \\s.";
    const problem = `${error.problem.charAt(0).toUpperCase()}${error.problem.slice(1)}.`;
    throw new QueryError(value.position + inside, problem, remedy);
  }
}

function ofFlag(field: Field, op: Token, value: Token): Predicate {
  if (op.text !== "=") {
    throw new QueryError(op.position, `\`${op.text}\` does not fit yes or no.`, "Use = true or = false.");
  }
  const wanted = flag(value.text);
  if (wanted === null) {
    throw new QueryError(value.position, `\`${value.text}\` is neither yes nor no.`, "Write true or false.");
  }
  return (entry) => field.read(entry) === wanted;
}

const FLAGS: Readonly<Record<string, boolean>> = { true: true, yes: true, false: false, no: false };

function flag(text: string): boolean | null {
  const lowered = text.toLowerCase();
  return Object.hasOwn(FLAGS, lowered) ? (FLAGS[lowered] ?? null) : null;
}

function compare(op: string, left: number, right: number): boolean {
  switch (op) {
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case "=":
      return left === right;
    case ">=":
      return left >= right;
    default:
      return left > right;
  }
}

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i;
const SECONDS: ReadonlyMap<string, number> = new Map([
  ["s", 1],
  ["m", 60],
  ["h", 3_600],
  ["d", 86_400],
  ["w", 604_800],
]);

function ofNumber(field: Field, op: Token, value: Token): Predicate {
  if (op.text === "~") {
    throw new QueryError(op.position, "`~` is for texts, and this is a number.", "Use < <= = != >= or >.");
  }
  const wanted = field.kind === "duration" ? duration(value.text) : number(value.text.replace(/^#/, ""));
  if (wanted === null) {
    const shape = field.kind === "duration" ? "90, 90s, 10m, 2h or 1d" : "0.2 or 1e-3";
    throw new QueryError(value.position, `\`${value.text}\` is no number.`, `Write one like ${shape}.`);
  }
  return (entry) => {
    const found = field.read(entry);
    return typeof found === "number" && compare(op.text, found, wanted);
  };
}

function number(text: string): number | null {
  const found = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(found) ? found : null;
}

function duration(text: string): number | null {
  const unit = SECONDS.get(text.slice(-1).toLowerCase());
  const found = number(unit === undefined ? text : text.slice(0, -1));
  return found === null ? null : found * (unit ?? 1);
}

/** By what the run has: a number, a text, or yes and no. */
function ofParameter(field: Field, op: Token, value: Token): Predicate {
  if (op.text === "~") {
    const pattern = patternOf(value);
    return (entry) => {
      const leaf = field.read(entry);
      return typeof leaf === "string" && pattern.search(leaf);
    };
  }
  const wantedNumber = number(value.text);
  if (wantedNumber === null && op.text !== "=") {
    const problem = `\`${op.text}\` needs a number, and \`${value.text}\` is none.`;
    throw new QueryError(value.position, problem, "Use = or ~.");
  }
  const [wantedFlag, wanted] = [flag(value.text), plain(value.text)];
  return (entry) => {
    const leaf = field.read(entry);
    if (typeof leaf === "boolean") return op.text === "=" && leaf === wantedFlag;
    if (typeof leaf === "string") return op.text === "=" && plain(leaf) === wanted;
    return typeof leaf === "number" && wantedNumber !== null && compare(op.text, leaf, wantedNumber);
  };
}

// ---------------------------------------------------------------------------------------------------------- dates

const DATE = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?Z?)?)?)?$/i;
const AGO = /^-(\d{1,5})([mhdw])$/i;
const DAY_MS = 86_400_000;
/** From, and until just before. */
type Span = readonly [Time, Time];

function ofDate(field: Field, op: Token, value: Token): Predicate {
  const span = spanOf(value);
  if (op.text === "~") {
    throw new QueryError(op.position, "`~` is for texts, and this is a date.", "Use < <= = != >= or >.");
  }
  if (op.text === "=" && AGO.test(value.text)) {
    throw new QueryError(op.position, "No run ends at the very moment of so long ago.", "Use <, <=, >= or >.");
  }
  return (entry, now) => {
    const at = field.read(entry);
    return typeof at === "number" && isInside(op.text, at, span(now));
  };
}

function isInside(op: string, at: Time, [from, until]: Span): boolean {
  switch (op) {
    case "<":
      return at < from;
    case "<=":
      return at < until || at === from;
    case "=":
      return from <= at && at < until;
    case ">=":
      return at >= from;
    default:
      return at >= until && at !== from;
  }
}

function spanOf(value: Token): (now: Time) => Span {
  const text = value.text.toLowerCase();
  if (text === "today" || text === "yesterday") {
    const back = text === "yesterday" ? DAY_MS : 0;
    return (now) => dayOf(now - back);
  }
  const ago = AGO.exec(text);
  if (ago !== null) {
    const back = 1000 * Number(ago[1]) * (SECONDS.get(ago[2] ?? "") ?? 0);
    return (now) => [now - back, now - back];
  }
  const span = writtenSpan(text);
  if (span === null) {
    throw new QueryError(value.position, `\`${value.text}\` is no date.`, "Write one like 2026-11-01, today or -7d.");
  }
  return () => span;
}

function dayOf(at: Time): Span {
  const begin = at - (((at % DAY_MS) + DAY_MS) % DAY_MS);
  return [begin, begin + DAY_MS];
}

/** A year, a month, a day, a minute or a second, in UTC. */
function writtenSpan(text: string): Span | null {
  const found = DATE.exec(text);
  if (found === null) return null;
  const numbers = found.slice(1).flatMap((part) => (part === undefined ? [] : [Number(part)]));
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = numbers;
  const begin = utc(year, month, day, hour, minute, second);
  const at = new Date(begin);
  const exists =
    year > 0 && at.getUTCMonth() === month - 1 && at.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!exists) return null;
  if (numbers.length === 1) return [begin, utc(year + 1, 1, 1)];
  if (numbers.length === 2) return [begin, month === 12 ? utc(year + 1, 1, 1) : utc(year, month + 1, 1)];
  return [begin, begin + (numbers.length === 3 ? DAY_MS : numbers.length === 5 ? 60_000 : 1_000)];
}

/** `Date.UTC` takes years below 100 for those of the last century. */
function utc(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): Time {
  return new Date(0).setUTCFullYear(year, month - 1, day) + ((hour * 60 + minute) * 60 + second) * 1000;
}
