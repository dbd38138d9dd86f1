/** What stands in the form of a new experiment, what the service says about it, and how it is started. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { createExperiment, writeOnce } from "../../data/commands";
import { watchReport } from "../../data/configs";
import { toFeedError } from "../../data/errors";
import { type Feed, type FeedError, latest } from "../../model/common/feed";
import { words } from "../../model/common/format";
import { newExperimentId } from "../../model/common/ids";
import { withSearch as address, type ConfigKind, experimentPath } from "../../model/common/routes";
import { asYaml } from "../../model/common/yaml";
import type { ConfigReport } from "../../model/configs/configs";
import type { GroupHead } from "../../model/dashboard/insights";
import type { Suggestion } from "../../model/dashboard/suggestions";
import { differencesOf, type Frozen } from "../../model/new/clone";
import { type Forecast, forecastOf } from "../../model/new/forecast";
import {
  type ModelType,
  type Options,
  optionOf,
  unfitFeatures,
  unfitModel,
  withDefaults,
  withType,
} from "../../model/new/options";
import { type Place, placed, sentenceCase, stepOfPlace } from "../../model/new/placing";
import { clonedOf } from "../../model/new/rerun";
import {
  askedOf,
  type FieldName,
  type Form,
  fieldsOf,
  formOf,
  type Mistakes,
  mistakesOf,
  parsedForm,
  requestOf,
  type Step,
  withSearch,
} from "../../model/new/wizard";
import type { Group } from "../../model/run/run";
import { type CheckState, ForecastView } from "../../views/new/forecast";
import { HowStep } from "../../views/new/how";
import { NewView, type Origin, placeLabel, type SendState, titleOf, type Wrong } from "../../views/new/new";
import { WhatStep } from "../../views/new/what";
import type { Context } from "../context";
import { type Start, useFeed } from "../hooks";
import { useKeys } from "../keys";
import { navigate, useTitle } from "../navigation";
import { type DraftState, useDraft } from "../use_draft";

/** What a form is begun from; `request` is empty when from nothing. */
export interface Source {
  /** Of the address, by which what was entered is kept. */
  key: string;
  request: Group;
  parent: { id: string; title: string; request: Group; endpoint: string; frozen: Frozen | null } | null;
  suggestion: Suggestion | null;
}

interface WizardProps {
  app: Context;
  search: string;
  source: Source;
  options: Extract<Feed<Options>, { status: "ready" }>;
  boards: readonly GroupHead[] | null;
  fresh: boolean;
}

const SLOW_MS = 15_000; // a check takes a second or two; after that nobody should have to wait for it

export function Wizard({ app, search, source, options: feed, boards, fresh }: WizardProps) {
  const { db, user } = app;
  const options = feed.value;
  const { kept, form, setForm, restored, forget, restart } = useKeptForm(source, search, options);
  const step: Step = new URLSearchParams(search).get("step") === "2" ? 2 : 1;
  const endpoint = new URLSearchParams(search).get("endpoint") ?? source.parent?.endpoint ?? app.endpoint;
  const base = { endpoint, parent: source.parent?.id ?? null };

  const [left, setLeft] = useState<ReadonlySet<FieldName>>(new Set());
  const [tried, setTried] = useState(false);
  const [state, setState] = useState<SendState>({ step: "editing" });
  const mistakes = { ...mistakesOf(form), ...choiceMistakes(form, options, source.suggestion) };
  const request = requestOf(form, base);
  const check = useCheck(app, form, askedOf(request), mistakes, fresh);
  const shown = tried ? mistakes : shownOf(mistakes, form, left);
  const found = placed(check.current ? (check.draft.report?.problems ?? []) : [], form);
  const wrong = wrongOf(mistakes, check, form);
  const show = useShow(step, search);

  const origin = useOrigin(app, source, options);
  useTitle(`${titleOf(origin)} · Quicktest`);

  const edit = (field: FieldName, text: string) => {
    setForm((now) => ({ ...now, [field]: text }));
    setState((now) => (now.step === "sending" ? now : { step: "editing" }));
  };
  const leave = (field: FieldName) => setLeft((now) => new Set([...now, field]));
  const goTo = (next: Step) => navigate(stepPath(search, next));
  const send = () => {
    setState({ step: "sending" });
    createExperiment(db, kept.id, request, user.uid).then(
      () => {
        forget();
        navigate(experimentPath(kept.id), { replace: true }); // going back leads to where it was begun, not to a used form
      },
      (error) => setState({ step: "failed", error: toFeedError(error) }),
    );
  };
  const start = () => {
    setTried(true);
    const first = wrong[0];
    if (first !== undefined) {
      setState({ step: "editing" });
      return show(first.place);
    }
    if (check.state === "done") return send();
    setState({ step: check.state === "unreachable" ? "unchecked" : "waiting" });
  };
  const go = () => (step === 1 ? goTo(2) : state.step !== "sending" && start());

  // A start that waits for the check goes on when it is through.
  useEffect(() => {
    if (state.step === "waiting" && check.state !== "checking") start();
    if (state.step === "unchecked" && check.state === "done") setState({ step: "editing" });
  }, [state.step, check.state]);

  useGoKey(go);
  const reports = useReports(app, form, options);
  const common = { form, mistakes: shown, placed: found, forecast: check.forecast, onEdit: edit, onLeave: leave };
  return (
    <NewView
      {...{
        origin,
        endpoint,
        step,
        fresh,
        restored,
        wrong: wrong.filter(({ place, told }) => told || place in shown),
        tried,
        state,
      }}
      stepPath={(next) => stepPath(search, next)}
      onRestart={() => {
        restart();
        setTried(false);
        setLeft(new Set());
        setState({ step: "editing" });
      }}
      differences={
        source.parent === null
          ? []
          : differencesOf(
              withDefaults(formOf(clonedOf(source.parent.request)), options),
              form,
              options,
              source.parent.frozen,
            )
      }
      general={found.form ?? []}
      yaml={asYaml({ kind: "experiment", ...request })}
      forecast={
        <ForecastView
          {...{ endpoint, boards, check: check.state, forecast: check.forecast, current: check.forecastIsCurrent }}
          limit={form.max_cost_usd}
        />
      }
      onGo={go}
      onBack={() => goTo(1)}
      onStartUnchecked={send}
      onKeepWaiting={() => setState({ step: "editing" })}
      onShow={show}
    >
      {step === 1 ? (
        <WhatStep
          {...common}
          {...{ options, reports }}
          onType={(type: ModelType) => setForm((now) => withType(now, type, options))}
        />
      ) : (
        <HowStep
          {...common}
          features={optionOf(options, "feature_config", form.feature_config)}
          model={optionOf(options, "model_config", form.model_config)}
          recommended={check.recommended}
        />
      )}
    </NewView>
  );
}

