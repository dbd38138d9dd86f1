/** How a clone differs from its parent (S5.12). */

import { exact } from "../common/time";
import type { Time } from "../run/run";
import { modelWords, type Options, optionOf, SPLIT_WORDS } from "./options";
import { FIELDS, type FieldName, type Form, fieldsOf, labelOf, meaningOf } from "./wizard";

/** When the configs that the parent ran with had last been changed. */
export interface Frozen {
  feature_config: Time | null;
  model_config: Time | null;
}

export interface Difference {
  label: string;
  before: string;
  after: string;
}

/** What a clone changes, in the order of the form; also configs of the same name whose content is another by now. */
export function differencesOf(before: Form, after: Form, options: Options, frozen: Frozen | null): Difference[] {
  const shown = new Set([...fieldsOf(before), ...fieldsOf(after)]);
  shown.delete("model_type"); // it follows from the model config
  const changed = FIELDS.filter((field) => shown.has(field) && !same(field, before, after)).map((field) => ({
    label: labelOf(field),
    before: spoken(field, before, options),
    after: spoken(field, after, options),
  }));
  const stale = (["feature_config", "model_config"] as const).flatMap((field) => {
    const chosen = optionOf(options, field, after[field]);
    const [then, now] = [frozen?.[field] ?? null, chosen?.updatedAt ?? null];
    if (chosen === null || after[field] !== before[field] || then === null || now === null || now <= then) return [];
    return [{ label: labelOf(field), before: `${chosen.name} of ${exact(then)}`, after: `changed on ${exact(now)}` }];
  });
  return [...changed, ...stale];
}

function same(field: FieldName, before: Form, after: Form): boolean {
  if (fieldsOf(after).includes(field) !== fieldsOf(before).includes(field)) return false;
  return meaningOf(field, before[field]) === meaningOf(field, after[field]);
}

function spoken(field: FieldName, form: Form, options: Options): string {
  if (!fieldsOf(form).includes(field)) return "none";
  const text = meaningOf(field, form[field]);
  switch (field) {
    case "feature_config":
    case "model_config":
      return optionOf(options, field, text)?.name ?? text;
    case "split":
      return SPLIT_WORDS[text as keyof typeof SPLIT_WORDS] ?? text;
    case "batch_size":
    case "learning_rate":
      return text || `${modelWords(optionOf(options, "model_config", form.model_config), field)}`;
    case "train_days":
      return text || "all the days before";
    case "exclude_purchased":
    case "reuse_cache":
      return text === "true" ? "yes" : "no";
    default:
      return text || "none";
  }
}
