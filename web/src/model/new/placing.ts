/** Where in the form of a new experiment each problem of the service's check is shown. */
import type { Problem } from "../run/run";
import { type FieldName, type Form, fieldsOf, type Step, stepOf } from "./wizard";

/** A field; `dataset`: the card of what the features are made of; `form`: the experiment as a whole. */
export type Place = FieldName | "dataset" | "form";
export type Placed = Partial<Record<Place, Problem[]>>;

/** Settings of the model config that the experiment's own fields stand above. */
const OVERRIDDEN = ["batch_size", "learning_rate"];

/** `split.test_days` is at its field, `feature_config.query_features.0.column` at the feature config. */
export function placeOf(path: string, form: Form): Place {
  const [first = "", second = ""] = path.split(".");
  const shown: readonly string[] = fieldsOf(form);
  if (first === "split") return shown.includes(second) ? (second as FieldName) : "split";
  if (first === "dataset" || path === "feature_config.dataset") return "dataset";
  if (first === "model_config" && OVERRIDDEN.includes(second)) return second as FieldName;
  return shown.includes(first) ? (first as FieldName) : "form";
}

export function placed(problems: readonly Problem[], form: Form): Placed {
  const found: Placed = {};
  for (const problem of problems) {
    const place = placeOf(problem.path, form);
    found[place] = [...(found[place] ?? []), problem];
  }
  return found;
}

/** The first sentence of a severity at a place; null when there is none. */
export function sentence(problems: readonly Problem[] | undefined, severity: Problem["severity"]): string | null {
  const first = problems?.find((each) => each.severity === severity);
  return first === undefined ? null : `${sentenceCase(first.problem)} ${first.remedy}`.trim();
}

/** The service's sentences begin after `field: `, so in small letters; beside a field they stand alone. */
export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function stepOfPlace(place: Place): Step {
  if (place === "dataset") return 1;
  return place === "form" ? 2 : stepOf(place);
}
