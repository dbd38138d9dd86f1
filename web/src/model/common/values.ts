/** Readers of values that may be anything: what does not fit is empty or null. */
import type { Group, Value } from "../run/run";

export function group(value: Value | undefined): Group {
  return isGroup(value) ? value : {};
}

export function isGroup(value: Value | undefined): value is Group {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function list(value: Value | undefined): Value[] {
  return Array.isArray(value) ? value : [];
}

export function groups(value: Value | undefined): Group[] {
  return list(value).filter(isGroup);
}

export function texts(value: Value | undefined): string[] {
  return list(value).filter((each) => typeof each === "string");
}

export function textOf(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}

export function numberOf(value: Value | undefined): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** The same with one field changed; undefined takes it away. */
export function withField(content: Group, name: string, value: Value | undefined): Group {
  const { [name]: _, ...rest } = content;
  // where it was, so that a file reads the same before and after
  if (value !== undefined && name in content) return { ...content, [name]: value };
  return value === undefined ? rest : { ...rest, [name]: value };
}
