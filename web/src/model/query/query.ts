/**
 * What lists are searched with (domain S7.1): the same language in page, address, terminal and Python, a copy of
 * shared/insights/lists/query.py; tests/unit/query_cases.json holds both to the same cases.
 *
 *     query   = [ either ]
 *     either  = both { "OR" both }
 *     both    = not { [ "AND" ] not }                 side by side means both
 *     not     = "NOT" not | "(" either ")" | test | word
 *     test    = field op value | field "in" "(" value { "," value } ")"
 *     op      = "<" | "<=" | "=" | "!=" | ">=" | ">" | "~"
 *     field   = bare
 *     value   = bare | quoted
 *     word    = bare | quoted                         in number, name, description or tags
 *     bare    = one or more characters that are none of: space " ( ) , < > = ! ~
 *               (a word that is bare is no `name:text`, as tests are written elsewhere)
 *     quoted  = '"' { character | '\"' | '\\' } '"'
 *
 * AND, OR and NOT are written in capitals; quoted they are words like others, and so is "in".
 */
import type { Entry } from "../list/entry";
import type { Time } from "../run/run";
import { type Field, fieldOf, near } from "./fields";
import { comparison, type Predicate, word } from "./tests";
import { COLON, KEYWORDS, QueryError, quoted, type Token, tokens, writtenValue } from "./text";

const LONGEST_QUERY = 2_000;
const DEEPEST = 50;
const MOST_VALUES = 200; // of one `in`
const AS_TEXT = "Text with a colon is searched for in quotes.";

interface Word {
  kind: "word";
  text: string;
}

export interface Test {
  kind: "test";
  field: string;
  /** An operator, or `in`. */
  op: string;
  /** Null for `none`. */
  values: readonly (string | null)[];
}

export type Node =
  | Word
  | Test
  | { kind: "not"; part: Node }
  /** Two parts at least. */
  | { kind: "all" | "any"; parts: readonly Node[] };

/** A parsed query: a predicate over entries, and its tree. */
export interface Query {
  /** Null: everything is found. */
  node: Node | null;
  /** Whether the query finds a run; `now` is what relative dates count back from. */
  finds: (entry: Entry, now: Time) => boolean;
}

export const EVERYTHING: Query = { node: null, finds: () => true };

/** The query that a text is; an empty one finds everything. Throws QueryError and nothing else. */
export function parse(text: string): Query {
  if (text.length > LONGEST_QUERY) {
    throw new QueryError(LONGEST_QUERY, "A query has at most 2,000 characters.", "Shorten it.");
  }
  return new Parser(text).whole();
}

/** A query as text. */
export function shown(node: Node, inside = false): string {
  switch (node.kind) {
    case "word":
      return quoted(node.text);
    case "test": {
      const values = node.values.map((value) => (value === null ? "none" : quoted(value)));
      return node.op === "in" ? `${node.field} in (${values.join(", ")})` : `${node.field} ${node.op} ${values[0]}`;
    }
    case "not":
      return `NOT ${shown(node.part, true)}`;
    default: {
      const joined = node.parts.map((part) => shown(part, true)).join(node.kind === "any" ? " OR " : " ");
      return inside ? `(${joined})` : joined;
    }
  }
}

interface Part {
  node: Node;
  finds: Predicate;
}

