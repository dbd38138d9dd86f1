/** Live reads of configs, and of what the service says about them. */
import type { Firestore } from "firebase/firestore";
import { useCallback } from "preact/hooks";
import {
  watchConfig,
  watchConfigCommand,
  watchConfigs,
  watchReport,
  watchReportPart,
  watchReports,
  watchVersions,
} from "../../data/configs";
import type { Feed } from "../../model/common/feed";
import type { ConfigKind } from "../../model/common/routes";
import type { Config, ConfigReport, Version } from "../../model/configs/configs";
import type { Group } from "../../model/run/run";
import { type Start, useFeed } from "../hooks";

type Live<T> = [Feed<T>, retry: () => void];

/** All configs of a kind; nothing while `kind` is null. */
export function useConfigs(db: Firestore, kind: ConfigKind | null): Live<Config[]> {
  const watch = useCallback<Start<Config[]>>((...on) => watchConfigs(db, kind ?? "datasets", ...on), [db, kind]);
  return useFeed(kind === null ? null : watch);
}

export function useReports(db: Firestore, kind: ConfigKind): Live<ConfigReport[]> {
  return useFeed(useCallback<Start<ConfigReport[]>>((...on) => watchReports(db, kind, ...on), [db, kind]));
}

export function useConfig(db: Firestore, kind: ConfigKind, id: string | null): Live<Config | null> {
  const watch = useCallback<Start<Config | null>>((...on) => watchConfig(db, kind, id ?? "", ...on), [db, kind, id]);
  return useFeed(id === null ? null : watch);
}

export function useReport(db: Firestore, kind: ConfigKind, id: string | null): Live<ConfigReport | null> {
  const watch = useCallback<Start<ConfigReport | null>>(
    (...on) => watchReport(db, kind, id ?? "", ...on),
    [db, kind, id],
  );
  return useFeed(id === null ? null : watch);
}

/** A larger piece of a report by its name. */
export function useReportPart(db: Firestore, kind: ConfigKind, id: string | null, part: string): Live<Group | null> {
  const watch = useCallback<Start<Group | null>>(
    (...on) => watchReportPart(db, kind, id ?? "", part, ...on),
    [db, kind, id, part],
  );
  return useFeed(id === null ? null : watch);
}

export function useVersions(db: Firestore, kind: ConfigKind, id: string): Live<Version[]> {
  return useFeed(useCallback<Start<Version[]>>((...on) => watchVersions(db, kind, id, ...on), [db, kind, id]));
}

/** Whether the deletion of a config waits for the service; nothing is read unless `asked`. */
export function useDeletionWaiting(db: Firestore, kind: ConfigKind, id: string, asked: boolean): Feed<boolean> {
  const watch = useCallback<Start<boolean>>(
    (...on) => watchConfigCommand(db, "delete_config", kind, id, ...on),
    [db, kind, id],
  );
  const [feed] = useFeed(asked ? watch : null);
  return feed;
}
