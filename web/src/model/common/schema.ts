/**
 * What a field of a document may hold, by the JSON Schema of shared/documents.py (`documents.json` is its copy, S0.3).
 * Forms take their ranges, choices, defaults and first mistakes from here; whatever needs more than one field is said by
 * the service.
 */
import documents from "../copies/documents.json";
import type { Value } from "../run/run";
import { count } from "./format";

interface Node {
  type?: string;
  const?: Value;
  enum?: Value[];
  default?: Value;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  items?: Node;
  anyOf?: Node[];
  $ref?: string;
  properties?: Record<string, Node>;
  required?: string[];
}

/** One field. `words`: what may stand there besides a number or a text; `optional`: it may be left empty. */
export interface Limits {
  kind: "whole" | "number" | "text" | "flag" | "choice" | "list" | "group";
  low: number | null;
  high: number | null;
  /** Whether `low` and `high` themselves are outside. */
  open: { low: boolean; high: boolean };
  longest: number | null;
  pattern: RegExp | null;
  words: string[];
  optional: boolean;
  /** undefined: it must be written. */
  default: Value | undefined;
}

const NODES = documents as unknown as Record<string, Node>;

/** The limits of a field: `limitsOf("Experiment", "epochs")`, `limitsOf("Scann", "num_leaves")`. */
export function limitsOf(part: string, field: string): Limits {
  return limitsOfNode(nodeOf(part, field));
}

/** The limits of each item of a list: `itemLimitsOf("Experiment", "tags")`. */
export function itemLimitsOf(part: string, field: string): Limits {
  const { items } = nodeOf(part, field);
  if (items === undefined) throw new Error(`${part}.${field} is no list`);
  return limitsOfNode(items);
}

function nodeOf(part: string, field: string): Node {
  const node = NODES[part]?.properties?.[field];
  if (node === undefined) throw new Error(`${part} has no field ${field}`);
  return node;
}

function limitsOfNode(node: Node): Limits {
  const kinds = (node.anyOf ?? [node]).map(resolved);
  const main = kinds.find(({ type }) => type !== "null" && type !== undefined) ?? kinds[0] ?? {};
  const words = kinds.flatMap((kind) => (kind.const !== undefined ? [kind.const] : (kind.enum ?? []))).map(String);
  return {
    kind: kindOf(main),
    low: main.minimum ?? main.exclusiveMinimum ?? main.minItems ?? null,
    high: main.maximum ?? main.exclusiveMaximum ?? main.maxItems ?? null,
    open: { low: main.exclusiveMinimum !== undefined, high: main.exclusiveMaximum !== undefined },
    longest: main.maxLength ?? null,
    pattern: main.pattern === undefined ? null : new RegExp(main.pattern, "u"),
    words,
    optional: kinds.some(({ type }) => type === "null"),
    default: node.default,
  };
}

/** The fields of a document or of a part of one, in its order. */
export function fieldsOf(part: string): string[] {
  return Object.keys(NODES[part]?.properties ?? {});
}

/** The choices of a field that is one of some words. */
export function wordsOf(part: string, field: string): string[] {
  return limitsOf(part, field).words;
}

/** `1 to 500`, `above 0 to 0.9`, `64 to 65,536 or auto`; empty for what has no range. */
export function rangeWords({ low, high, open, words, longest }: Limits): string {
  if (low === null || high === null) return longest === null ? "" : `at most ${count(longest)} characters`;
  const range = `${open.low ? "above " : ""}${numeral(low)} ${open.high ? "to below" : "to"} ${numeral(high)}`;
  return [range, ...words].join(" or ");
}

/** What is wrong with what stands in a field, in a sentence; null for what may stand there. */
export function mistakeOf(limits: Limits, text: string): string | null {
  const written = text.trim();
  if (limits.words.includes(written)) return null;
  if (written === "") return limits.optional || limits.default !== undefined ? null : "It must be filled in.";
  switch (limits.kind) {
    case "whole":
    case "number":
      return numberMistake(limits, written);
    case "choice":
      return `There is no ${written}. Choose ${limits.words.join(", ")}.`;
    case "text":
      return textMistake(limits, text);
    default:
      return null;
  }
}

/** What a field that holds a number means: the number, the word, or undefined for what is left to its default. */
export function contentOf(limits: Limits, text: string): Value | undefined {
  const written = text.trim();
  if (written === "") return undefined;
  return (limits.kind === "whole" || limits.kind === "number") && NUMBER.test(written) ? Number(written) : written;
}

const NUMBER = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function numberMistake(limits: Limits, written: string): string | null {
  const { low, high, open, kind, words, optional } = limits;
  const value = NUMBER.test(written) ? Number(written) : Number.NaN;
  const above = low === null || (open.low ? value > low : value >= low);
  const below = high === null || (open.high ? value < high : value <= high);
  if (Number.isFinite(value) && above && below && (kind === "number" || Number.isInteger(value))) return null;
  const range = rangeWords({ ...limits, words: [] });
  const asked = `Write a ${kind === "whole" ? "whole " : ""}number${range === "" ? "" : `, ${range}`}`;
  return `${[asked, ...words.map((word) => `write ${word}`), ...(optional ? ["leave it empty"] : [])].join(", or ")}.`;
}

function textMistake({ longest, pattern }: Limits, text: string): string | null {
  const length = [...text].length;
  if (longest !== null && length > longest)
    return `It has ${count(length)} characters. Shorten it to ${count(longest)}.`;
  return pattern === null || pattern.test(text) ? null : "It has characters that may not stand here.";
}

function resolved(node: Node): Node {
  const name = node.$ref?.split("/").at(-1);
  return name === undefined ? node : { ...(NODES[name] ?? {}), type: NODES[name]?.type ?? "object" };
}

function kindOf({ type, enum: choices, const: only }: Node): Limits["kind"] {
  if (choices !== undefined || only !== undefined) return "choice";
  const kinds = { integer: "whole", number: "number", string: "text", boolean: "flag", array: "list" } as const;
  return (kinds as Record<string, Limits["kind"]>)[type ?? ""] ?? "group";
}

function numeral(value: number): string {
  return Math.abs(value) < 1 ? String(value) : count(value);
}
