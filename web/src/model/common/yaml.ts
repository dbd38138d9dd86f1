/** Documents as YAML, as the command line reads and writes them: groups and lists of single values stand in one line. */
import type { Group, Value } from "../run/run";

const PLAIN = /^[\p{L}_][\p{L}\p{N}_./@()×+ -]*$/u; // neither a number, nor punctuation that means something in YAML
const WORDS = new Set(["true", "false", "null", "yes", "no", "on", "off", "y", "n"]); // not the texts that they look like

export function asYaml(document: Group): string {
  return block(document, "");
}

function block(group: Group, indent: string): string {
  return Object.entries(group)
    .map(([key, value]) => `${indent}${scalar(key)}:${entry(value, indent)}`)
    .join("");
}

function entry(value: Value, indent: string): string {
  if (!isNested(value)) return ` ${inline(value)}\n`;
  if (!Array.isArray(value)) return `\n${block(value, `${indent}  `)}`;
  return `\n${value.map((item) => `${indent}- ${listed(item, `${indent}  `)}`).join("")}`;
}

function listed(item: Value, indent: string): string {
  if (!isNested(item)) return `${inline(item)}\n`;
  if (Array.isArray(item)) return `\n${item.map((each) => `${indent}- ${listed(each, `${indent}  `)}`).join("")}`;
  return block(item, indent).slice(indent.length);
}

/** Whether it holds groups or lists that hold something themselves. */
function isNested(value: Value): value is Value[] | Group {
  if (value === null || typeof value !== "object") return false;
  return Object.values(value).some((inner) => inner !== null && typeof inner === "object");
}

function inline(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    return `{${Object.entries(value)
      .map(([key, inner]) => `${scalar(key)}: ${inline(inner)}`)
      .join(", ")}}`;
  }
  if (typeof value === "string") return scalar(value);
  // YAML 1.1 takes an exponent for a number only after a point: 1.0e-7
  return String(value).replace(/^(-?\d+)e/, "$1.0e");
}

/** A JSON text is a YAML text, too. */
function scalar(text: string): string {
  const plain = PLAIN.test(text) && !text.endsWith(" ") && !WORDS.has(text.toLowerCase());
  return plain ? text : JSON.stringify(text);
}
