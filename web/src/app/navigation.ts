/** Addresses and what follows from them: links without a reload, the title, the focus after a change of view. */
import { useEffect, useRef, useState } from "preact/hooks";
import { parseRoute, type Route, subject } from "../model/common/routes";

let opened = false; // a view was opened by a link or by going back, and its heading waits for the focus

/** Goes to an address of the page, as a link does; `replace`: in the place of the current one. */
export function navigate(address: string, { replace = false } = {}): void {
  if (address === current()) return; // a second press must not need a second step back
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  dispatchEvent(new PopStateEvent("popstate"));
  scrollTo(0, 0);
}

/** Changes what the view keeps in its address (filters, sorting) in place: nothing scrolls, no step back is added. */
export function replaceSearch(fields: Record<string, string>): void {
  const search = new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== "")).toString();
  const address = location.pathname + (search === "" ? "" : `?${search}`);
  if (address === current()) return;
  history.replaceState(null, "", address);
  dispatchEvent(new PopStateEvent("popstate"));
}

/** The current address; links inside the page change it without a reload. */
export function useRoute(): Route {
  const [address, setAddress] = useState(current);
  const shown = useRef(address);
  useEffect(() => {
    const show = (next: string) => {
      if (subject(routeOf(next)) !== subject(routeOf(shown.current))) opened = true;
      shown.current = next;
      setAddress(next);
    };
    const follow = (event: MouseEvent) => {
      const target = internalLink(event);
      if (target === null) return;
      event.preventDefault();
      if (target !== current()) history.pushState(null, "", target);
      show(target);
      scrollTo(0, 0);
    };
    const back = () => show(current());
    document.addEventListener("click", follow);
    addEventListener("popstate", back);
    return () => {
      document.removeEventListener("click", follow);
      removeEventListener("popstate", back);
    };
  }, []);
  return routeOf(address);
}

function current(): string {
  return location.pathname + location.search;
}

function routeOf(address: string): Route {
  const [path = "", search] = address.split("?", 2);
  return parseRoute(path, search === undefined ? "" : `?${search}`);
}

function internalLink(event: MouseEvent): string | null {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  if (event.defaultPrevented) return null;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null || link.target !== "" || link.hasAttribute("download")) return null;
  if (link.origin !== location.origin || link.hash !== "") return null;
  return link.pathname + link.search;
}

/**
 * Moves the focus to the heading of a view that was just opened, so that readers and keyboards follow. Every view has
 * a heading at once (PageHead), which hands the focus on when another takes its place.
 */
export function useHeadingFocus(subject: string): void {
  useEffect(() => {
    if (!opened) return;
    opened = false;
    document.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
  }, [subject]);
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title;
  }, [title]);
}
