/** The two steps of the form of a new experiment: how one goes to one of them, to a field, and on. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { withSearch as address } from "../../model/common/routes";
import { type Place, stepOfPlace } from "../../model/new/placing";
import type { Step } from "../../model/new/wizard";
import { useKeys } from "../keys";
import { navigate } from "../navigation";

export function stepPath(search: string, step: Step): string {
  const fields = Object.fromEntries(new URLSearchParams(search));
  return address("/new", { ...fields, step: step === 1 ? "" : String(step) });
}

/** Goes to a field: to its step, and then to where one can type or choose. */
export function useShow(step: Step, search: string): (place: Place) => void {
  const [wanted, setWanted] = useState<{ place: Place } | null>(null);
  const before = useRef(step);
  useLayoutEffect(() => {
    if (wanted !== null) {
      if (stepOfPlace(wanted.place) !== step) return navigate(stepPath(search, stepOfPlace(wanted.place)));
      setWanted(null);
      focusAt(wanted.place);
    } else if (before.current !== step) {
      document.getElementById("step")?.focus({ preventScroll: true });
    }
    before.current = step;
  }, [wanted, step, search]);
  return (place) => setWanted({ place });
}

function focusAt(place: Place): void {
  const found = document.getElementById(place);
  const hidden = found?.closest("details:not([open])");
  if (hidden instanceof HTMLDetailsElement) hidden.open = true;
  const field =
    found?.querySelector<HTMLElement>("input:checked") ?? found?.querySelector<HTMLElement>("input:enabled");
  (found instanceof HTMLFieldSetElement ? (field ?? found) : found)?.focus();
}

/** Ctrl+Enter goes on from anywhere in the form. */
export function useGoKey(go: () => void): void {
  useKeys([{ keys: "Ctrl+Enter", what: "Go on, or start the experiment", run: go }]);
  const newest = useRef(go);
  newest.current = go;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
      event.preventDefault();
      newest.current();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}
