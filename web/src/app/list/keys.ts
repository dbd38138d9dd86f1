/** The keys of the list. */
import type { RefObject } from "preact";
import { useState } from "preact/hooks";
import type { Entry } from "../../model/list/entry";
import type { Active } from "../../views/list/window";
import { useKeys } from "../keys";

interface Options {
  listed: readonly Entry[];
  input: RefObject<HTMLInputElement | null>;
  onSelect: (entry: Entry) => void;
  /** Null for people who may not change anything. */
  onStar: ((entry: Entry) => void) | null;
}

/** The experiment that the keys are at. It is remembered by its id: others that come and go do not move it. */
export function useListKeys({ listed, input, onSelect, onStar }: Options): Active | null {
  const [at, setAt] = useState<{ id: string; index: number; moves: number } | null>(null);
  const index = at === null ? -1 : listed.findIndex(({ experiment }) => experiment === at.id);
  /** Where the focus is, or the keys were before; -1: nowhere yet. */
  const here = () => {
    const line = document.activeElement?.closest("[data-line]")?.getAttribute("data-line");
    return line === null || line === undefined ? index : Number(line);
  };
  const move = (by: number) => {
    const from = here();
    const to = Math.min(listed.length - 1, Math.max(0, from + by));
    const entry = listed[to];
    if (entry !== undefined) setAt({ id: entry.experiment, index: to, moves: (at?.moves ?? 0) + 1 });
  };
  const withEntry = (act: (entry: Entry) => void) => () => {
    const entry = listed[here()];
    if (entry !== undefined) act(entry);
  };
  useKeys([
    { keys: "/", what: "Search", run: () => input.current?.focus() },
    { keys: "j", what: "Next experiment", run: () => move(1) },
    { keys: "k", what: "Previous experiment", run: () => move(-1) },
    { keys: "ArrowDown", what: "Next experiment", run: () => move(1) },
    { keys: "ArrowUp", what: "Previous experiment", run: () => move(-1) },
    { keys: "x", what: "Select it, or not", run: withEntry(onSelect) },
    ...(onStar === null ? [] : [{ keys: "s", what: "Star it, or not", run: withEntry(onStar) }]),
  ]);
  return at === null || index < 0 ? null : { index, moves: at.moves };
}
