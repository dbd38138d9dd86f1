import { useEffect, useRef } from "preact/hooks";
import type { ActionWords } from "../model/actions";
import { type Action, type ActionKind, actionsOf, actionWords } from "../model/actions";
import { errorWords, type FeedError } from "../model/feed";
import type { User } from "../model/roles";
import { clonePath } from "../model/routes";
import { isLive, type Run, type Time } from "../model/run";
import { When } from "./parts";

/** Where an action stands: what was asked, what was sent, what came of it. */
export type ActionState =
  | { step: "idle" }
  | { step: "asked" | "sending"; kind: ActionKind }
  | { step: "failed"; kind: ActionKind; error: FeedError };

interface ActionsProps {
  run: Run;
  user: User;
  state: ActionState;
  fresh: boolean;
  now: Time;
  onAsk: (kind: ActionKind) => void;
  onKeep: () => void;
  onConfirm: (kind: ActionKind) => void;
}

/** What may be done with this experiment: one press to ask, one to confirm. */
export function ActionsView({ run, user, state, fresh, now, onAsk, onKeep, onConfirm }: ActionsProps) {
  const actions = actionsOf(run, user);
  const asked = state.step === "asked" ? actions.find(({ kind }) => kind === state.kind) : undefined;
  const group = useRef<HTMLDivElement>(null);
  const before = useRef<ActionKind | null>(null);
  useEffect(() => {
    if (asked === undefined && before.current !== null) {
      group.current?.querySelector<HTMLElement>(`[data-action="${before.current}"]`)?.focus();
    }
    before.current = asked?.kind ?? null;
  }, [asked?.kind]);
  if (asked !== undefined) {
    return <Asked action={asked} run={run} onKeep={onKeep} onConfirm={() => onConfirm(asked.kind)} />;
  }
  return (
    <div class="actions" ref={group}>
      {isLive(run) && run.cancel !== null && (
        <p class="faint">
          Cancel requested <When time={run.cancel.requestedAt} now={now} />
        </p>
      )}
      {state.step === "failed" && <RefusedView error={state.error} what={REFUSED[state.kind]} />}
      {state.step === "sending" && !fresh && <Unsent />}
      {actions.map(({ kind }) => (
        <ActionButton
          key={kind}
          kind={kind}
          run={run}
          sending={state.step === "sending" ? state.kind : null}
          onAsk={onAsk}
        />
      ))}
    </div>
  );
}

const REFUSED: Record<ActionKind, string> = {
  cancel: "cancel this experiment",
  rerun: "start experiments",
  clone: "start experiments",
  delete: "delete this experiment",
};

interface ButtonProps {
  kind: ActionKind;
  run: Run;
  sending: ActionKind | null;
  onAsk: (kind: ActionKind) => void;
}

function ActionButton({ kind, run, sending, onAsk }: ButtonProps) {
  const words = actionWords(kind, run);
  if (kind === "clone") {
    return (
      <a class="button" href={clonePath(run.id)}>
        {words.button}
      </a>
    );
  }
  return (
    <button type="button" data-action={kind} disabled={sending !== null} onClick={() => onAsk(kind)}>
      {sending === kind ? words.sending : words.button}
    </button>
  );
}

interface AskedProps {
  action: Action;
  run: Run;
  onKeep: () => void;
  onConfirm: () => void;
}

function Asked({ action, run, onKeep, onConfirm }: AskedProps) {
  const words = actionWords(action.kind, run);
  if (action.blocked === null) return <AskView words={words} onKeep={onKeep} onConfirm={onConfirm} />;
  return <AskView words={{ ...words, ask: action.blocked, keep: "Close" }} onKeep={onKeep} onConfirm={null} />;
}

interface AskProps {
  words: ActionWords;
  onKeep: () => void;
  /** Null when there is nothing to confirm: the words say why. */
  onConfirm: (() => void) | null;
}

/** A question in the place of the button that raised it. The harmless answer has the focus; Escape gives it. */
export function AskView({ words, onKeep, onConfirm }: AskProps) {
  const safe = useRef<HTMLButtonElement>(null);
  useEffect(() => safe.current?.focus(), []);
  const leave = (event: KeyboardEvent) => {
    if (event.key === "Escape") onKeep();
  };
  return (
    <fieldset class="actions asked" onKeyDown={leave}>
      <legend class="visually-hidden">{words.button}?</legend>
      <p>{words.ask}</p>
      {onConfirm !== null && (
        <button type="button" class={words.danger ? "danger" : "primary"} onClick={onConfirm}>
          {words.confirm}
        </button>
      )}
      <button type="button" ref={safe} onClick={onKeep}>
        {words.keep}
      </button>
    </fieldset>
  );
}

/** Why something was not done; `what` completes "You may not". */
export function RefusedView({ error, what }: { error: FeedError; what: string }) {
  const { problem, remedy } =
    error.kind === "permission"
      ? { problem: `You may not ${what}.`, remedy: "Ask an administrator of the project." }
      : errorWords(error);
  return (
    <p class="error-text" role="alert">
      {problem} {remedy}
    </p>
  );
}

export function Unsent() {
  return (
    <p class="faint" role="status">
      Not connected: it is sent as soon as the server is reached. Keep this page open.
    </p>
  );
}
