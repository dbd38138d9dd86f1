/** What stands in the form of a new experiment, what the service says about it, and how it is started. */
import { useEffect, useState } from "preact/hooks";
import { createExperiment } from "../../data/commands";
import { toFeedError } from "../../data/errors";
import type { Feed } from "../../model/common/feed";
import { experimentPath } from "../../model/common/routes";
import { asYaml } from "../../model/common/yaml";
import type { GroupHead } from "../../model/dashboard/insights";
import { differencesOf } from "../../model/new/clone";
import { type ModelType, type Options, optionOf, withDefaults, withType } from "../../model/new/options";
import { placed } from "../../model/new/placing";
import { clonedOf } from "../../model/new/rerun";
import { askedOf, type FieldName, formOf, mistakesOf, requestOf, type Step } from "../../model/new/wizard";
import { ForecastView } from "../../views/new/forecast";
import { HowStep } from "../../views/new/how";
import { NewView, type SendState } from "../../views/new/new";
import { titleOf } from "../../views/new/origin";
import { WhatStep } from "../../views/new/what";
import type { Context } from "../context";
import { navigate, useTitle } from "../navigation";
import { choiceMistakes, shownOf, wrongOf } from "./mistakes";
import type { Source } from "./source";
import { stepPath, useGoKey, useShow } from "./steps";
import { useCheck } from "./use_check";
import { useKeptForm } from "./use_kept_form";
import { useOrigin } from "./use_origin";
import { useReports } from "./use_reports";

interface WizardProps {
  app: Context;
  search: string;
  source: Source;
  options: Extract<Feed<Options>, { status: "ready" }>;
  boards: readonly GroupHead[] | null;
  fresh: boolean;
}

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
