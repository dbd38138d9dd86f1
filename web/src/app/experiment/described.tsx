/** What people say about an experiment, and how they change it. The forms are fetched when they are first needed. */
import type { Firestore } from "firebase/firestore";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { saveDescribed, watchDescribed } from "../../data/described";
import { toFeedError } from "../../data/errors";
import { readUnsaved } from "../../data/unsaved";
import { type FeedError, latest } from "../../model/common/feed";
import { mayEdit } from "../../model/common/roles";
import { type Described, type TextName, textOf } from "../../model/run/notes";
import type { Run } from "../../model/run/run";
import { NotesView, TitleView } from "../../views/experiment/described";
import type { Context } from "../context";
import { useDocument } from "../hooks";
import { useKeys } from "../keys";
import { lazy } from "../lazy";
import type { EditProps } from "./edit";

const EditField = lazy<EditProps>("the form", () => import("./edit"));

interface DescribedProps {
  app: Context;
  run: Run;
  described: Described | null;
  fresh: boolean;
}

/** The name and the star; both can be changed where they stand. */
export function Title({ app, run, described, fresh }: DescribedProps) {
  const [renaming, setRenaming] = useState(false);
  const [problem, setProblem] = useState<FeedError | null>(null);
  const place = useEditPlace(renaming ? "name" : null);
  const may = mayEdit(app.user.role) && described !== null && run.deletion === null;
  const star = () => {
    if (described === null) return;
    const { starred } = described;
    setProblem(null);
    // Two who press at once want the same: whatever it was, it is the other one now.
    saveDescribed(app.db, run.id, {}, { starred: !starred }).catch((error) => setProblem(toFeedError(error)));
  };
  useKeys([
    ...(may ? [{ keys: "r", what: "Rename this experiment", run: () => setRenaming(true) }] : []),
    ...(may ? [{ keys: "s", what: "Star this experiment, or take its star away", run: star }] : []),
  ]);
  const editor = renaming && described !== null && (
    <EditField
      {...{ db: app.db, id: run.id, field: "name" as const, theirs: described.name, fresh }}
      onClose={() => setRenaming(false)}
    />
  );
  return (
    <div ref={place}>
      <TitleView
        {...{ run, described, problem, editor }}
        mayEdit={may}
        onEdit={() => setRenaming(true)}
        onStar={star}
      />
    </div>
  );
}

interface NotesProps {
  app: Context;
  run: Run;
  fresh: boolean;
  now: number;
}

const WRITTEN = ["description", "tags", "notes"] as const;

/** Description, tags and notes; what could not be saved the last time stands in its form at once. */
export function Notes({ app, run, fresh, now }: NotesProps) {
  const [feed] = useDocument(watchDescribed, app.db, run.id);
  const described = latest(feed);
  const may = mayEdit(app.user.role) && run.deletion === null;
  const [open, setOpen] = useState<readonly TextName[]>(() =>
    may ? WRITTEN.filter((field) => readUnsaved(run.id, field) !== null) : [],
  );
  const [last, setLast] = useState<TextName | null>(null);
  const place = useEditPlace(last);
  const begin = (field: TextName) => {
    setOpen((before) => (before.includes(field) ? before : [...before, field]));
    setLast(field);
  };
  const close = (field: TextName) => {
    setOpen((before) => before.filter((each) => each !== field));
    setLast(null);
  };
  useKeys(may ? [{ keys: "e", what: "Edit the notes", run: () => begin("notes") }] : []);
  if (described === null) return null;
  const editor = (db: Firestore, field: TextName) => (
    <EditField {...{ db, id: run.id, field, theirs: textOf(described, field), fresh }} onClose={() => close(field)} />
  );
  const editors = Object.fromEntries(open.map((field) => [field, editor(app.db, field)]));
  return (
    <div ref={place}>
      <NotesView {...{ described, now, editors }} mayEdit={may} onEdit={begin} />
    </div>
  );
}

/** Gives the focus back to the button (`data-edit`) whose form was closed; the ref is for what is around it. */
function useEditPlace(edited: TextName | null) {
  const place = useRef<HTMLDivElement>(null);
  const before = useRef<TextName | null>(null);
  useLayoutEffect(() => {
    if (edited === null && before.current !== null) {
      place.current?.querySelector<HTMLElement>(`[data-edit="${before.current}"]`)?.focus();
    }
    before.current = edited;
  }, [edited]);
  return place;
}
