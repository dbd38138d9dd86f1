/** Panels of the dashboard: each is read when it is scrolled into view, and says in what state it is. */
import type { ComponentChildren, RefObject } from "preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { watchPart, watchParts } from "../../data/insights";
import type { Row } from "../../model/common/export";
import type { Feed } from "../../model/common/feed";
import { groupRuns, type Measured } from "../../model/dashboard/heatmap";
import type { Freshness } from "../../model/dashboard/insights";
import type { Time } from "../../model/run/run";
import { NothingYet, Panel } from "../../views/dashboard/panel";
import { FeedView } from "../../views/feed";
import type { Context } from "../context";
import { type Start, useFeed } from "../hooks";
import { useIndex } from "../use_index";

export interface PanelBase {
  app: Context;
  id: string;
  title: string;
  freshness: Freshness;
  now: Time;
  /** Without its ending. */
  file?: string;
}

interface PartPanelProps<T> extends PanelBase {
  insights: string;
  part: string;
  read: (json: unknown) => T;
  rows?: (value: T) => Row[];
  /** Whether it has something to say; else `nothing` is said. */
  has?: (value: T) => boolean;
  nothing: ComponentChildren;
  children: (value: T) => ComponentChildren;
}

/** A panel of one part of a read model. */
export function PartPanel<T>({ insights, part, read, children, ...rest }: PartPanelProps<T>) {
  const [place, seen] = useSeen();
  const [feed, retry] = usePart(rest.app, seen ? insights : null, part, read);
  return (
    <FeedPanel {...rest} {...{ place, feed, retry }}>
      {children}
    </FeedPanel>
  );
}

interface PagesPanelProps<T> extends Omit<PartPanelProps<T>, "part"> {
  parts: readonly string[];
  join: (pages: T[]) => T;
}

/** A panel of a part that goes on in others. */
export function PagesPanel<T>({ insights, parts, read, join, children, ...rest }: PagesPanelProps<T>) {
  const [place, seen] = useSeen();
  const key = parts.join();
  const start = useCallback<Start<T | null>>(
    (onValue, onError) =>
      watchParts(
        rest.app.db,
        insights,
        key.split(","),
        read,
        (pages, fresh) => onValue(pages.length === 0 ? null : join(pages), fresh),
        onError,
      ),
    [rest.app.db, insights, key, read, join],
  );
  const [feed, retry] = useFeed(seen ? start : null);
  return (
    <FeedPanel {...rest} {...{ place, feed, retry }}>
      {children}
    </FeedPanel>
  );
}

interface FeedPanelProps<T> extends PanelBase {
  place: RefObject<HTMLElement | null>;
  feed: Feed<T | null>;
  retry: () => void;
  rows?: (value: T) => Row[];
  has?: (value: T) => boolean;
  nothing: ComponentChildren;
  children: (value: T) => ComponentChildren;
}

export function FeedPanel<T>({
  feed,
  retry,
  place,
  title,
  rows,
  has,
  nothing,
  children,
  app: _,
  ...rest
}: FeedPanelProps<T>) {
  const value = feed.status === "ready" ? feed.value : null;
  const told = value !== null && (has?.(value) ?? true) ? value : null;
  return (
    <Panel
      {...rest}
      title={title}
      place={place}
      rows={rows === undefined || told === null ? undefined : () => rows(told)}
    >
      <div class={feed.status === "loading" ? "dash-waiting" : undefined}>
        <FeedView feed={feed} what={title.toLowerCase()} onRetry={retry}>
          {(found) => (found === null || told === null ? <NothingYet>{nothing}</NothingYet> : children(told))}
        </FeedView>
      </div>
    </Panel>
  );
}

interface IndexPanelProps extends PanelBase {
  protocol: string;
  samplePercent: number;
  modelType: string | null;
  rows?: (runs: readonly Measured[]) => Row[];
  nothing: ComponentChildren;
  children: (runs: readonly Measured[]) => ComponentChildren;
}

/** A panel that is computed here, from what the index keeps of the runs of one fidelity group. */
export function IndexPanel({ protocol, samplePercent, modelType, ...rest }: IndexPanelProps) {
  const [place, seen] = useSeen();
  return seen ? (
    <SeenIndexPanel {...rest} {...{ place, protocol, samplePercent, modelType }} />
  ) : (
    <FeedPanel {...rest} {...{ place }} feed={{ status: "loading" }} retry={() => undefined} />
  );
}

function SeenIndexPanel({
  place,
  protocol,
  samplePercent,
  modelType,
  ...rest
}: IndexPanelProps & { place: RefObject<HTMLElement | null> }) {
  const [feed, retry] = useGroupRuns(rest.app, protocol, samplePercent, modelType);
  return <FeedPanel {...rest} {...{ place, feed, retry }} has={(runs) => runs.length > 0} />;
}

/** The finished runs of a fidelity group; loading until all of the index is there. */
export function useGroupRuns(
  app: Context,
  protocol: string,
  samplePercent: number,
  modelType: string | null,
): [Feed<readonly Measured[]>, () => void] {
  const [index, retry] = useIndex(app.db, app.endpoint);
  const feed = useMemo((): Feed<readonly Measured[]> => {
    if (index.status !== "ready") return index;
    if (!index.value.complete) return { status: "loading" };
    return { ...index, value: groupRuns<Measured>(index.value.entries, protocol, samplePercent, modelType) };
  }, [index, protocol, samplePercent, modelType]);
  return [feed, retry];
}

/** A part of a read model; nothing while `insights` is null. */
export function usePart<T>(
  { db }: Context,
  insights: string | null,
  part: string,
  read: (json: unknown) => T,
): [Feed<T | null>, () => void] {
  const start = useCallback<Start<T | null>>(
    (onValue, onError) => watchPart(db, insights ?? "", part, read, onValue, onError),
    [db, insights, part, read],
  );
  return useFeed(insights === null ? null : start);
}

/** Whether an element has been near the window once. */
export function useSeen(): [RefObject<HTMLElement | null>, boolean] {
  const place = useRef<HTMLElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (seen || place.current === null) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && setSeen(true),
      { rootMargin: "300px" },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [seen]);
  return [place, seen];
}