/** Recursive descent; each rule gives its part of the tree and the test it stands for. */
class Parser {
  private readonly tokens: readonly Token[];
  private readonly end: Token;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.tokens = tokens(text);
    this.end = { kind: "end", text: "", position: text.length };
  }

  whole(): Query {
    if (this.peek().kind === "end") return EVERYTHING;
    const found = this.either();
    const token = this.peek();
    if (token.kind !== "end") {
      throw new QueryError(token.position, `\`${token.text}\` is not expected here.`, unexpected(token));
    }
    return found;
  }

  private peek(ahead = 0): Token {
    return this.tokens[this.at + ahead] ?? this.end;
  }

  private take(): Token {
    const token = this.peek();
    this.at += 1;
    return token;
  }

  private isKeyword(name: string): boolean {
    const token = this.peek();
    return token.kind === "bare" && token.text === name;
  }

  private either(): Part {
    const parts = [this.both()];
    while (this.isKeyword("OR")) {
      this.take();
      parts.push(this.both());
    }
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) return only;
    const tests = parts.map(({ finds }) => finds);
    return { node: joined("any", parts), finds: (entry, now) => tests.some((test) => test(entry, now)) };
  }

  private both(): Part {
    const parts = [this.not()];
    while (this.isKeyword("AND") || this.begins()) {
      if (this.isKeyword("AND")) this.take();
      parts.push(this.not());
    }
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) return only;
    const tests = parts.map(({ finds }) => finds);
    return { node: joined("all", parts), finds: (entry, now) => tests.every((test) => test(entry, now)) };
  }

  private begins(): boolean {
    const { kind, text } = this.peek();
    return kind === "quoted" || text === "(" || (kind === "bare" && text !== "AND" && text !== "OR");
  }

  private not(): Part {
    const token = this.peek();
    this.depth += 1;
    if (this.depth > DEEPEST) {
      throw new QueryError(token.position, `Parts are at most ${DEEPEST} deep.`, "Write it flatter.");
    }
    const found = this.isKeyword("NOT") ? this.negated() : this.part();
    this.depth -= 1;
    return found;
  }

  private negated(): Part {
    this.take();
    const { node, finds } = this.not();
    return { node: { kind: "not", part: node }, finds: (entry, now) => !finds(entry, now) };
  }

  private part(): Part {
    const token = this.take();
    if (token.kind === "sign" && token.text === "(") return this.grouped(token);
    if (token.kind === "quoted" && this.peek().kind === "op") {
      throw new QueryError(token.position, "A field is written without quotes.", `Write ${token.text} alone.`);
    }
    const isWord = token.kind === "bare" && !KEYWORDS.includes(token.text);
    if (isWord) {
      const following = this.peek();
      if (following.kind === "op") return this.compared(token);
      const isIn = following.kind === "bare" && following.text.toLowerCase() === "in";
      if (isIn && this.peek(1).text === "(") return this.listed(token);
      const [colon, name = "", value = ""] = COLON.exec(token.text) ?? [];
      if (colon !== undefined) this.refuseColon(token, name, value);
    }
    if (token.kind === "quoted" || isWord) {
      return { node: { kind: "word", text: token.text }, finds: word(token.text) };
    }
    if (token.kind === "end") {
      throw new QueryError(token.position, "The query ends too early.", "Write a word or a test such as cost < 1.");
    }
    throw new QueryError(token.position, `\`${token.text}\` is not expected here.`, unexpected(token));
  }

  private grouped(opened: Token): Part {
    const found = this.either();
    if (this.take().text !== ")") {
      throw new QueryError(opened.position, "This parenthesis is never closed.", "Add `)`.");
    }
    return found;
  }

  private compared(name: Token): Part {
    const field = known(name);
    const op = this.take();
    const value = this.value(`after \`${op.text}\``);
    const finds = comparison(field, op, value);
    return {
      node: { kind: "test", field: name.text.toLowerCase(), op: op.text, values: [writtenValue(value)] },
      finds,
    };
  }

  private listed(name: Token): Part {
    const field = known(name);
    this.take();
    const opened = this.take();
    const equal: Token = { kind: "op", text: "=", position: opened.position };
    const values = [this.value("in the list")];
    while (this.peek().kind === "sign" && this.peek().text === ",") {
      this.take();
      values.push(this.value("in the list"));
    }
    if (values.length > MOST_VALUES) {
      throw new QueryError(opened.position, `A list has at most ${MOST_VALUES} values.`, "Use a pattern (~) instead.");
    }
    const closed = this.take();
    if (closed.kind !== "sign" || closed.text !== ")") {
      throw new QueryError(closed.position, "The list is not closed here.", "Write a comma or `)`.");
    }
    const tests = values.map((value) => comparison(field, equal, value));
    const node: Test = { kind: "test", field: name.text.toLowerCase(), op: "in", values: values.map(writtenValue) };
    return { node, finds: (entry, now) => tests.some((test) => test(entry, now)) };
  }

  /** `tag:first` and `tag: first`: as words they would find nothing, and nobody would know why. */
  private refuseColon(token: Token, name: string, direct: string): void {
    const [field, following] = [fieldOf(name), this.peek()];
    if (field === null && direct === "") return; // "second try: wider"
    if (field === null) {
      throw new QueryError(token.position, `There is no field \`${name}\`.`, `${near(name)} ${AS_TEXT}`);
    }
    const isNext = direct === "" && (following.kind === "bare" || following.kind === "quoted");
    const value = isNext ? following.text : direct;
    const tests = field.kind === "text" && field.choices.length === 0 ? ["=", "~"] : ["="];
    const written = tests.map((op) => `${name.toLowerCase()} ${op} ${value === "" ? "…" : quoted(value)}`);
    const remedy = `Write ${written.join(" or ")}. ${AS_TEXT}`;
    throw new QueryError(token.position + name.length, "`:` compares nothing.", remedy);
  }

  private value(where: string): Token {
    const token = this.take();
    if (token.kind !== "bare" && token.kind !== "quoted") {
      throw new QueryError(token.position, `A value is missing ${where}.`, 'Write one; with spaces in quotes: "a b".');
    }
    return token;
  }
}

/** (a b) c is a b c. */
function joined(kind: "all" | "any", parts: readonly Part[]): Node {
  return { kind, parts: parts.flatMap(({ node }) => (node.kind === kind ? node.parts : [node])) };
}

function known(name: Token): Field {
  const field = fieldOf(name.text);
  if (field === null) throw new QueryError(name.position, `There is no field \`${name.text}\`.`, near(name.text));
  return field;
}

function unexpected(token: Token): string {
  if (token.kind === "op") {
    return `A test is a field, \`${token.text}\` and a value, as in cost < 1; put the sign in quotes to search for it.`;
  }
  if (KEYWORDS.includes(token.text)) {
    return `${token.text} stands between two parts; write "${token.text}" to search for the word.`;
  }
  return "Take it away, or put it in quotes.";
}
