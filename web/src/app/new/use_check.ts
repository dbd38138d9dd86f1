/** What the service says about the form of a new experiment. */
import { useRef } from "preact/hooks";
import { type Forecast, forecastOf } from "../../model/new/forecast";
import type { Form, Mistakes } from "../../model/new/wizard";
import type { Group } from "../../model/run/run";
import type { CheckState } from "../../views/new/forecast";
import type { Context } from "../context";
import { useSlow } from "../hooks";
import { type DraftState, useDraft } from "../use_draft";

const SLOW_MS = 15_000; // a check takes a second or two; after that nobody should have to wait for it

export interface Check {
  state: CheckState;
  draft: DraftState;
  /** Whether the report is about what stands in the form. */
  current: boolean;
  /** The last that was given; problems give none. */
  forecast: Forecast | null;
  forecastIsCurrent: boolean;
  recommended: { tier: string; reason: string } | null;
}

/** Asks the service about the form while no field is wrong by itself. */
export function useCheck(app: Context, form: Form, content: Group, mistakes: Mistakes, fresh: boolean): Check {
  const chosen = form.feature_config !== "" && form.model_config !== "";
  const held = Object.keys(mistakes).length > 0;
  const asked = useRef<Group | null>(null);
  if (chosen && !held) asked.current = content;
  const draft = useDraft(app, "experiment", asked.current);
  const slow = useSlow(draft.checking, SLOW_MS);
  const current = chosen && !held && !draft.checking && draft.report !== null;
  const last = useRef<{ forecast: Forecast; edit: number } | null>(null);
  const recommended = useRef<Check["recommended"]>(null);
  const { report } = draft;
  // an experiment that its budget forbids has a forecast, too
  if (report?.fields.estimate !== undefined && report.edit !== last.current?.edit) {
    last.current = { forecast: forecastOf(report.fields), edit: report.edit };
    if (form.hardware === "auto" && !draft.checking) recommended.current = last.current.forecast.hardware;
  }
  const unreachable = draft.problem !== null || slow || (draft.checking && !fresh);
  const state = !chosen ? "nothing" : held ? "held" : unreachable ? "unreachable" : current ? "done" : "checking";
  return {
    state,
    draft,
    current,
    forecast: last.current?.forecast ?? null,
    forecastIsCurrent: current && last.current?.edit === report?.edit,
    recommended: recommended.current,
  };
}
