/** What the editors of configs have in common: unsaved changes that survive a reload, undoing, saving, leaving. */
import { useEffect, useRef, useState } from "preact/hooks";
import { type Saved, saveConfig } from "../../data/configs";
import { type ConfigKind, configPath } from "../../model/common/routes";
import { textOf } from "../../model/common/values";
import { type Config, idMistake, KIND_WORDS, proposedId } from "../../model/configs/configs";
import { sameContent } from "../../model/configs/draft";
import type { Group, Problem, Time } from "../../model/run/run";
import { LeaveView, SaveView } from "../../views/configs/saving";
import type { Context } from "../context";
import { useKeys } from "../keys";
import { navigate } from "../navigation";
import { savedWords } from "./saving";

const MOST_STEPS = 100; // that can be undone

/** What the browser keeps of a form, until its tab is closed. */
interface Kept {
  content: Group;
  base: Time | null;
}

interface Editing {
  content: Group;
  /** The version that is edited; null: it is new. */
  base: Time | null;
  change: (content: Group) => void;
  undo: (() => void) | null;
  dirty: boolean;
  /** Whether this browser had unsaved changes of before. */
  restored: boolean;
  /** Back to how it was stored, or to how it began. */
  discard: () => void;
  /** Takes what somebody else saved as the version that is edited. */
  rebase: (base: Time | null) => void;
  /** Forgets the unsaved changes: they are stored. */
  done: () => void;
}

/** The content of a form. `place` names the form in this browser; `start` and `base` are what it begins with. */
export function useEditing(place: string, start: Group, startBase: Time | null): Editing {
  const storage = `quicktest.config.${place}`;
  const [kept] = useState(() => keptOf(storage));
  const [first, setFirst] = useState(start);
  const [content, setContent] = useState(kept?.content ?? start);
  const [base, setBase] = useState(kept === null ? startBase : kept.base);
  const [restored, setRestored] = useState(kept !== null);
  const steps = useRef<Group[]>([]);
  const dirty = !sameContent(content, first);
  useEffect(() => {
    if (dirty) sessionStorage.setItem(storage, JSON.stringify({ content, base } satisfies Kept));
    else sessionStorage.removeItem(storage);
  }, [storage, content, base, dirty]);
  return {
    content,
    base,
    dirty,
    restored: restored && dirty,
    change: (next) => {
      steps.current = [...steps.current.slice(1 - MOST_STEPS), content];
      setContent(next);
    },
    undo: steps.current.length === 0 ? null : () => setContent(steps.current.pop() ?? content),
    discard: () => {
      steps.current = [];
      setRestored(false);
      setFirst(start);
      setContent(start);
      setBase(startBase);
    },
    rebase: setBase,
    done: () => {
      sessionStorage.removeItem(storage);
      setFirst(content); // nothing is unsaved any more, so that leaving asks nothing
    },
  };
}

/** What the service said last with a field in it: of a content that it cannot read it has nothing but problems to say. */
export function useLastKnown(fields: Group, field: string): Group {
  const last = useRef<Group>({});
  if (fields[field] !== undefined) last.current = fields;
  return last.current;
}

function keptOf(storage: string): Kept | null {
  const text = sessionStorage.getItem(storage);
  return text === null ? null : (JSON.parse(text) as Kept);
}

interface LeaveProps {
  dirty: boolean;
}

/** Asks before a link leads away from unsaved changes; the browser asks before the tab is closed. */
function LeaveGuard({ dirty }: LeaveProps) {
  const [target, setTarget] = useState<string | null>(null);
  useEffect(() => {
    if (!dirty) return;
    const close = (event: BeforeUnloadEvent) => event.preventDefault();
    const follow = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest("a") : null;
      const elsewhere = link !== null && link.origin === location.origin && link.pathname !== location.pathname;
      if (!elsewhere || link.target !== "" || link.hash !== "" || event.ctrlKey || event.metaKey || event.shiftKey)
        return;
      if (link.closest("dialog") !== null) return; // it has been asked
      event.preventDefault();
      setTarget(link.pathname + link.search);
    };
    addEventListener("beforeunload", close);
    document.addEventListener("click", follow, true);
    return () => {
      removeEventListener("beforeunload", close);
      document.removeEventListener("click", follow, true);
    };
  }, [dirty]);
  if (target === null) return null;
  return (
    <LeaveView
      onStay={() => setTarget(null)}
      onLeave={() => {
        setTarget(null);
        navigate(target);
      }}
    />
  );
}

interface SavingProps {
  app: Context;
  kind: ConfigKind;
  editing: Editing;
  /** What is stored of the form: it may hold more than that. */
  content: Group;
  /** The stored document that is edited; null: it is new, or it was deleted meanwhile. */
  stored: Config | null;
  /** The id that is edited; null: it is new. */
  id: string | null;
  /** All of the kind, so that no id is taken twice. */
  configs: readonly Config[];
  problems: readonly Problem[];
  checking: boolean;
  /** Whether the service can say nothing now. */
  silent: boolean;
}

/** Where a form is saved: over the version that was edited, or as a new config. */
export function Saving(props: SavingProps) {
  const { app, kind, editing, content, stored, id, configs, problems, checking, silent } = props;
  const [written, write] = useState<string | null>(null);
  const [asNew, setAsNew] = useState(false);
  const [saving, setSaving] = useState(false);
  const [failure, setFailure] = useState<Saved | null>(null);
  const { one } = KIND_WORDS[kind];
  const taken = new Set(configs.map((config) => config.id));
  const isNew = id === null || asNew;
  const newId = written ?? proposedId(textOf(content.name), kind, taken);
  const mistake = isNew ? idMistake(newId, taken) : null;
  const nameless = textOf(content.name).trim() === "";
  const changed = !isNew && stored !== null && stored.updatedAt !== editing.base && !saving;
  const save = async (base: Time | null) => {
    if (saving || mistake !== null || nameless) return;
    const target = isNew ? newId : (id ?? newId);
    setSaving(true);
    setFailure(null);
    const saved = await saveConfig(app.db, kind, target, content, isNew ? null : base, app.user.uid);
    setSaving(false);
    if (saved.result !== "saved") {
      setFailure(saved);
      return;
    }
    editing.done();
    navigate(configPath(kind, target), { replace: true });
  };
  useKeys(editing.undo === null ? [] : [{ keys: "u", what: "Undo the last change", run: editing.undo }]);
  return (
    <>
      <LeaveGuard dirty={editing.dirty && !saving} />
      <SaveView
        what={one}
        dirty={editing.dirty}
        saving={saving}
        checking={checking}
        silent={silent}
        errors={problems.filter(({ severity }) => severity === "error").length}
        warnings={problems.filter(({ severity }) => severity === "warning").length}
        id={isNew ? newId : null}
        idProblem={isNew && !nameless ? mistake : null}
        onId={write}
        nameless={nameless}
        changed={changed}
        compare={id === null ? null : configPath(kind, id, "versions")}
        failure={failure === null || failure.result === "saved" || changed ? null : savedWords(failure, one)}
        restored={editing.restored}
        onSave={() => save(editing.base)}
        onOverwrite={() => save(stored?.updatedAt ?? null)}
        onUndo={editing.undo}
        onDiscard={editing.dirty ? editing.discard : null}
        asNew={id === null ? null : asNew}
        onAsNew={setAsNew}
      />
    </>
  );
}