function stepPath(search: string, step: Step): string {
  const fields = Object.fromEntries(new URLSearchParams(search));
  return address("/new", { ...fields, step: step === 1 ? "" : String(step) });
}

// ------------------------------------------------------------------------------------------------- what is in the form

interface Kept {
  /** Of the experiment, however often it is sent. */
  id: string;
  form: Form;
  /** As it was before anything was entered. */
  begun: Form;
}

const FOLDER = "quicktest.new ";

/** The form, which a reload of the page does not lose: it is kept for as long as the browser's tab is. */
function useKeptForm(source: Source, search: string, options: Options) {
  const key = FOLDER + source.key;
  const anew = () => withDefaults(withSearch(formOf(source.request), search), options);
  const [begun] = useState(() => {
    const found = recall(key);
    const begins = anew();
    const entered = found !== null && JSON.stringify(found.form) !== JSON.stringify(found.begun);
    const id = found?.id ?? newExperimentId(Date.now());
    return { kept: entered ? found : { id, form: begins, begun: begins }, restored: entered };
  });
  const [form, setForm] = useState(begun.kept.form);
  const [restored, setRestored] = useState(begun.restored);
  const sent = useRef(false);
  useEffect(() => {
    const { id, begun: before } = begun.kept;
    if (sent.current) return;
    sessionStorage.setItem(key, JSON.stringify({ id, form: JSON.stringify(form), begun: JSON.stringify(before) }));
  }, [key, form, begun.kept]);
  return {
    kept: begun.kept,
    form,
    setForm,
    restored,
    forget: () => {
      sent.current = true;
      sessionStorage.removeItem(key);
    },
    restart: () => {
      setForm(anew());
      setRestored(false);
    },
  };
}

function recall(key: string): Kept | null {
  const stored = sessionStorage.getItem(key);
  if (stored === null) return null;
  const { id, ...data } = JSON.parse(stored) as { id?: unknown; form?: unknown; begun?: unknown };
  const [form, begun] = [data.form, data.begun].map((text) => (typeof text === "string" ? parsedForm(text) : null));
  return form && begun && typeof id === "string" ? { id, form, begun } : null;
}

/** Mistakes of choices: gone, or of two kinds that do not go together. */
function choiceMistakes(form: Form, options: Options, suggestion: Suggestion | null): Mistakes {
  const features = optionOf(options, "feature_config", form.feature_config);
  const model = optionOf(options, "model_config", form.model_config);
  const gone = (["feature_config", "model_config"] as const).flatMap((field) =>
    form[field] === "" || optionOf(options, field, form[field]) !== null
      ? []
      : [[field, goneWords(field, form[field], suggestion)] as const],
  );
  const unfit = model === null || features === null ? null : unfitFeatures(features, model.modelType);
  const apart = model === null ? null : unfitModel(model, features);
  return {
    ...Object.fromEntries(gone),
    ...(unfit === null ? {} : { feature_config: `${unfit} Choose another one, or another model type.` }),
    ...(apart === null ? {} : { model_config: `${apart} Choose another one.` }),
  };
}

