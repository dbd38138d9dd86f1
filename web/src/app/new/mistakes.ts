/** What keeps an experiment from being started: what is wrong in the form by itself, and what the service says. */
import { words } from "../../model/common/format";
import type { Suggestion } from "../../model/dashboard/suggestions";
import { type Options, optionOf, unfitFeatures, unfitModel } from "../../model/new/options";
import { type Place, placed, sentenceCase } from "../../model/new/placing";
import { type FieldName, type Form, fieldsOf, type Mistakes } from "../../model/new/wizard";
import { placeLabel, type Wrong } from "../../views/new/new";
import type { Check } from "./use_check";

/** Mistakes of choices: gone, or of two kinds that do not go together. */
export function choiceMistakes(form: Form, options: Options, suggestion: Suggestion | null): Mistakes {
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
export function shownOf(mistakes: Mistakes, form: Form, left: ReadonlySet<FieldName>): Mistakes {
  const at = (field: FieldName) =>
    left.has(field) || ((field === "feature_config" || field === "model_config") && form[field] !== "");
  return Object.fromEntries(Object.entries(mistakes).filter(([field]) => at(field as FieldName)));
}

/** Everything that keeps the experiment from being started, in the order of the form; `told`: by the service. */
export function wrongOf(mistakes: Mistakes, check: Check, form: Form): (Wrong & { told: boolean })[] {
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
