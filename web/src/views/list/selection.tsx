import { errorWords, type FeedError } from "../../model/common/feed";
import { comparePath } from "../../model/common/routes";
import { type Bulk, bulkWords, experiments } from "../../model/run/actions";
import { AskView, Unsent, useFocusBack } from "../experiment/actions";

export type BulkKind = "cancel" | "delete";
export type BulkState =
  | { step: "idle" }
  | { step: "asked" | "sending"; kind: BulkKind }
  | { step: "failed"; kind: BulkKind; error: FeedError; number: number };

interface SelectionProps {
  /** Ids, in the order of the list. */
  chosen: readonly string[];
  bulk: Bulk;
  state: BulkState;
  fresh: boolean;
  onAsk: (kind: BulkKind) => void;
  onKeep: () => void;
  onConfirm: (kind: BulkKind) => void;
  onClear: () => void;
}

/** What may be done with the selected experiments; Escape lets go of them. */
export function SelectionView({ chosen, bulk, state, fresh, onAsk, onKeep, onConfirm, onClear }: SelectionProps) {
  const selected = chosen.length;
  const group = useFocusBack(state.step === "asked" ? state.kind : null);
  if (selected === 0 && state.step !== "failed") return null;
  const kinds = (["cancel", "delete"] as const).filter((kind) => bulk[kind].length > 0);
  return (
    <section class="notice selection" aria-label="Selection">
      <p role="status">{experiments(selected)} selected</p>
      {state.step === "asked" ? (
        <AskView
          words={bulkWords(state.kind, bulk, selected)}
          onKeep={onKeep}
          onConfirm={() => onConfirm(state.kind)}
        />
      ) : (
        <div class="actions" ref={group}>
          {state.step === "failed" && <BulkFailed {...state} />}
          {state.step === "sending" && !fresh && <Unsent />}
          {kinds.map((kind) => (
            <button
              key={kind}
              type="button"
              data-action={kind}
              disabled={state.step === "sending"}
              onClick={() => onAsk(kind)}
            >
              {state.step === "sending" && state.kind === kind ? "Requesting…" : bulkWords(kind, bulk, selected).button}
            </button>
          ))}
          <Compare chosen={chosen} />
          <button type="button" onClick={onClear}>
            Clear selection
          </button>
        </div>
      )}
    </section>
  );
}

const MOST_COMPARED = 5;

function Compare({ chosen }: { chosen: readonly string[] }) {
  if (chosen.length < 2) return <p class="faint">Select 2 to {MOST_COMPARED} to compare them.</p>;
  if (chosen.length > MOST_COMPARED) return <p class="faint">At most {MOST_COMPARED} can be compared.</p>;
  return (
    <a class="button" href={comparePath(chosen)}>
      Compare {chosen.length}
    </a>
  );
}

function BulkFailed({ kind, error, number }: { kind: BulkKind; error: FeedError; number: number }) {
  const { problem, remedy } =
    error.kind === "permission"
      ? { problem: `You may not ${kind} them.`, remedy: "Ask an administrator of the project." }
      : errorWords(error);
  return (
    <p class="error-text" role="alert">
      {experiments(number)} could not be asked to {kind === "cancel" ? "stop" : "go"}. {problem} {remedy}
    </p>
  );
}
