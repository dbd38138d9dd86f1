/** Step 2 of a new experiment: how much data, how it is trained, on which machines, within which limits. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { wordsOf } from "../../model/common/schema";
import type { Forecast } from "../../model/new/forecast";
import { type FeatureOption, type ModelOption, SPLIT_WORDS, tierWords } from "../../model/new/options";
import { type Placed, sentence } from "../../model/new/placing";
import { type FieldName, type Form, fieldsOf, hintOf, labelOf, type Mistakes } from "../../model/new/wizard";
import { Prose } from "../parts";
import { CheckField, SelectField, TextField } from "../ui/fields";
import { type Choice, Choices } from "./parts";

interface HowProps {
  form: Form;
  features: FeatureOption | null;
  model: ModelOption | null;
  forecast: Forecast | null;
  /** What the service recommends for these settings, whatever was chosen. */
  recommended: { tier: string; reason: string } | null;
  mistakes: Mistakes;
  placed: Placed;
  onEdit: (field: FieldName, text: string) => void;
  onLeave: (field: FieldName) => void;
}

type TextName = Exclude<FieldName, "model_type" | "split">;

export function HowStep(props: HowProps) {
  const { form, model, forecast } = props;
  const rows = forecast?.counts.find(({ split }) => split === "train")?.rows ?? null;
  return (
    <>
      {props.features !== null && model !== null && (
        <p class="new-summary">
          {model.name} on {props.features.name}; split: {splitWords(form.split)}.
        </p>
      )}
      <Card title="Data">
        <SampleField {...props} />
        <FlagField {...props} field="exclude_purchased">
          Measured and served lists then hold only products that the customer has not bought in the train days. In B2B
          most orders repeat earlier ones.
        </FlagField>
      </Card>
      <Card title="Training">
        <div class="fields">
          <Text {...props} field="epochs" mode="numeric" more="a maximum while early stopping is on" />
          <Text
            {...props}
            field="batch_size"
            mode="numeric"
            options={batchSizes(rows)}
            placeholder={model?.batchSize}
            more={resolved(form.batch_size, forecast?.batchSize)}
          />
          <Text
            {...props}
            field="learning_rate"
            mode="decimal"
            placeholder={model?.learningRate}
            more={resolved(form.learning_rate, forecast?.learningRate)}
          />
          <Text {...props} field="seed" mode="numeric" />
        </div>
      </Card>
      <Hardware {...props} />
      <Card title="Limits">
        <div class="fields">
          <Text {...props} field="max_minutes" mode="numeric" />
          <Text {...props} field="max_cost_usd" mode="decimal" more="it stops itself when it has spent that much" />
        </div>
      </Card>
      <Card title="What it is called">
        <div class="fields">
          <Text {...props} field="name" />
          <Text {...props} field="tags" hint="separated by commas; a-z, 0-9, - and _" />
          <div class="wide">
            <Text {...props} field="description" rows={2} />
            <Text {...props} field="notes" rows={4} hint="Can be changed later" />
          </div>
        </div>
      </Card>
      <More {...props} />
    </>
  );
}

function splitWords(kind: string): string {
  const words: Record<string, string> = SPLIT_WORDS;
  return (words[kind] ?? kind).toLowerCase();
}

