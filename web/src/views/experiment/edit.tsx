/** A form for one text of an experiment. It never overwrites what somebody else saved, and never loses what was written. */
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { errorWords, type FeedError } from "../../model/common/feed";
import { capitalised } from "../../model/common/format";
import type { Standing, TextName } from "../../model/run/notes";
import { StateIcon } from "../icons";
import { Prose } from "../parts";

export type SaveState =
  | { step: "writing" | "saving" }
  /** Not connected: it is saved as soon as the server is reached. */
  | { step: "waiting" }
  | { step: "failed"; error: FeedError };

interface EditViewProps {
  field: TextName;
  text: string;
  theirs: string;
  standing: Standing;
  state: SaveState;
  mistake: string | null;
  range: string;
  /** Whether the text was kept from an earlier visit. */
  restored: boolean;
  onEdit: (text: string) => void;
  onSave: () => void;
  onReplace: () => void;
  onTakeTheirs: () => void;
  onClose: () => void;
}

const ROWS: Partial<Record<TextName, number>> = { description: 2, notes: 8 };
const OTHER: Record<TextName, string> = {
  name: "another name",
  description: "another description",
  tags: "other tags",
  notes: "other notes",
};
const HINTS: Partial<Record<TextName, string>> = { tags: "Between commas or spaces" };

export function EditView(props: EditViewProps) {
  const { field, text, state, standing, mistake, range, restored, onEdit, onSave, onClose } = props;
  const id = useId();
  const input = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    input.current?.focus();
    if (field === "name") input.current?.select();
  }, [field]);
  const rows = ROWS[field];
  const blocked = mistake !== null || standing === "conflict" || state.step === "saving";
  const common = {
    ...{ id, value: text, ref: input, "aria-describedby": `${id}-notes` },
    "aria-invalid": mistake === null ? undefined : true,
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "Escape" && standing === "unchanged") onClose();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !blocked) onSave();
  };
  return (
    <form
      class={`edit edit-${field}`}
      onKeyDown={press}
      onSubmit={(event) => {
        event.preventDefault();
        if (!blocked) onSave();
      }}
    >
      <div class="field">
        <label for={id}>{capitalised(field)}</label>
        {rows === undefined ? (
          <input {...common} onInput={(event) => onEdit(event.currentTarget.value)} />
        ) : (
          <textarea {...common} rows={rows} onInput={(event) => onEdit(event.currentTarget.value)} />
        )}
        <div id={`${id}-notes`} class="field-notes">
          {mistake !== null && (
            <p class="error-text">
              <Prose text={mistake} />
            </p>
          )}
          {restored && <p class="warning-text">This text was not saved the last time; it was kept in this browser.</p>}
          <small>{[HINTS[field], range].filter(Boolean).join("; ")}</small>
        </div>
      </div>
      {standing === "conflict" && <Conflict {...props} />}
      <Sent state={state} />
      <div class="actions">
        {standing !== "conflict" && (
          <button type="submit" class="primary" disabled={blocked}>
            {state.step === "saving" ? "Saving…" : "Save"}
          </button>
        )}
        <button type="button" onClick={onClose}>
          {standing === "unchanged" ? "Close" : "Throw away what I wrote"}
        </button>
      </div>
    </form>
  );
}

/** Two texts, and only the writer knows which of them it is to be. */
function Conflict({ field, theirs, onReplace, onTakeTheirs }: EditViewProps) {
  return (
    <div class="notice notice-attempt" role="alert">
      <p>
        <StateIcon icon="warning" /> Somebody else saved {OTHER[field]} since you began. Yours is not saved yet. Theirs:
      </p>
      <blockquote class="written">{theirs === "" ? <i>empty</i> : theirs}</blockquote>
      <div class="actions">
        <button type="button" onClick={onReplace}>
          Replace it with mine
        </button>
        <button type="button" onClick={onTakeTheirs}>
          Keep theirs
        </button>
      </div>
    </div>
  );
}

function Sent({ state }: { state: SaveState }) {
  if (state.step === "waiting") {
    return (
      <p class="faint" role="status">
        Not connected. What you wrote stays here, and is saved as soon as the server is reached.
      </p>
    );
  }
  if (state.step !== "failed") return null;
  const refused = { problem: "You may not write here.", remedy: "Your role may have changed: load the page again." };
  const { problem, remedy } = state.error.kind === "permission" ? refused : errorWords(state.error);
  return (
    <p class="error-text" role="alert">
      It was not saved. {problem} {remedy}
    </p>
  );
}
