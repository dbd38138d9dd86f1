import { useCallback, useRef, useState } from "preact/hooks";
import { toFeedError } from "../../data/errors";
import { startSuggestion, watchStarted, watchSuggestions } from "../../data/suggestions";
import { latest } from "../../model/common/feed";
import { newExperimentId } from "../../model/common/ids";
import { mayEdit } from "../../model/common/roles";
import {
  type Suggestion,
  type Suggestions,
  sameAs,
  startProblem,
  suggestionRows,
} from "../../model/dashboard/suggestions";
import { type StartState, SuggestionsView } from "../../views/dashboard/suggestions";
import type { Context } from "../context";
import { type Start, useFeed } from "../hooks";
import { FeedPanel, type PanelBase, useSeen } from "./panels";

interface SuggestionsPanelProps extends PanelBase {
  insights: string;
  samplePercent: number;
}

/** What to run next; one press shows what it costs, a second one starts it. */
export function SuggestionsPanel({ insights, samplePercent, ...rest }: SuggestionsPanelProps) {
  const { db, user } = rest.app;
  const [place, seen] = useSeen();
  const start = useCallback<Start<Suggestions | null>>(
    (...on) => watchSuggestions(db, insights, ...on),
    [db, insights],
  );
  const [feed, retry] = useFeed(seen ? start : null);
  const suggestions = latest(feed);
  const started = useStarted(rest.app, suggestions);
  const ids = useRef(new Map<string, string>()); // of one experiment each, however often it is sent
  const [states, setStates] = useState<ReadonlyMap<string, StartState>>(new Map());
  const put = (key: string, state: StartState | null) =>
    setStates((before) => {
      const next = new Map(before);
      if (state === null) next.delete(key);
      else next.set(key, state);
      return next;
    });
  const send = (suggestion: Suggestion) => {
    const { key } = suggestion;
    const id = ids.current.get(key) ?? newExperimentId(Date.now());
    ids.current.set(key, id);
    put(key, { step: "sending" });
    startSuggestion(db, suggestion, id, user.uid).then(
      () => put(key, { step: "started", experiment: id }),
      (error) => put(key, { step: "failed", error: toFeedError(error) }),
    );
  };
  return (
    <FeedPanel
      {...rest}
      {...{ place, feed, retry }}
      rows={suggestionRows}
      has={(found) => found.groups.length > 0}
      nothing="Nothing has been suggested yet. Suggestions are made as soon as a run of this protocol has ended."
    >
      {(found) => (
        <SuggestionsView
          suggestions={found}
          samplePercent={samplePercent}
          states={states}
          problem={(suggestion) =>
            startProblem(suggestion, {
              mayEdit: mayEdit(user.role),
              started: started.has(sameAs(suggestion.experiment)),
              budgetLeftUsd: found.budgetLeftUsd,
            })
          }
          onAsk={(suggestion) => put(suggestion.key, { step: "asking" })}
          onStart={send}
          onLeave={(suggestion) => put(suggestion.key, null)}
        />
      )}
    </FeedPanel>
  );
}

/** What was started of these suggestions already, by anybody. */
function useStarted({ db }: Context, suggestions: Suggestions | null): ReadonlySet<string> {
  const items = suggestions?.groups.flatMap((group) => group.items) ?? [];
  const bases = [...new Set(items.map((item) => item.base))].sort().join();
  const start = useCallback<Start<ReadonlySet<string>>>(
    (...on) => watchStarted(db, bases.split(","), ...on),
    [db, bases],
  );
  const [feed] = useFeed(bases === "" ? null : start);
  return latest(feed) ?? NOTHING;
}

const NOTHING: ReadonlySet<string> = new Set();
