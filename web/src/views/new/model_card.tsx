/** The model config of a new experiment, its layers and their parameters. */
import { count } from "../../model/common/format";
import { group, numberOf, textOf } from "../../model/common/values";
import type { ConfigReport } from "../../model/configs/configs";
import type { Forecast } from "../../model/new/forecast";
import { type ModelOption, optionOf, unfitModel } from "../../model/new/options";
import { stacksOf, towersOf } from "../../model/new/preview";
import { Findings, NoConfig, Picker } from "./picker";
import type { CardProps, Reports } from "./what";

export function ModelCard({ form, options, reports, forecast, mistakes, placed, onEdit, type }: CardProps) {
  const features = optionOf(options, "feature_config", form.feature_config);
  const offered = options.model_config.filter(({ modelType, id }) => modelType === type || id === form.model_config);
  const others = options.model_config.length - offered.length;
  const choices = offered.map((each) => ({
    value: each.id,
    title: each.name,
    what: modelLine(each),
    blocked: each.modelType === type ? unfitModel(each, features) : `It is a ${each.modelType} model.`,
  }));
  const chosen = optionOf(options, "model_config", form.model_config);
  return (
    <section class="new-card" aria-label="Model config">
      <Picker
        name="model_config"
        legend="Model config"
        value={form.model_config}
        choices={choices}
        onPick={(id) => onEdit("model_config", id)}
        problem={mistakes.model_config}
        none={<NoConfig kind="model_configs" what={`${type} model config`} fields={{ model_type: type }} />}
        beside={
          others === 0 ? null : `${others === 1 ? "1 config is" : `${others} configs are`} of another model type.`
        }
      />
      {chosen !== null && <Stacks reports={reports} forecast={forecast} model={chosen} />}
      <Findings
        kind="model_configs"
        id={form.model_config}
        stored={chosen !== null}
        problems={[...(placed.model_config ?? []), ...(reports.model?.problems ?? [])]}
      />
    </section>
  );
}

function modelLine({ layers, optimizer, learningRate }: ModelOption): string {
  return `${layers}; ${optimizer} at ${learningRate}`;
}

interface StacksProps {
  reports: Reports;
  forecast: Forecast | null;
  model: ModelOption;
}

/** The layers of each part, and the parameters that they have. */
function Stacks({ reports, forecast, model }: StacksProps) {
  const fields = reports.model?.fields;
  if (fields === undefined) return null;
  const stacks = stacksOf(fields, reports.features === null ? [] : towersOf(reports.features.fields));
  return (
    <div class="new-stacks">
      {stacks.map(({ part, layers }) => (
        <div key={part} class="new-stack">
          <h3>{part === "query" ? "Query tower" : part === "candidate" ? "Candidate tower" : "Rating head"}</h3>
          <ol>
            {layers.map((layer, i) => (
              <li key={i}>{layer}</li>
            ))}
          </ol>
        </div>
      ))}
      <p class="faint">
        {parameterWords(forecast, fields)}; {model.optimizer} at {model.learningRate}, batch size {model.batchSize}
        {textOf(fields.regularisation) !== "" && `, regularisation ${textOf(fields.regularisation)}`}.
      </p>
    </div>
  );
}

function parameterWords(forecast: Forecast | null, fields: ConfigReport["fields"]): string {
  if (forecast?.parameters) {
    const { total, embeddings } = forecast.parameters;
    return `${count(total)} parameters${embeddings === null ? "" : `, ${count(embeddings)} of them in embeddings`}`;
  }
  const { total, input_width: width } = group(fields.parameters);
  const known = numberOf(total);
  return known === null
    ? "Parameters not known yet"
    : `${count(known)} parameters without embeddings, at inputs ${count(numberOf(width))} wide`;
}
