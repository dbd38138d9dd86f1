/** Failures of reads and writes, sorted by what a person can do about them. */
import type { FeedError } from "../model/common/feed";
import { isFields, text } from "./fields";

const CONNECTION = ["unavailable", "deadline-exceeded", "auth/network-request-failed"];
const PERMISSION = ["permission-denied", "unauthenticated"];

export function toFeedError(error: unknown): FeedError {
  const code = isFields(error) ? text(error.code) : "";
  const message = error instanceof Error ? error.message : String(error);
  if (PERMISSION.includes(code)) return { kind: "permission", message };
  return { kind: CONNECTION.includes(code) ? "connection" : "other", message };
}
