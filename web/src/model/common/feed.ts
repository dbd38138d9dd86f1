/** What a view is told about a live read: every state has a look of its own. */

export interface FeedError {
  kind: "permission" | "connection" | "code" | "other";
  message: string;
}

export type Feed<T> =
  | { status: "loading" }
  | {
      status: "ready";
      value: T;
      /** false while the server cannot be reached */
      fresh: boolean;
      /** Whether the server was never reached, so that `value` says nothing. */
      unread?: boolean;
    }
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
    case "code":
      return { problem: "Its code could not be fetched: the page was renewed, or you are offline.", remedy: "" };
    default:
      return { problem: sentence(error.message), remedy: "Try again; if it stays, report this sentence." };
  }
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** What a live read has become; what is found nowhere while the server was never reached is not known to be missing. */
export function nextFeed<T>(before: Feed<T>, value: T, fresh: boolean): Feed<T> {
  const reached = fresh || (before.status === "ready" && !before.unread);
  const nothing = value === null || (Array.isArray(value) && value.length === 0);
  return { status: "ready", value, fresh, unread: !reached && nothing };
}

/** Whether the server could not be asked, and nothing is known from before. */
export function nothingKnown(feed: Feed<unknown>): boolean {
  return feed.status === "ready" && feed.unread === true;
}

/** Of several feeds that a view needs: the first failure, else loading until all are ready; not fresh if one is not. */
export function together<T extends readonly Feed<unknown>[]>(
  ...feeds: T
): Feed<{ [K in keyof T]: T[K] extends Feed<infer V> ? V : never }> {
  const failed = feeds.find((feed) => feed.status === "failed");
  if (failed !== undefined) return failed as { status: "failed"; error: FeedError };
  const values = feeds.flatMap((feed) => (feed.status === "ready" ? [feed] : []));
  if (values.length < feeds.length) return { status: "loading" };
  const value = values.map((feed) => feed.value) as { [K in keyof T]: T[K] extends Feed<infer V> ? V : never };
  return { status: "ready", value, fresh: values.every((feed) => feed.fresh), unread: values.some(nothingKnown) };
}
