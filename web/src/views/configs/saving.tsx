import { Prose } from "../parts";
import { Dialog } from "../ui/dialog";
import { CheckField, TextField } from "../ui/fields";

interface SaveProps {
  what: string;
  dirty: boolean;
  saving: boolean;
  checking: boolean;
  silent: boolean;
  errors: number;
  warnings: number;
  /** Of a new document; null: it has one. */
  id: string | null;
  idProblem: string | null;
  onId: (id: string) => void;
  nameless: boolean;
  /** Whether somebody else saved the document since it was opened. */
  changed: boolean;
  /** Where their changes can be seen; null: it is new. */
  compare: string | null;
  failure: string | null;
  restored: boolean;
  onSave: () => void;
  onOverwrite: () => void;
  onUndo: (() => void) | null;
  onDiscard: (() => void) | null;
  /** Whether a stored document is saved as a new one; null: it is new anyway. */
  asNew: boolean | null;
  onAsNew: (asNew: boolean) => void;
}

/** The end of a form: what the service says about it, and where it is saved. */
export function SaveView(props: SaveProps) {
  const { what, dirty, saving, id, changed, asNew, onSave, onUndo, onDiscard, nameless } = props;
  return (
    <>
      {props.restored && (
        <p class="notice" role="status">
          These are changes that were not saved. This browser kept them.{" "}
          {onDiscard !== null && (
            <button type="button" class="quiet" onClick={onDiscard}>
              Discard them
            </button>
          )}
        </p>
      )}
      {changed && <ChangedView {...props} />}
      <section class="panel" aria-label="Save">
        {asNew !== null && (
          <CheckField
            label={`Save as a new ${what}`}
            hint={`The one that you opened stays as it is.`}
            checked={asNew}
            onEdit={props.onAsNew}
          />
        )}
        {id !== null && (
          <TextField
            label="Id"
            value={id}
            onEdit={props.onId}
            problem={props.idProblem}
            hint="Experiments and files refer to it. It never changes."
          />
        )}
        {props.failure !== null && (
          <p class="error-text" role="alert">
            <Prose text={props.failure} />
          </p>
        )}
      </section>
      <div class="editor-bar">
        <p role="status">{nameless ? "Give it a name." : sentence(props)}</p>
        <button type="button" disabled={onUndo === null} onClick={() => onUndo?.()}>
          Undo
        </button>
        {onDiscard !== null && (
          <button type="button" onClick={onDiscard}>
            Discard changes
          </button>
        )}
        <button
          type="button"
          class="primary"
          disabled={saving || nameless || props.idProblem !== null || changed || (!dirty && id === null)}
          onClick={onSave}
        >
          {saving ? "Saving…" : "Save"}
        </button>
      </div>
    </>
  );
}

function ChangedView({ what, compare, onOverwrite, onAsNew, asNew }: SaveProps) {
  return (
    <div class="notice warning" role="alert">
      <p>
        Somebody else saved this {what} since you opened it. Saving now would put your version over theirs; theirs stays
        among the versions.
      </p>
      <div class="actions">
        {compare !== null && (
          <a class="button" href={compare} target="_blank" rel="noopener">
            See their changes
          </a>
        )}
        {asNew !== null && (
          <button type="button" onClick={() => onAsNew(true)}>
            Save mine as a new {what}
          </button>
        )}
        <button type="button" class="danger" onClick={onOverwrite}>
          Save mine over theirs
        </button>
      </div>
    </div>
  );
}

function sentence({ what, checking, silent, errors, warnings, dirty, id }: SaveProps): string {
  if (silent) return "It was not checked.";
  if (checking) return "The service looks at it…";
  const found = [counted(errors, "problem"), counted(warnings, "warning")].filter((each) => each !== "").join(" and ");
  const them = errors === 1 ? "it is" : "they are";
  if (errors > 0) return `${found}. It can be saved, but no experiment can use it until ${them} mended.`;
  if (found !== "") return `Valid, with ${found}.`;
  return dirty || id !== null ? "Valid." : `Nothing has changed in this ${what}.`;
}

function counted(n: number, word: string): string {
  if (n === 0) return "";
  return n === 1 ? `1 ${word}` : `${n} ${word}s`;
}

export function LeaveView({ onStay, onLeave }: { onStay: () => void; onLeave: () => void }) {
  return (
    <Dialog title="Leave without saving?" onClose={onStay}>
      <p>You have changes that are not saved. This browser keeps them until its tab is closed.</p>
      <div class="actions">
        <button type="button" class="primary" onClick={onStay}>
          Stay
        </button>
        <button type="button" onClick={onLeave}>
          Leave
        </button>
      </div>
    </Dialog>
  );
}
