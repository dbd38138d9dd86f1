/** Step 1 of a new experiment: model type, features, model, and the data that follow from them. */
import { textOf } from "../../model/common/values";
import type { ConfigReport } from "../../model/configs/configs";
import type { Forecast } from "../../model/new/forecast";
import { MODEL_TYPE_WORDS, MODEL_TYPES, type ModelType, type Options } from "../../model/new/options";
import type { Placed } from "../../model/new/placing";
import type { FieldName, Form, Mistakes } from "../../model/new/wizard";
import { DatasetCard } from "./dataset_card";
import { FeatureCard } from "./feature_card";
import { ModelCard } from "./model_card";
import { Choices } from "./parts";
import { SplitFields } from "./split";

export interface Reports {
  features: ConfigReport | null;
  model: ConfigReport | null;
  dataset: ConfigReport | null;
}

export interface WhatProps {
  form: Form;
  options: Options;
  reports: Reports;
  forecast: Forecast | null;
  /** Those that are shown. */
  mistakes: Mistakes;
  placed: Placed;
  onEdit: (field: FieldName, text: string) => void;
  onType: (type: ModelType) => void;
  onLeave: (field: FieldName) => void;
}

export function WhatStep(props: WhatProps) {
  const { form, mistakes, onType } = props;
  const type = MODEL_TYPES.find((each) => each === form.model_type) ?? "retrieval";
  const types = MODEL_TYPES.map((value) => ({ value, ...MODEL_TYPE_WORDS[value] }));
  return (
    <>
      <Choices
        name="model_type"
        legend="Model type"
        value={type}
        choices={types}
        onPick={(value) => onType(value as ModelType)}
        problem={mistakes.model_type}
        look="cards"
      />
      <FeatureCard {...props} type={type} />
      <ModelCard {...props} type={type} />
      <DatasetCard {...props} />
      <SplitFields {...props} firstDay={textOf(props.reports.dataset?.fields.first_day) || null} />
    </>
  );
}

export type CardProps = WhatProps & { type: ModelType };
