import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { errorWords, type FeedError } from "../../model/common/feed";
import type { User } from "../../model/common/roles";
import { newPath } from "../../model/common/routes";
import type { ActionWords } from "../../model/run/actions";
import { type Action, type ActionKind, actionsOf, actionWords } from "../../model/run/actions";
import { isLive, type Run, type Time } from "../../model/run/run";
import { When } from "../parts";

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

/** Gives the focus back to the button (`data-action`) whose question was answered; the ref is for what is around it. */
export function useFocusBack(asked: string | null): RefObject<HTMLDivElement | null> {
  const group = useRef<HTMLDivElement>(null);
  const before = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (asked === null && before.current !== null) {
      group.current?.querySelector<HTMLElement>(`[data-action="${before.current}"]`)?.focus();
    }
    before.current = asked;
  }, [asked]);
  return group;
}

interface Refusal {
  problem: string;
  remedy: string;
}

export const REFUSED_REQUEST: Refusal = {
  problem: "The server refused it.",
  remedy: "Reload the page, for your role may have changed; or the parent asks for what is not allowed any more.",
};

/** What may be done with this experiment: one press to ask, one to confirm. */
export function ActionsView({ run, user, state, fresh, now, onAsk, onKeep, onConfirm }: ActionsProps) {
  const actions = actionsOf(run, user);
  const asked = state.step === "asked" ? actions.find(({ kind }) => kind === state.kind) : undefined;
  const group = useFocusBack(asked?.kind ?? null);
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
      {state.step === "failed" && <RefusedView error={state.error} refused={REFUSED[state.kind]} />}
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

/** Why the rules may have refused it: what is written to stop or delete is always right, what is copied need not be. */
const REFUSED: Record<ActionKind, Refusal> = {
  cancel: { problem: "You may not cancel this experiment.", remedy: "Ask an administrator of the project." },
  delete: { problem: "You may not delete this experiment.", remedy: "Ask an administrator of the project." },
  rerun: REFUSED_REQUEST,
  clone: REFUSED_REQUEST,
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
      <a class="button" href={newPath({ parent: run.id })}>
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
  useLayoutEffect(() => safe.current?.focus(), []);
  const leave = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation(); // it has its answer: what listens once the question is gone, the selection say, stays
    onKeep();
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

/** Why something was not done; `refused` when it is the rules that said no. */
export function RefusedView({ error, refused }: { error: FeedError; refused: Refusal }) {
  const { problem, remedy } = error.kind === "permission" ? refused : errorWords(error);
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
