/** What a view is told about a live read: every state has a look of its own. */

export interface FeedError {
  kind: "permission" | "connection" | "other";
  message: string;
}

export type Feed<T> =
  | { status: "loading" }
  | { status: "ready"; value: T /** false while the server cannot be reached */; fresh: boolean }
  | { status: "failed"; error: FeedError };

export function latest<T>(feed: Feed<T>): T | null {
  return feed.status === "ready" ? feed.value : null;
}

/** One sentence that says what is wrong, and one that says what to do. */
export function errorWords(error: FeedError): { problem: string; remedy: string } {
  switch (error.kind) {
    case "permission":
      return { problem: "You may not read this.", remedy: "Ask an administrator of the project for access." };
    case "connection":
      return { problem: "The server cannot be reached.", remedy: "Check the connection; then try again." };
    default:
      return { problem: error.message, remedy: "Try again; if it stays, report this sentence." };
  }
}
