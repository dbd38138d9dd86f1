import type { ComponentChildren } from "preact";

interface ScrollProps {
  /** What it holds, for readers; it is a place of its own for the keyboard. */
  label: string;
  class?: string;
  children: ComponentChildren;
}

/** What is wider than a phone's screen: it scrolls by itself, so that the page does not. */
export function Scroll({ label, class: more, children }: ScrollProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls sideways must be reachable by keyboard
    <section class={more === undefined ? "scroll" : `scroll ${more}`} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
