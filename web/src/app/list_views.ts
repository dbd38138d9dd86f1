/** The view of the list that the address holds, and those that this browser keeps. */
import { useEffect, useRef, useState } from "preact/hooks";
import { fieldsOf, readViews, type SavedView, type View, viewOf, withView, writeViews } from "../model/saved_views";
import { replaceSearch } from "./navigation";

const REMEMBERED = "quicktest.views";
const TYPING_MS = 300; // browsers allow an address to change a hundred times in half a minute

/** What is shown, and how to show something else: at once on the page, and soon in the address. */
export function useView(search: string): [View, (part: Partial<View>) => void] {
  const [view, setView] = useState(() => viewOf(search));
  const written = useRef(search);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    if (search === written.current) return;
    written.current = search; // a link, or a step back
    clearTimeout(timer.current);
    setView(viewOf(search));
  }, [search]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const show = (part: Partial<View>) => {
    const { query, sort, layout } = { ...view, ...part };
    const next = { query, sort, layout };
    setView(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      replaceSearch({ ...Object.fromEntries(new URLSearchParams(location.search)), ...fieldsOf(next) });
      written.current = location.search;
    }, TYPING_MS);
  };
  return [view, show];
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
