/** Where time and live reads enter; views get them as plain arguments. */
import type { Firestore, Unsubscribe } from "firebase/firestore";
import { useCallback, useEffect, useState } from "preact/hooks";
import type { OnError, OnValue } from "../data/watch";
import { type Feed, nextFeed } from "../model/common/feed";
import type { Time } from "../model/run/run";

export type Start<T> = (onValue: OnValue<T>, onError: OnError) => () => void;

/** The state of a live read, which begins again when `start` changes or with the returned function. */
export function useFeed<T>(start: Start<T> | null): [Feed<T>, () => void] {
  const [feed, setFeed] = useState<Feed<T>>({ status: "loading" });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    setFeed({ status: "loading" });
    if (start === null) return;
    return start(
      (value, fresh) => setFeed((before) => nextFeed(before, value, fresh)),
      (error) => setFeed({ status: "failed", error }),
    );
  }, [start, attempt]);
  return [feed, useCallback(() => setAttempt((n) => n + 1), [])];
}

type Watch<T> = (db: Firestore, id: string, onValue: OnValue<T>, onError: OnError) => Unsubscribe;

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

/** Whether something has been waited for longer than it should take. */
export function useSlow(waiting: boolean, milliseconds: number): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    setSlow(false);
    if (!waiting) return;
    const timer = setTimeout(() => setSlow(true), milliseconds);
    return () => clearTimeout(timer);
  }, [waiting, milliseconds]);
  return slow;
}