function Card({ title, children }: { title: string; children: ComponentChildren }) {
  const id = `card-${title.toLowerCase().replaceAll(" ", "-")}`;
  return (
    <section class="new-card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

interface TextProps extends HowProps {
  field: TextName;
  mode?: "numeric" | "decimal";
  rows?: number;
  options?: readonly string[];
  placeholder?: string | undefined;
  /** In the place of the range. */
  hint?: string;
  /** Behind the range. */
  more?: string | null;
}

function Text({ field, form, mistakes, placed, onEdit, onLeave, hint, more, ...rest }: TextProps) {
  const { mode, rows, options, placeholder } = rest;
  return (
    <TextField
      {...{ id: field, mode, rows, options, placeholder }}
      label={labelOf(field)}
      hint={hint ?? ([hintOf(field), more].filter(Boolean).join("; ") || undefined)}
      value={form[field]}
      problem={mistakes[field] ?? sentence(placed[field], "error")}
      warning={sentence(placed[field], "warning")}
      onEdit={(text) => onEdit(field, text)}
      onLeave={() => onLeave(field)}
    />
  );
}

interface FlagProps extends HowProps {
  field: TextName;
  children: ComponentChildren;
}

function FlagField({ field, form, mistakes, placed, onEdit, children }: FlagProps) {
  return (
    <CheckField
      id={field}
      label={labelOf(field)}
      hint={children}
      checked={form[field] === "true"}
      problem={mistakes[field] ?? sentence(placed[field], "error")}
      warning={sentence(placed[field], "warning")}
      onEdit={(checked) => onEdit(field, String(checked))}
    />
  );
}

/** `these settings: 512`, for what is left to the service. */
function resolved(text: string, value: number | null | undefined): string | null {
  return value != null && (text.trim() === "" || text.trim() === "auto") ? `now ${value}` : null;
}

const LARGEST_OFFERED = 8_192;

function batchSizes(trainRows: number | null): string[] {
  const most = Math.min(trainRows ?? LARGEST_OFFERED, LARGEST_OFFERED);
  const powers = Array.from({ length: 8 }, (_, i) => 64 * 2 ** i).filter((size) => size <= most);
  return ["auto", ...powers.map(String)];
}

// ------------------------------------------------------------------------------------------------------------- sample

const PRESETS = ["auto", "5", "10", "25", "50", "100"]; // S2.9

function SampleField(props: HowProps) {
  const { form, forecast, mistakes, placed, onEdit, onLeave } = props;
  const written = form.sample_percent.trim();
  const [free, setFree] = useState(!PRESETS.includes(written));
  const other = free || !PRESETS.includes(written);
  const choices: Choice[] = [
    ...PRESETS.map((value) => ({ value, title: value === "auto" ? "auto" : `${value}%` })),
    { value: "other", title: "Another" },
  ];
  const pick = (value: string) => {
    setFree(value === "other");
    if (value !== "other") onEdit("sample_percent", value);
  };
  const [problem, warning] = [
    mistakes.sample_percent ?? sentence(placed.sample_percent, "error"),
    sentence(placed.sample_percent, "warning"),
  ];
  return (
    <>
      <Choices
        name="sample_percent"
        legend="Sample of the customers"
        value={other ? "other" : written}
        choices={choices}
        onPick={pick}
        look="pills"
        {...(other ? {} : { problem, warning })}
      />
      {other && (
        <TextField
          label="Percent"
          hint={hintOf("sample_percent")}
          mode="numeric"
          value={form.sample_percent}
          problem={problem}
          warning={warning}
          onEdit={(text) => onEdit("sample_percent", text)}
          onLeave={() => onLeave("sample_percent")}
        />
      )}
      <p class="faint">
        Whole customers; test rows are never thinned. Auto takes the smallest sample that leaves enough to learn from
        {written === "auto" && forecast?.samplePercent != null ? `: ${forecast.samplePercent}% here.` : "."}
      </p>
    </>
  );
}

// ----------------------------------------------------------------------------------------------------------- hardware

const FULL_RUNS_ONLY = ["gpu_a100"]; // S5.6

function Hardware({ form, recommended, forecast, mistakes, placed, onEdit }: HowProps) {
  const names = ["auto", ...wordsOf("Experiment", "hardware").filter((name) => name !== "auto")];
  const choices = names.map((value) => ({
    value,
    title: value === "auto" ? "Recommended" : value,
    what: value === "auto" ? recommendedWords(recommended) : tierWords(value),
    blocked: FULL_RUNS_ONLY.includes(value) ? `${tierWords(value)}. For full runs only.` : null,
  }));
  return (
    <section class="new-card" aria-label="Hardware">
      <Choices
        name="hardware"
        legend="Hardware"
        value={form.hardware}
        choices={choices}
        onPick={(tier) => onEdit("hardware", tier)}
        problem={mistakes.hardware ?? sentence(placed.hardware, "error")}
        warning={sentence(placed.hardware, "warning")}
        look="pairs"
      />
      {recommended !== null && (
        <p class="faint">
          <Prose text={recommended.reason} />
          {forecast?.hardware?.processing === "dataflow" && " Data are processed by Dataflow."}
        </p>
      )}
    </section>
  );
}

function recommendedWords(recommended: HowProps["recommended"]): string {
  if (recommended === null) return "By the number of rows and parameters.";
  return `${recommended.tier}: ${tierWords(recommended.tier)}`;
}

// --------------------------------------------------------------------------------------------------------------- more

const MORE = ["split_seed", "data_processing", "max_workers", "reuse_cache", "region", "max_attempts"] as const;

/** What few people change; open where something in it is not as it is by default, or is wrong. */
function More(props: HowProps) {
  const { form, mistakes, placed, onEdit } = props;
  const shown = fieldsOf(form);
  const wrong = MORE.some((field) => mistakes[field] !== undefined || placed[field] !== undefined);
  const processing = wordsOf("Experiment", "data_processing").map((value) => ({
    value,
    label: PROCESSING[value] ?? value,
  }));
  return (
    <details class="new-card" open={wrong || undefined}>
      <summary>More settings</summary>
      <div class="fields">
        <Text {...props} field="split_seed" mode="numeric" />
        <SelectField
          id="data_processing"
          label={labelOf("data_processing")}
          value={form.data_processing}
          options={processing}
          problem={mistakes.data_processing ?? sentence(placed.data_processing, "error")}
          warning={sentence(placed.data_processing, "warning")}
          onEdit={(value) => onEdit("data_processing", value)}
        />
        {shown.includes("max_workers") && <Text {...props} field="max_workers" mode="numeric" more="of Dataflow" />}
        <Text {...props} field="region" hint={hintOf("region")} />
        <Text {...props} field="max_attempts" mode="numeric" more="when machines or services fail" />
        <div class="wide">
          <FlagField {...props} field="reuse_cache">
            Switched off, everything is computed anew.
          </FlagField>
        </div>
      </div>
    </details>
  );
}

const PROCESSING: Record<string, string> = {
  auto: "by the number of rows",
  in_process: "on one machine",
  dataflow: "with Dataflow",
};
