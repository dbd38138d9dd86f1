import type { Firestore } from "firebase/firestore";
import { useCallback } from "preact/hooks";
import { watchRuns } from "../data/feeds";
import { latest } from "../model/feed";
import { isLive, type Run } from "../model/run";
import { ListView } from "../views/list";
import { type Start, useFeed, useHeadingFocus, useNow, useTitle } from "./hooks";

export function ListPage({ db }: { db: Firestore }) {
  const [runs, retry] = useFeed<Run[]>(useCallback<Start<Run[]>>((...on) => watchRuns(db, ...on), [db]));
  const now = useNow(latest(runs)?.some(isLive) ?? false);
  useTitle("Experiments · Quicktest");
  useHeadingFocus(true);
  return <ListView runs={runs} now={now} onRetry={retry} />;
}
