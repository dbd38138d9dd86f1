/** What a panel shows of something that a stage makes: that it is not there yet, why it never will be, or it. */
import type { ComponentChildren } from "preact";
import type { Feed } from "../../model/common/feed";
import { insightState } from "../../model/data/insight_state";
import type { Run } from "../../model/run/run";
import { FeedView } from "../feed";
import { StateIcon } from "../icons";
import { Prose } from "../parts";

interface StagePanelProps<T> {
  run: Run;
  /** `statistics` or `schema`, as the run marks them; `results` for what comes with the result. */
  kind: "statistics" | "schema" | "results";
  feed: Feed<T | null>;
  /** `the statistics` */
  what: string;
  onRetry: () => void;
  children: (value: T) => ComponentChildren;
}

/** Live: the panel fills as soon as its stage has ended. */
export function StagePanel<T>({ run, kind, feed, what, onRetry, children }: StagePanelProps<T>) {
  const state = insightState(run, kind);
  if (state.step !== "there") {
    return (
      <div class={`notice ${state.step === "failed" ? "notice-failed" : "notice-waiting"}`} role="status">
        <p>
          <StateIcon icon={state.icon} /> <Prose text={state.words} />
        </p>
      </div>
    );
  }
  return (
    <FeedView feed={feed} what={what} onRetry={onRetry}>
      {(value) => (value === null ? <p class="faint">They are being written.</p> : children(value))}
    </FeedView>
  );
}
