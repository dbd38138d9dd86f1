import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

const BEYOND = 4; // lines that are there before they are seen
const STEP = 2; // so many lines are scrolled before others are made

interface Part {
  /** Which lines there are, and how high all the others are together. */
  first: number;
  end: number;
  above: number;
  below: number;
}

interface Windowed<T extends HTMLElement> extends Part {
  /** Of the element whose lines these are; one of them is marked by `data-line`. */
  list: RefObject<T | null>;
  columns: number;
  /** Scrolls so that a line is in sight. */
  reveal: (line: number) => void;
}

/**
 * Of many lines of equal height those that are near what is seen of the page; `items` stand in columns of at least
 * `columnWidth`, or in one.
 */
export function useWindowed<T extends HTMLElement>(
  items: number,
  guess: number,
  columnWidth: number | null = null,
): Windowed<T> {
  const list = useRef<T>(null);
  const [{ height, columns }, setSize] = useState({ height: guess, columns: 1 });
  const [seen, setSeen] = useState(() => seenOf(null, guess));
  const lines = Math.ceil(items / columns);
  const look = () => {
    const next = sizeOf(list.current, guess, columnWidth);
    setSize((before) => (before.height === next.height && before.columns === next.columns ? before : next));
    setSeen((before) => {
      const now = seenOf(list.current, next.height);
      return now.first === before.first && now.number === before.number ? before : now;
    });
  };
  useLayoutEffect(look, [items, columnWidth]);
  useLayoutEffect(() => {
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, [columnWidth]);
  const reveal = (line: number) => {
    if (list.current === null) return;
    const top = list.current.getBoundingClientRect().top + line * height;
    const margin = height / 2;
    if (top < margin) scrollBy({ top: top - margin });
    else if (top + height > innerHeight - margin) scrollBy({ top: top + height - innerHeight + margin });
  };
  return { list, columns, reveal, ...partOf(seen.first, seen.number, lines, height) };
}

function partOf(from: number, number: number, lines: number, height: number): Part {
  const first = Math.min(Math.max(0, from), Math.max(0, lines - number));
  const end = Math.min(lines, first + number);
  return { first, end, above: first * height, below: (lines - end) * height };
}

function sizeOf(
  list: HTMLElement | null,
  guess: number,
  columnWidth: number | null,
): { height: number; columns: number } {
  const line = list?.querySelector<HTMLElement>("[data-line]") ?? null;
  const width = list?.clientWidth ?? 0;
  const columns = columnWidth === null ? 1 : Math.max(1, Math.floor(width / columnWidth));
  return { height: line?.getBoundingClientRect().height || guess, columns };
}

function seenOf(list: HTMLElement | null, height: number): { first: number; number: number } {
  const hidden = list === null ? 0 : Math.floor(-list.getBoundingClientRect().top / height) - BEYOND;
  const first = Math.floor(hidden / STEP) * STEP;
  return { first, number: Math.ceil(innerHeight / height) + 2 * BEYOND + STEP };
}

/** The experiment that the keys are at; `moves` counts them, so that each moves the focus once. */
export interface Active {
  index: number;
  moves: number;
}

/** Scrolls to the line that the keys have moved to, and gives the focus to what opens it. */
export function useReveal(active: Active | null, columns: number, reveal: (line: number) => void): void {
  const moved = useRef(active?.moves ?? 0);
  const wanted = useRef(false);
  useLayoutEffect(() => {
    if (active === null || active.moves === moved.current) return;
    moved.current = active.moves;
    wanted.current = true;
    reveal(Math.floor(active.index / columns));
  }, [active?.moves]);
  useLayoutEffect(() => {
    if (!wanted.current || active === null) return;
    const link = document.querySelector<HTMLElement>(`[data-line="${active.index}"] a`);
    if (link === null) return; // it is made when the page has scrolled
    wanted.current = false;
    link.focus({ preventScroll: true });
  });
}