function goneWords(field: "feature_config" | "model_config", id: string, suggestion: Suggestion | null): string {
  if (field === "model_config" && suggestion?.modelConfig?.id === id)
    return "The model config of the suggestion is not stored yet. Store it, or choose another one.";
  return `There is no ${words(field)} ${id} any more. Choose another one.`;
}

/** Of fields that were left, and of choices, which are never half written. */
function shownOf(mistakes: Mistakes, form: Form, left: ReadonlySet<FieldName>): Mistakes {
  const at = (field: FieldName) =>
    left.has(field) || ((field === "feature_config" || field === "model_config") && form[field] !== "");
  return Object.fromEntries(Object.entries(mistakes).filter(([field]) => at(field as FieldName)));
}

// ------------------------------------------------------------------------------------------------------------ the check

interface Check {
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
function useCheck(app: Context, form: Form, content: Group, mistakes: Mistakes, fresh: boolean): Check {
  const chosen = form.feature_config !== "" && form.model_config !== "";
  const held = Object.keys(mistakes).length > 0;
  const asked = useRef<Group | null>(null);
  if (chosen && !held) asked.current = content;
  const draft = useDraft(app, "experiment", asked.current);
  const slow = useSlow(draft.checking);
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

function useSlow(checking: boolean): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    setSlow(false);
    if (!checking) return;
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, [checking]);
  return slow;
}

/** Everything that keeps the experiment from being started, in the order of the form; `told`: by the service. */
function wrongOf(mistakes: Mistakes, check: Check, form: Form): (Wrong & { told: boolean })[] {
  const own = Object.entries(mistakes).map(([field, sentence]) => ({ place: field as Place, sentence, told: false }));
  const said = (check.current ? (check.draft.report?.problems ?? []) : [])
    .filter(({ severity }) => severity === "error")
    .flatMap((problem) =>
      Object.keys(placed([problem], form)).map((place) => ({
        place: place as Place,
        sentence: `${sentenceCase(problem.problem)} ${problem.remedy}`.trim(),
        told: true,
      })),
    );
  const order: readonly string[] = [...fieldsOf(form), "dataset", "form"];
  return [...own, ...said]
    .map((each) => ({ ...each, label: placeLabel(each.place) }))
    .sort((a, b) => order.indexOf(a.place) - order.indexOf(b.place));
}

function useReports({ db }: Context, form: Form, options: Options) {
  const dataset = optionOf(options, "feature_config", form.feature_config)?.dataset ?? "";
  return {
    features: useReport(db, "feature_configs", form.feature_config),
    model: useReport(db, "model_configs", form.model_config),
    dataset: useReport(db, "datasets", dataset),
  };
}

/** What the service says of a config that is chosen; null while none is, or while it has said nothing. */
function useReport(db: Context["db"], kind: ConfigKind, id: string): ConfigReport | null {
  const watch = useCallback<Start<ConfigReport | null>>((...on) => watchReport(db, kind, id, ...on), [db, kind, id]);
  const [feed] = useFeed(id === "" ? null : watch);
  const [last, setLast] = useState<ConfigReport | null>(null);
  const found = latest(feed);
  useEffect(() => {
    if (found !== null) setLast(found);
  }, [found]);
  const known = found ?? last;
  return known?.id === id ? known : null;
}

// ------------------------------------------------------------------------------------------------------------- origins

function useOrigin({ db, user }: Context, { parent, suggestion }: Source, options: Options): Origin {
  const [storing, setStoring] = useState(false);
  const [failed, setFailed] = useState<FeedError | null>(null);
  if (suggestion !== null) {
    const brought = suggestion.modelConfig;
    const store = () => {
      if (brought === null) return;
      setStoring(true);
      setFailed(null);
      writeOnce(db, "model_configs", brought.id, brought.content, user.uid)
        .catch((error) => setFailed(toFeedError(error)))
        .finally(() => setStoring(false));
    };
    return {
      kind: "suggestion",
      parent: { id: suggestion.base, title: parent?.title ?? `Exp #${suggestion.baseNumber ?? "?"}` },
      suggestion,
      stored: brought === null || optionOf(options, "model_config", brought.id) !== null,
      onStore: store,
      storing,
      failed,
    };
  }
  return parent === null ? { kind: "nothing" } : { kind: "clone", parent };
}

// ----------------------------------------------------------------------------------------------------- focus and keys

/** Goes to a field: to its step, and then to where one can type or choose. */
function useShow(step: Step, search: string): (place: Place) => void {
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
function useGoKey(go: () => void): void {
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
