/** Where time, addresses and live reads enter; views get them as plain arguments. */
import type { Firestore, Unsubscribe } from "firebase/firestore";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { OnError, OnValue } from "../data/feeds";
import type { Feed } from "../model/feed";
import { parseRoute, type Route, subject } from "../model/routes";
import type { Time } from "../model/run";

export type Start<T> = (onValue: OnValue<T>, onError: OnError) => () => void;

/** The state of a live read, which begins again when `start` changes or with the returned function. */
export function useFeed<T>(start: Start<T> | null): [Feed<T>, () => void] {
  const [feed, setFeed] = useState<Feed<T>>({ status: "loading" });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    setFeed({ status: "loading" });
    if (start === null) return;
    return start(
      (value, fresh) => setFeed({ status: "ready", value, fresh }),
      (error) => setFeed({ status: "failed", error }),
    );
  }, [start, attempt]);
  return [feed, useCallback(() => setAttempt((n) => n + 1), [])];
}

export type Watch<T> = (db: Firestore, id: string, onValue: OnValue<T>, onError: OnError) => Unsubscribe;

/** Watches one document of an experiment; nothing while `id` is null. */
export function useDocument<T>(watch: Watch<T>, db: Firestore, id: string | null): [Feed<T>, () => void] {
  const start = useCallback(
    (onValue: OnValue<T>, onError: OnError) => watch(db, id ?? "", onValue, onError),
    [watch, db, id],
  );
  return useFeed(id === null ? null : start);
}

/** The time, each second while `ticking`, else each minute: relative times grow old slowly. */
export function useNow(ticking: boolean): Time {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), ticking ? 1_000 : 10_000);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}

let opened = false; // a view was opened by a link or by going back, and its heading waits for the focus

/** Goes to an address of the page, as a link does; `replace`: in the place of the current one. */
export function navigate(path: string, { replace = false } = {}): void {
  if (path === location.pathname) return; // a second press must not need a second step back
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
  scrollTo(0, 0);
}

/** The current address; links inside the page change it without a reload. */
export function useRoute(): Route {
  const [path, setPath] = useState(location.pathname);
  const shown = useRef(path);
  useEffect(() => {
    const show = (next: string) => {
      opened = subject(parseRoute(next)) !== subject(parseRoute(shown.current));
      shown.current = next;
      setPath(next);
    };
    const follow = (event: MouseEvent) => {
      const target = internalLink(event);
      if (target === null) return;
      event.preventDefault();
      if (target !== location.pathname) history.pushState(null, "", target);
      show(target);
      scrollTo(0, 0);
    };
    const back = () => show(location.pathname);
    document.addEventListener("click", follow);
    addEventListener("popstate", back);
    return () => {
      document.removeEventListener("click", follow);
      removeEventListener("popstate", back);
    };
  }, []);
  return parseRoute(path);
}

function internalLink(event: MouseEvent): string | null {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null || link.target !== "" || link.origin !== location.origin || link.hash !== "") return null;
  return link.pathname;
}

/** Moves the focus to the heading of a view that was just opened, so that readers and keyboards follow. */
export function useHeadingFocus(ready: boolean): void {
  useEffect(() => {
    if (!ready || !opened) return;
    opened = false;
    document.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
  }, [ready]);
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title;
  }, [title]);
}
