/**
 * Keys that work anywhere on the page: `?` lists them. A view adds its own with `useKeys` while it is shown; they rest
 * while somebody types, and while a dialog is open.
 */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { KeysView } from "../views/keys";
import { navigate } from "./navigation";

interface Key {
  /** As it is struck: `n`, `?`, `Escape`, or two after each other: `g d`. */
  keys: string;
  what: string;
  run: () => void;
}

const active: { current: readonly Key[] }[] = [];
const TOGETHER_MS = 1_200; // between the two strokes of `g d`

/** Keys of a view, as long as it is shown; the newest view that has a key is the one that hears it. */
export function useKeys(keys: readonly Key[]): void {
  const own = useRef(keys);
  own.current = keys;
  // Before the paint: a key that is struck as soon as the view is seen must find its listener.
  useLayoutEffect(() => {
    active.push(own);
    return () => {
      active.splice(active.indexOf(own), 1);
    };
  }, []);
}

const PLACES: Key[] = [
  { keys: "g e", what: "Experiments", run: () => navigate("/") },
  { keys: "g d", what: "Dashboard", run: () => navigate("/dashboard") },
  { keys: "g c", what: "Configs", run: () => navigate("/configs") },
  { keys: "g s", what: "Settings and health", run: () => navigate("/settings") },
  { keys: "n", what: "New experiment", run: () => navigate("/new") },
];

/** Listens for all keys, and shows their list. */
export function Keys() {
  const [open, setOpen] = useState(false);
  useKeys([...PLACES, { keys: "?", what: "This list", run: () => setOpen(true) }]);
  useEffect(() => {
    let before = { key: "", at: 0 };
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target)) return;
      const pair = event.timeStamp - before.at < TOGETHER_MS ? `${before.key} ${event.key}` : "";
      before = { key: event.key, at: event.timeStamp };
      const found = find(pair) ?? find(event.key);
      if (found === undefined) return;
      event.preventDefault();
      before = { key: "", at: 0 };
      found.run();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
  return open ? (
    <KeysView keys={active.toReversed().flatMap(({ current }) => current)} onClose={() => setOpen(false)} />
  ) : null;
}

function find(stroke: string): Key | undefined {
  return active
    .toReversed()
    .flatMap(({ current }) => current)
    .find(({ keys }) => keys === stroke);
}

function isBusy(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  return target.closest("input, select, textarea, [contenteditable], dialog") !== null && !isTick(target);
}

/** Boxes and buttons of choice take no text. */
function isTick(target: Element): boolean {
  return (
    target instanceof HTMLInputElement &&
    ["checkbox", "radio"].includes(target.type) &&
    target.closest("dialog") === null
  );
}
