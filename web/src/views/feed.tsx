import type { ComponentChildren } from "preact";
import { type Feed, nothingKnown } from "../model/common/feed";
import { Failed, Loading, Offline, PageHead } from "./parts";

interface FeedProps<T> {
  feed: Feed<T>;
  /** `the statistics`: of "Loading the statistics…" and "The statistics could not be read". */
  what: string;
  onRetry: () => void;
  children: (value: T, fresh: boolean) => ComponentChildren;
}

/** What a live read shows, whatever state it is in; the head of a page says when it is offline, so parts do not. */
export function FeedView<T>({ feed, what, onRetry, children }: FeedProps<T>) {
  if (feed.status === "loading") return <Loading what={what} />;
  if (feed.status === "failed") {
    const title = `${what.charAt(0).toUpperCase()}${what.slice(1)} could not be read`;
    return <Failed title={title} error={feed.error} onRetry={onRetry} />;
  }
  if (nothingKnown(feed)) return <p class="faint">Not known while the server cannot be reached.</p>;
  return <>{children(feed.value, feed.fresh)}</>;
}

interface PageFeedProps<T> extends FeedProps<T> {
  /** The page's heading until its content brings one; null: it stands around this already. */
  title: string | null;
}

/**
 * The same for the main content of a page, with a word above it while the server cannot be reached. What was never
 * read is not called missing then.
 */
export function PageFeedView<T>({ title, ...props }: PageFeedProps<T>) {
  const { feed } = props;
  const unknown = nothingKnown(feed);
  const head = title !== null && (unknown || feed.status !== "ready");
  return (
    <>
      {feed.status === "ready" && !feed.fresh && <Offline />}
      {head && <PageHead title={title} loading={feed.status === "loading"} />}
      {!unknown && <FeedView {...props} />}
    </>
  );
}
