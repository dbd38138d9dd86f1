/** A form's content as a draft, and what the service says about it while it is being written. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { deleteDraft, newDraftId, watchDraftPart, watchDraftReport, writeDraft } from "../data/drafts";
import { toFeedError } from "../data/errors";
import { type Feed, type FeedError, latest } from "../model/common/feed";
import { mayEdit } from "../model/common/roles";
import { canonical, type DraftKind, type DraftReport } from "../model/configs/draft";
import type { Group } from "../model/run/run";
import type { Context } from "./context";
import { type Start, useFeed } from "./hooks";

const PAUSE_MS = 300; // between two keys of somebody who types

interface DraftOptions {
  /** The stored document that is being edited. */
  document?: string | null;
  featureConfig?: string | null;
  look?: boolean;
}

export interface DraftState {
  /** Of the draft, for its parts. */
  id: string;
  /** What was said last; it stays while a newer content is being looked at. */
  report: DraftReport | null;
  /** Whether the report is not about the newest content yet. */
  checking: boolean;
  /** Why nothing can be said: the draft could not be written, or its report not be read. */
  problem: FeedError | null;
}

/**
 * Writes `content` as a draft when the author pauses, and gives what the service says about it. Nothing is written
 * while `content` is null, nor for viewers, who may not.
 */
export function useDraft(app: Context, kind: DraftKind, content: Group | null, options: DraftOptions = {}): DraftState {
  const { db, user } = app;
  const [id] = useState(() => newDraftId(Date.now()));
  const [sent, setSent] = useState({ edit: 0, as: "" });
  const [problem, setProblem] = useState<FeedError | null>(null);
  const edits = useRef(0);
  const { document = null, featureConfig = null, look = false } = options;
  const wanted = content !== null && mayEdit(user.role);
  // as text, so that a form that makes its content anew at each rendering writes it once
  const as = wanted ? canonical({ content, document, featureConfig, look }) : "";

  useEffect(() => {
    if (as === "" || as === sent.as) return;
    const write = () => {
      const edit = ++edits.current;
      setSent({ edit, as });
      setProblem(null);
      const fail = (error: unknown) => edit === edits.current && setProblem(toFeedError(error));
      writeDraft(db, id, { kind, ...JSON.parse(as) }, edit, user.uid).catch(fail);
    };
    const timer = setTimeout(write, edits.current === 0 ? 0 : PAUSE_MS);
    return () => clearTimeout(timer);
  }, [db, id, kind, as, sent.as, user.uid]);

  useEffect(
    () => () => {
      if (edits.current > 0) deleteDraft(db, id).catch(() => undefined); // the sweep takes what is left here
    },
    [db, id],
  );

  const started = sent.edit > 0;
  const watch = useCallback<Start<DraftReport | null>>((...on) => watchDraftReport(db, id, ...on), [db, id]);
  const [feed] = useFeed(started ? watch : null);
  const report = useLast(latest(feed));
  return {
    id,
    report,
    checking: wanted && problem === null && (as !== sent.as || report?.edit !== sent.edit),
    problem: problem ?? silence(feed),
  };
}

/** Why a report says nothing new. */
function silence(feed: Feed<unknown>): FeedError | null {
  if (feed.status === "failed") return feed.error;
  return feed.status === "ready" && !feed.fresh ? { kind: "connection", message: "" } : null;
}

/** A larger piece of a draft's report by its name; null while there is none. */
export function useDraftPart(app: Context, draft: DraftState, part: string): Feed<Group | null> {
  const { db } = app;
  const watch = useCallback<Start<Group | null>>(
    (...on) => watchDraftPart(db, draft.id, part, ...on),
    [db, draft.id, part],
  );
  const [feed] = useFeed(draft.report === null ? null : watch);
  return feed;
}

/** The last that was known: a report that is being made says nothing. */
function useLast<T>(value: T | null): T | null {
  const last = useRef<T | null>(null);
  if (value !== null) last.current = value;
  return last.current;
}
