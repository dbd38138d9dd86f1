/** The words of a query, and what is said where it is wrong (shared/insights/lists/query_text.py; see `query`). */

const OPERATORS = ["<=", ">=", "!=", "<", ">", "=", "~"];
export const KEYWORDS: readonly string[] = ["AND", "OR", "NOT"];
const BARE = /[^\s"(),<>=!~]+/y;
/** How tests are written elsewhere: a name, and what follows its colon. */
export const COLON = /^([a-z_][a-z0-9_.]*):(.*)$/i;
const ALL_BARE = /^[^\s"(),<>=!~]+$/;
const NEVER_BARE = ["AND", "OR", "NOT", "IN", "NONE"];

/** What is wrong, at which character (from 0), and what to do about it. */
export class QueryError extends Error {
  constructor(
    readonly position: number,
    readonly problem: string,
    readonly remedy: string,
  ) {
    super(`${problem} ${remedy}`);
  }
}

export interface Token {
  kind: "bare" | "quoted" | "op" | "sign" | "end";
  text: string;
  position: number;
}

export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    const [token, next] = tokenAt(text, at);
    found.push(token);
    at = next;
  }
  return [...found, { kind: "end", text: "", position: text.length }];
}

function tokenAt(text: string, at: number): [Token, number] {
  const character = text.charAt(at);
  if (character === '"') return quotedToken(text, at);
  if ("(),".includes(character)) return [{ kind: "sign", text: character, position: at }, at + 1];
  const op = OPERATORS.find((each) => text.startsWith(each, at));
  if (op !== undefined) return [{ kind: "op", text: op, position: at }, at + op.length];
  BARE.lastIndex = at;
  const bare = BARE.exec(text)?.[0];
  if (bare === undefined) {
    // only `!` is left
    throw new QueryError(at, "`!` alone is no sign.", "Write != for `is not`, or NOT before a part.");
  }
  return [{ kind: "bare", text: bare, position: at }, at + bare.length];
}

function quotedToken(text: string, at: number): [Token, number] {
  let content = "";
  let end = at + 1;
  while (end < text.length && text.charAt(end) !== '"') {
    if (text.charAt(end) === "\\" && ["\\", '"'].includes(text.charAt(end + 1))) end += 1;
    content += text.charAt(end);
    end += 1;
  }
  if (end >= text.length) throw new QueryError(at, "This quote is never closed.", 'Add `"` at its end.');
  return [{ kind: "quoted", text: content, position: at }, end + 1];
}

/** Null for `none`. */
export function writtenValue(token: Token): string | null {
  return isNone(token) ? null : token.text;
}

export function isNone(token: Token): boolean {
  return token.kind === "bare" && token.text.toLowerCase() === "none";
}

/** A word or a value as it is written: in quotes when it must be. */
export function quoted(text: string): string {
  if (ALL_BARE.test(text) && !COLON.test(text) && !NEVER_BARE.includes(text.toUpperCase())) return text;
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
