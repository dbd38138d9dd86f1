import { errorWords, type FeedError } from "../model/feed";
import { isLive, type Run, type Time } from "../model/run";
import { When } from "./parts";

export type CancelState = { step: "idle" | "confirm" | "sending" } | { step: "failed"; error: FeedError };

interface CancelProps {
  run: Run;
  cancel: CancelState;
  now: Time;
  onAsk: () => void;
  onKeep: () => void;
  onConfirm: () => void;
}

/** Stops a live experiment: one press to ask, one to confirm, because what was computed is lost. */
export function CancelView({ run, cancel, now, onAsk, onKeep, onConfirm }: CancelProps) {
  if (!isLive(run)) return null;
  if (run.cancelRequestedAt !== null) {
    return (
      <p class="cancel faint">
        Cancel requested <When time={run.cancelRequestedAt} now={now} />
      </p>
    );
  }
  if (cancel.step === "confirm") {
    return (
      <fieldset class="cancel">
        <legend class="visually-hidden">Stop this experiment?</legend>
        <span>What it computed is lost.</span>
        <button type="button" class="danger" onClick={onConfirm}>
          Stop it
        </button>
        <button type="button" onClick={onKeep}>
          Keep it
        </button>
      </fieldset>
    );
  }
  const sending = cancel.step === "sending";
  return (
    <div class="cancel">
      {cancel.step === "failed" && <CancelFailed error={cancel.error} />}
      <button type="button" disabled={sending} onClick={onAsk}>
        {sending ? "Requesting…" : "Cancel experiment"}
      </button>
    </div>
  );
}

function CancelFailed({ error }: { error: FeedError }) {
  const { problem, remedy } =
    error.kind === "permission"
      ? { problem: "You may not cancel this experiment.", remedy: "Ask its owner." }
      : errorWords(error);
  return (
    <p class="error-text" role="alert">
      {problem} {remedy}
    </p>
  );
}
