/** Readers of single fields. A field that is absent or of another type is null or empty, never a crash of the page. */
import type { Group, Problem, Time, Value } from "../model/run/run";

export type Fields = Record<string, unknown>;

export function fields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function textOrNull(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

export function numberOrNull(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** Null where a place holds no number. */
export function numbersOf(value: unknown): (number | null)[] {
  return Array.isArray(value) ? value.map(numberOrNull) : [];
}

/** Milliseconds of a Firestore timestamp, recognised by its method so that tests need no Firestore. Whole ones, as of
 * times that are texts: toMillis gives a fraction. */
export function timeOrNull(value: unknown): Time | null {
  if (!isFields(value) || typeof value.toMillis !== "function") return null;
  const millis = numberOrNull(value.toMillis());
  return millis === null ? null : Math.floor(millis);
}

export function oneOf<T extends string>(allowed: readonly T[], value: unknown, otherwise: T): T {
  return allowed.find((candidate) => candidate === value) ?? otherwise;
}

export function listOf<T>(value: unknown, read: (item: Fields) => T): T[] {
  return Array.isArray(value) ? value.filter(isFields).map(read) : [];
}

export function mapOf<T>(value: unknown, read: (item: unknown) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(fields(value)).map(([key, item]) => [key, read(item)]));
}

/** Any nested value without Firestore's own types: times become ISO texts. */
export function plain(value: unknown): Value {
  const time = timeOrNull(value);
  if (time !== null) return new Date(time).toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (isFields(value)) return mapOf(value, plain);
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}

export function groupOrNull(value: unknown): Group | null {
  return isFields(value) ? mapOf(value, plain) : null;
}

/** Of a report, or of a run that could not be prepared. */
export function toProblem(data: Fields): Problem {
  return {
    code: text(data.code),
    path: text(data.path),
    problem: text(data.problem),
    remedy: text(data.remedy),
    severity: oneOf(["error", "warning"] as const, data.severity, "error"),
  };
}
