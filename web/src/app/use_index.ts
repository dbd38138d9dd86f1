import type { Firestore } from "firebase/firestore";
import { useCallback } from "preact/hooks";
import type { IndexState } from "../data/index/reader";
import { watchIndex } from "../data/index/watch";
import type { Feed } from "../model/common/feed";
import { type Start, useFeed } from "./hooks";

/** All experiments of a model endpoint, newest first, and how to begin anew after a failure. */
export function useIndex(db: Firestore, endpoint: string): [Feed<IndexState>, () => void] {
  return useFeed<IndexState>(
    useCallback<Start<IndexState>>((...on) => watchIndex(db, endpoint, ...on), [db, endpoint]),
  );
}
