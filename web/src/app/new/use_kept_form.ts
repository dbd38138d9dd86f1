/** What is entered into the form of a new experiment, kept for as long as the browser's tab is. */
import { useEffect, useRef, useState } from "preact/hooks";
import { newExperimentId } from "../../model/common/ids";
import { type Options, withDefaults } from "../../model/new/options";
import { type Form, formOf, parsedForm, withSearch } from "../../model/new/wizard";
import type { Source } from "./source";

interface Kept {
  /** Of the experiment, however often it is sent. */
  id: string;
  form: Form;
  /** As it was before anything was entered. */
  begun: Form;
}

const FOLDER = "quicktest.new ";

/** The form, which a reload of the page does not lose: it is kept for as long as the browser's tab is. */
export function useKeptForm(source: Source, search: string, options: Options) {
  const key = FOLDER + source.key;
  const anew = () => withDefaults(withSearch(formOf(source.request), search), options);
  const [begun] = useState(() => {
    const found = recall(key);
    const begins = anew();
    const entered = found !== null && JSON.stringify(found.form) !== JSON.stringify(found.begun);
    const id = found?.id ?? newExperimentId(Date.now());
    return { kept: entered ? found : { id, form: begins, begun: begins }, restored: entered };
  });
  const [form, setForm] = useState(begun.kept.form);
  const [restored, setRestored] = useState(begun.restored);
  const sent = useRef(false);
  useEffect(() => {
    const { id, begun: before } = begun.kept;
    if (sent.current) return;
    sessionStorage.setItem(key, JSON.stringify({ id, form: JSON.stringify(form), begun: JSON.stringify(before) }));
  }, [key, form, begun.kept]);
  return {
    kept: begun.kept,
    form,
    setForm,
    restored,
    forget: () => {
      sent.current = true;
      sessionStorage.removeItem(key);
    },
    restart: () => {
      setForm(anew());
      setRestored(false);
    },
  };
}

function recall(key: string): Kept | null {
  const stored = sessionStorage.getItem(key);
  if (stored === null) return null;
  const { id, ...data } = JSON.parse(stored) as { id?: unknown; form?: unknown; begun?: unknown };
  const [form, begun] = [data.form, data.begun].map((text) => (typeof text === "string" ? parsedForm(text) : null));
  return form && begun && typeof id === "string" ? { id, form, begun } : null;
}
