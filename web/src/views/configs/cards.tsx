/** Cards that are moved by drag and by keys: features of towers, layers of stacks. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { StateIcon } from "../icons";

/** What is being dragged on this page, and between which cards it would fall. */
export interface Drag<T> {
  item: T | null;
  over: { list: string; index: number } | null;
  start: (item: T) => void;
  hover: (list: string, index: number) => void;
  end: () => void;
}

export function useDrag<T>(): Drag<T> {
  const [item, setItem] = useState<T | null>(null);
  const [over, setOver] = useState<Drag<T>["over"]>(null);
  return {
    item,
    over,
    start: setItem,
    hover: (list, index) => {
      if (over?.list !== list || over.index !== index) setOver({ list, index });
    },
    end: () => {
      setItem(null);
      setOver(null);
    },
  };
}

/** Moves the focus to an element after the next rendering: what was pressed may have moved. */
export function useFocusAfter(): (id: string) => void {
  const wanted = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (wanted.current === null) return;
    const found = document.getElementById(wanted.current);
    wanted.current = null;
    found?.focus();
  });
  return (id) => {
    wanted.current = id;
  };
}

interface CardsProps<T> {
  /** Tells the lists of one page apart. */
  list: string;
  label: string;
  drag: Drag<T>;
  length: number;
  children: ComponentChildren;
  empty: string;
}

/** A list of cards that shows where what is dragged would fall: between two cards, or at its end. */
export function Cards<T>({ list, label, drag, length, children, empty }: CardsProps<T>) {
  const here = drag.item !== null && drag.over?.list === list && drag.over.index === length;
  return (
    <ol class={`pieces ${here ? "drop-here" : ""}`} aria-label={label}>
      {children}
      {length === 0 && <li class="faint">{empty}</li>}
    </ol>
  );
}

/** Of the panel around a list: people drop on a tower, not just on the cards in it. */
export function dropZone<T>({ list, drag, length, onDrop }: Pick<CardsProps<T>, "list" | "drag" | "length"> & Drop<T>) {
  return {
    onDragOver: (event: DragEvent) => {
      if (drag.item === null) return;
      event.preventDefault();
      drag.hover(list, placeOf(event, length));
    },
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      const index = drag.over?.list === list ? drag.over.index : length;
      if (drag.item !== null) onDrop(drag.item, index);
      drag.end();
    },
  };
}

interface Drop<T> {
  onDrop: (item: T, index: number) => void;
}

/** Before the card whose upper half is under the pointer, else after it. */
function placeOf(event: DragEvent, length: number): number {
  const card = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-index]") : null;
  if (card === null) return length;
  const { top, height } = card.getBoundingClientRect();
  return Number(card.dataset.index) + (event.clientY > top + height / 2 ? 1 : 0);
}

interface CardProps<T> {
  /** Of its button; the parts of the card are named after it. */
  id: string;
  index: number;
  list: string;
  item: T;
  drag: Drag<T>;
  name: string;
  /** Right of the name. */
  about: ComponentChildren;
  /** In words, below the name. */
  settings: string;
  open: boolean;
  onToggle: () => void;
  problem: boolean;
  /** What the keys do: Alt with arrows, and Delete. */
  onMove: (step: -1 | 1) => void;
  onAside: ((step: -1 | 1) => void) | null;
  onRemove: () => void;
  /** More buttons, before the one that removes. */
  buttons?: ComponentChildren;
  children: ComponentChildren;
}

export function Card<T>(props: CardProps<T>) {
  const { id, index, list, item, drag, name, open, onMove, onAside, onRemove } = props;
  const press = (event: KeyboardEvent) => {
    const act = event.altKey ? MOVES[event.key] : undefined;
    if (act !== undefined) {
      if (act[0] === "move") onMove(act[1]);
      else onAside?.(act[1]);
    } else if (event.key === "Delete") onRemove();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const before = drag.item !== null && drag.over?.list === list && drag.over.index === index;
  return (
    <li
      class={`piece ${props.problem ? "piece-problem" : ""} ${before ? "drop-before" : ""}`}
      data-index={index}
      draggable={!open} // text in fields must stay selectable
      onDragStart={(event) => {
        event.dataTransfer?.setData("text/plain", name);
        drag.start(item);
      }}
      onDragEnd={drag.end}
    >
      <div class="piece-head">
        <button
          id={id}
          type="button"
          class="piece-name"
          aria-expanded={open}
          aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown Delete"
          onClick={props.onToggle}
          onKeyDown={press}
        >
          {props.problem && <StateIcon icon="failed" />} {name}
        </button>
        {props.about}
        <span class="piece-buttons">
          <button id={`${id}-up`} type="button" class="quiet" aria-label={`Move ${name} up`} onClick={() => onMove(-1)}>
            ↑
          </button>
          <button
            id={`${id}-down`}
            type="button"
            class="quiet"
            aria-label={`Move ${name} down`}
            onClick={() => onMove(1)}
          >
            ↓
          </button>
          {props.buttons}
          <button type="button" class="quiet" aria-label={`Remove ${name}`} onClick={onRemove}>
            ✕
          </button>
        </span>
      </div>
      <small>{props.settings}</small>
      {open && <div class="piece-settings">{props.children}</div>}
    </li>
  );
}

const MOVES: Record<string, readonly ["move" | "aside", -1 | 1]> = {
  ArrowUp: ["move", -1],
  ArrowDown: ["move", 1],
  ArrowLeft: ["aside", -1],
  ArrowRight: ["aside", 1],
};

/** Tells readers what was just done. */
export function Announced({ text }: { text: string }) {
  return (
    <p class="visually-hidden" role="status" aria-live="polite">
      {text}
    </p>
  );
}
