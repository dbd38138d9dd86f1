import type { Saved } from "../../data/configs";
import { errorWords } from "../../model/common/feed";

/** Why a save did not happen, and what to do. */
export function savedWords(saved: Exclude<Saved, { result: "saved" }>, what: string): string {
  switch (saved.result) {
    case "changed":
      return `Somebody else saved this ${what} meanwhile, so nothing was saved. Look at what they changed first.`;
    case "taken":
      return "This id was taken meanwhile. Choose another id.";
    case "gone":
      return `The ${what} was deleted meanwhile. Save it as a new one.`;
    case "failed":
      return refusal(saved.error.kind) ?? Object.values(errorWords(saved.error)).join(" ");
  }
}

function refusal(kind: string): string | null {
  if (kind === "permission")
    return "The service refused it: a field is missing or out of its range, or your role changed.";
  if (kind === "connection")
    return "The server cannot be reached. What you wrote stays in this browser; save it again later.";
  return null;
}
