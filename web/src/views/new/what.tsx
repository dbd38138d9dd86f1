/** Step 1 of a new experiment: model type, features, model, and the data that follow from them. */
import { useState } from "preact/hooks";
import { count, MISSING } from "../../model/common/format";
import { configPath, newConfigPath } from "../../model/common/routes";
import { group, numberOf, textOf } from "../../model/common/values";
import type { ConfigReport } from "../../model/configs/configs";
import { dayWords, type Forecast } from "../../model/new/forecast";
import {
  type FeatureOption,
  MODEL_TYPE_WORDS,
  MODEL_TYPES,
  type ModelOption,
  type ModelType,
  type Options,
  optionOf,
  unfitFeatures,
  unfitModel,
} from "../../model/new/options";
import type { Placed } from "../../model/new/placing";
import { type Dimension, stacksOf, type TowerWidth, towersOf } from "../../model/new/preview";
import type { FieldName, Form, Mistakes } from "../../model/new/wizard";
import type { Problem } from "../../model/run/run";
import { type Choice, Choices, ProblemList, Said } from "./parts";
import { SplitFields } from "./split";

interface Reports {
  features: ConfigReport | null;
  model: ConfigReport | null;
  dataset: ConfigReport | null;
}

interface WhatProps {
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

type CardProps = WhatProps & { type: ModelType };

function FeatureCard({ form, options, reports, mistakes, placed, onEdit, type }: CardProps) {
  const towers = reports.features === null ? null : towersOf(reports.features.fields);
  const choices = options.feature_config.map((each) => ({
    value: each.id,
    title: each.name,
    what: featureWords(each),
    blocked: unfitFeatures(each, type),
  }));
  return (
    <section class="new-card" aria-label="Feature config">
      <Picker
        name="feature_config"
        legend="Feature config"
        value={form.feature_config}
        choices={choices}
        onPick={(id) => onEdit("feature_config", id)}
        problem={mistakes.feature_config}
        none={<NoConfig kind="feature_configs" what="feature config" />}
      />
      {towers !== null && form.feature_config !== "" && <Towers towers={towers} />}
      <Findings
        kind="feature_configs"
        id={form.feature_config}
        stored={optionOf(options, "feature_config", form.feature_config) !== null}
        problems={[...(placed.feature_config ?? []), ...(reports.features?.problems ?? [])]}
      />
    </section>
  );
}

function featureWords({ counts, target }: FeatureOption): string {
  return `${counts}${target === null ? "" : `, target ${target.column}`}`;
}

function ModelCard({ form, options, reports, forecast, mistakes, placed, onEdit, type }: CardProps) {
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

interface PickerProps {
  name: "feature_config" | "model_config";
  legend: string;
  value: string;
  choices: readonly Choice[];
  onPick: (id: string) => void;
  problem?: string | undefined;
  /** Shown where there is nothing to pick. */
  none: preact.ComponentChildren;
  beside?: string | null;
}

const MANY = 8; // more than that are easier found by a word

function Picker({ choices, none, beside, ...rest }: PickerProps) {
  const [word, setWord] = useState("");
  const wanted = word.trim().toLowerCase();
  const found = choices.filter(({ value, title }) => `${title} ${value}`.toLowerCase().includes(wanted));
  if (choices.length === 0) {
    return (
      <fieldset id={rest.name} class="new-choices" tabIndex={-1} aria-describedby={`${rest.name}-said`}>
        <legend>{rest.legend}</legend>
        {none}
        <Said id={`${rest.name}-said`} problem={rest.problem} />
      </fieldset>
    );
  }
  return (
    <Choices {...rest} choices={found} look="list">
      {choices.length > MANY && (
        <div class="field">
          <label for={`${rest.name}-find`}>Find by name</label>
          <input
            id={`${rest.name}-find`}
            type="search"
            value={word}
            onInput={(event) => setWord(event.currentTarget.value)}
          />
        </div>
      )}
      {found.length === 0 && <p class="faint">None is called so.</p>}
      {beside && <p class="faint">{beside}</p>}
    </Choices>
  );
}

interface NoConfigProps {
  kind: "feature_configs" | "model_configs";
  what: string;
  fields?: Record<string, string>;
}

function NoConfig({ kind, what, fields }: NoConfigProps) {
  return (
    <p>
      There is no {what} yet. <a href={newConfigPath(kind, fields)}>Make the first one</a>; what you entered here stays.
    </p>
  );
}

interface FindingsProps {
  kind: "datasets" | "feature_configs" | "model_configs";
  id: string;
  stored: boolean;
  problems: readonly Problem[];
}

const KIND_NAMES = { datasets: "dataset", feature_configs: "feature config", model_configs: "model config" } as const;

function Findings({ kind, id, stored, problems }: FindingsProps) {
  if (!stored) return null;
  const what = KIND_NAMES[kind];
  return (
    <>
      <ProblemList problems={problems} label={`What is said of the ${what}`} />
      <p class="new-card-links">
        <a href={configPath(kind, id)}>Look at the {what}</a>{" "}
        {problems.length > 0 && <a href={configPath(kind, id, "edit")}>Edit the {what}</a>}
      </p>
    </>
  );
}

// ----------------------------------------------------------------------------------------------------------- previews

/** How wide each feature is in its tower's input. */
function Towers({ towers }: { towers: readonly TowerWidth[] }) {
  const widest = Math.max(1, ...towers.flatMap(({ dimensions }) => dimensions.map(({ width }) => width)));
  return (
    <div class="new-towers">
      {towers.map(({ tower, width, dimensions }) => (
        <div key={tower}>
          <h3>
            {tower === "query" ? "Query tower" : "Candidate tower"}, {count(width)} wide
          </h3>
          <ul class="new-dimensions">
            {dimensions.map((each) => (
              <DimensionBar key={each.feature} dimension={each} widest={widest} />
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}

function DimensionBar({ dimension, widest }: { dimension: Dimension; widest: number }) {
  const { feature, width, share, cross } = dimension;
  return (
    <li>
      <span class="new-dimension-name">
        <code>{feature}</code> {cross && <span class="new-tag">cross</span>}
      </span>
      <span class="new-bar" aria-hidden="true">
        <span class={cross ? "new-bar-cross" : ""} style={{ width: `${(100 * width) / widest}%` }} />
      </span>
      <span class="number">
        {count(width)} <span class="faint">{Math.round(100 * share)}%</span>
      </span>
    </li>
  );
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

// ------------------------------------------------------------------------------------------------------------ dataset

function DatasetCard({ form, options, reports, placed }: WhatProps) {
  const features = optionOf(options, "feature_config", form.feature_config);
  if (features === null) return null;
  const report = reports.dataset;
  const problems = [...(placed.dataset ?? []), ...(report?.problems ?? [])];
  return (
    <section id="dataset" class="new-card" tabIndex={-1} aria-labelledby="dataset-title">
      <h2 id="dataset-title">Dataset</h2>
      <p>
        <b>{textOf(report?.fields.name) || features.dataset}</b>{" "}
        <span class="faint">It follows from the feature config.</span>
      </p>
      {report === null ? (
        <p class="faint">The service has not looked at it yet.</p>
      ) : (
        <dl class="new-facts">
          {factsOf(report).map(([label, text]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd class="number">{text}</dd>
            </div>
          ))}
        </dl>
      )}
      <Findings kind="datasets" id={features.dataset} stored problems={problems} />
    </section>
  );
}

function factsOf({ fields }: ConfigReport): [string, string][] {
  const { grade, score } = group(fields.quality);
  const funnel = Array.isArray(fields.funnel) ? fields.funnel.map((each) => group(each)) : [];
  const [first, last] = [textOf(fields.first_day), textOf(fields.last_day)];
  const customers = group(group(fields.counts).customers);
  const quality = textOf(grade) === "" ? MISSING : `${textOf(grade)}, ${count(numberOf(score))} of 100`;
  return [
    ["Quality", quality],
    ["Rows after its filters", count(numberOf(funnel.at(-1)?.rows))],
    ["Days", first === "" ? MISSING : `${dayWords(first)} to ${dayWords(last)}`],
    ["Customers in train", count(numberOf(customers.train))],
  ];
}
