/** The view of the list that the address holds, and those that this browser keeps. */
import { useEffect, useRef, useState } from "preact/hooks";
import {
  fieldsOf,
  readViews,
  type SavedView,
  type View,
  viewOf,
  withView,
  writeViews,
} from "../../model/list/saved_views";
import { replaceSearch } from "../navigation";

const REMEMBERED = "quicktest.views";
const TYPING_MS = 300; // browsers allow an address to change a hundred times in half a minute

interface ShownView {
  view: View;
  /** Shows something else: at once on the page, and soon in the address. */
  show: (part: Partial<View>) => void;
  /** Brings the address up to date: before the page is left, so that a step back finds what was shown. */
  settle: () => void;
}

export function useView(search: string): ShownView {
  const [view, setView] = useState(() => viewOf(search));
  const written = useRef(search);
  const waiting = useRef<{ view: View; timer: ReturnType<typeof setTimeout> } | null>(null);
  const forget = () => {
    clearTimeout(waiting.current?.timer);
    waiting.current = null;
  };
  useEffect(() => {
    if (search === written.current) return;
    written.current = search; // a link, or a step back
    forget();
    setView(viewOf(search));
  }, [search]);
  useEffect(() => forget, []);
  const settle = () => {
    if (waiting.current === null) return;
    const fields = fieldsOf(waiting.current.view);
    forget();
    replaceSearch({ ...Object.fromEntries(new URLSearchParams(location.search)), ...fields });
    written.current = location.search;
  };
  const show = (part: Partial<View>) => {
    const { query, sort, layout } = { ...view, ...part };
    const next = { query, sort, layout };
    setView(next);
    forget();
    waiting.current = { view: next, timer: setTimeout(settle, TYPING_MS) };
  };
  return { view, show, settle };
}

/** The views of this person in this browser, how to save one, and how to forget one. */
export function useOwnViews(): [readonly SavedView[], (name: string, view: View) => void, (name: string) => void] {
  const [views, setViews] = useState(() => readViews(localStorage.getItem(REMEMBERED)));
  const keep = (next: SavedView[]) => {
    localStorage.setItem(REMEMBERED, writeViews(next));
    setViews(next);
  };
  return [
    views,
    (name, view) => keep(withView(views, name, view)),
    (name) => keep(views.filter((each) => each.name !== name)),
  ];
}
