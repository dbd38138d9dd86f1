/** What a run was frozen as: its configs, the shape of its model, and the images that ran it. */
import type { Firestore, Unsubscribe } from "firebase/firestore";
import type { Group, Shape } from "../model/run/run";
import { type Fields, groupOrNull, mapOf, text } from "./fields";
import { toShape } from "./read";
import { type OnError, type OnValue, watchDocument } from "./watch";

interface Snapshot {
  configs: Group;
  shape: Shape | null;
  images: Record<string, string>;
}

/** null until it is prepared. */
export function watchFrozenConfigs(
  db: Firestore,
  id: string,
  onValue: OnValue<Snapshot | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, `runs/${id}/details`, "snapshot", toSnapshot, onValue, onError);
}

function toSnapshot(data: Fields): Snapshot {
  return { configs: groupOrNull(data.configs) ?? {}, shape: toShape(data), images: mapOf(data.images, text) };
}
