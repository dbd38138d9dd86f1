/** Which run leads those of one protocol and sample size: a line of the head of their read model (S7.9). */
import type { Firestore, Unsubscribe } from "firebase/firestore";
import type { Rival } from "../model/run/next";
import { type Fields, isFields, listOf, numberOrNull, text } from "./fields";
import { type OnError, type OnValue, watchDocument } from "./watch";

type Leaders = Map<number, Rival>;

/** By sample size, in percent; null while nothing has ended there. */
export function watchLeaders(
  db: Firestore,
  insights: string,
  onValue: OnValue<Leaders | null>,
  onError: OnError,
): Unsubscribe {
  return watchDocument(db, "insights", insights, toLeaders, onValue, onError);
}

function toLeaders(data: Fields): Leaders {
  const found = listOf(data.samples, ({ sample_percent, best }) => {
    const size = numberOrNull(sample_percent);
    return size === null || !isFields(best) ? null : ([size, toRival(best)] as const);
  });
  return new Map(found.filter((pair) => pair !== null));
}

function toRival(best: Fields): Rival {
  const number = numberOrNull(best.number);
  const name = [number === null ? "" : `#${number}`, text(best.name)].filter(Boolean).join(" ");
  return { id: text(best.experiment), name: name || "another experiment" };
}
