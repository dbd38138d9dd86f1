/** A text of an experiment in its form: fetched when somebody first edits, for it knows the limits of all fields. */
import type { Firestore } from "firebase/firestore";
import { useEffect, useState } from "preact/hooks";
import { saveDescribed } from "../../data/described";
import { toFeedError } from "../../data/errors";
import { keepUnsaved, readUnsaved } from "../../data/unsaved";
import { limitsOf, mistakeOf, rangeWords } from "../../model/common/schema";
import { changeOf, type Edit, standingOf, type TextName } from "../../model/run/notes";
import { tagsMistake } from "../../model/run/tags";
import { EditView, type SaveState } from "../../views/experiment/edit";

export interface EditProps {
  db: Firestore;
  id: string;
  field: TextName;
  /** What is stored now, whoever wrote it. */
  theirs: string;
  fresh: boolean;
  onClose: () => void;
}

const PAUSE_MS = 500; // before it is sent again: a connection that has just come back may go once more
const KEPT: readonly TextName[] = ["notes", "description"]; // long enough to be missed

export default function EditField({ db, id, field, theirs, fresh, onClose }: EditProps) {
  const isKept = KEPT.includes(field);
  const [edit, setEdit] = useState<Edit>(
    () => (isKept ? readUnsaved(id, field) : null) ?? { base: theirs, text: theirs },
  );
  const [restored] = useState(edit.text !== theirs);
  const [state, setState] = useState<SaveState>({ step: "writing" });
  const standing = standingOf(field, edit, theirs);
  const mistake = field === "tags" ? tagsMistake(edit.text) : mistakeOf(limitsOf("Experiment", field), edit.text);

  const close = () => {
    if (isKept) keepUnsaved(id, field, null);
    onClose();
  };
  const save = async (from: Edit) => {
    if (!fresh) return setState({ step: "waiting" });
    setState({ step: "saving" });
    try {
      const found = await saveDescribed(db, id, changeOf(field, from.base), changeOf(field, from.text));
      if (found === null) close();
      else setState({ step: "writing" }); // the live read shows what is there now, and the form asks
    } catch (error) {
      const failed = toFeedError(error);
      setState(failed.kind === "connection" ? { step: "waiting" } : { step: "failed", error: failed });
    }
  };
  useEffect(() => {
    if (!fresh || state.step !== "waiting" || standing === "conflict") return;
    const timer = setTimeout(() => void save(edit), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [fresh, state.step, standing]);

  return (
    <EditView
      {...{ field, theirs, state, mistake, restored, standing }}
      text={edit.text}
      range={rangeWords(limitsOf("Experiment", field))}
      onEdit={(text) => {
        const written = { ...edit, text };
        setEdit(written);
        // At once, not after the next paint: the page may be closed in between.
        if (isKept) keepUnsaved(id, field, standingOf(field, written, theirs) === "unchanged" ? null : written);
        setState({ step: "writing" });
      }}
      onSave={() => (standing === "unchanged" ? close() : save(edit))}
      onReplace={() => {
        const over = { base: theirs, text: edit.text };
        setEdit(over);
        void save(over);
      }}
      onTakeTheirs={close}
      onClose={close}
    />
  );
}
