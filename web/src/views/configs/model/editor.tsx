import { useState } from "preact/hooks";
import { limitsOf, wordsOf } from "../../../model/common/schema";
import { textOf, withField } from "../../../model/common/values";
import { findingsElsewhere, sentenceAt } from "../../../model/configs/draft";
import { moveLayer, PRESETS, STACK_WORDS, STACKS, type Stack, withPreset } from "../../../model/configs/layers";
import {
  FIELD_GROUPS,
  type FieldText,
  isApplicable,
  rateOf,
  schemaOf,
  valueAt,
  withValue,
} from "../../../model/configs/model_config";
import type { Group, Problem } from "../../../model/run/run";
import { Prose, Section } from "../../parts";
import { SelectField, TextField } from "../../ui/fields";
import { Announced, useDrag, useFocusAfter } from "../cards";
import { DocField } from "../fields";
import { FindingsView } from "../parts";
import { type DraggedLayer, StackView } from "./layers";

interface EditorProps {
  content: Group;
  problems: readonly Problem[];
  /** Fields that do nothing here, with the reason, as the service says. */
  notApplicable: Group;
  /** The preset that the layers are. */
  preset: string | null;
  onChange: (content: Group) => void;
}

/** What the towers are made of, and how they are trained. */
export function ModelEditorView({ content, problems, notApplicable, preset, onChange }: EditorProps) {
  const drag = useDrag<DraggedLayer>();
  const focus = useFocusAfter();
  const [said, say] = useState("");
  const act = (next: Group, sentence: string) => {
    onChange(next);
    say(sentence);
  };
  const head = textOf(content.model_type ?? limitsOf("ModelConfig", "model_type").default) !== "retrieval";
  const stacks = STACKS.filter((stack) => stack !== "rating_head_layers" || head);
  const drop = ({ stack, index, name }: DraggedLayer, to: Stack, place: number) =>
    act(moveLayer(content, stack, index, to, place), `${name} is in the ${STACK_WORDS[to]}.`);
  const shared = { content, problems, act, onChange, focus, drag };
  return (
    <>
      <Announced text={said} />
      <div class="fields">
        <DocField
          label="Name"
          {...{ part: "ModelConfig", field: "name", path: "name", problems }}
          value={content.name}
          onEdit={(value) => onChange(withField(content, "name", value ?? ""))}
        />
        <TextField
          label="Description"
          value={textOf(content.description)}
          onEdit={(text) => onChange(withField(content, "description", text || undefined))}
        />
        <SelectField
          label="Model type"
          value={textOf(content.model_type) || "retrieval"}
          options={wordsOf("ModelConfig", "model_type").map((type) => ({ value: type, label: TYPES[type] ?? type }))}
          onEdit={(type) => act({ ...content, model_type: type }, `It is a ${type} model now.`)}
          problem={sentenceAt(problems, "model_type", "error")}
        />
      </div>
      <FindingsView problems={findingsElsewhere(problems, SHOWN).filter((each) => !isAdvice(each))} />
      <Section id="layers" title="Layers">
        <fieldset class="choices">
          <legend class="faint">Presets</legend>
          {PRESETS.map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === preset}
              onClick={() => act(withPreset(content, name, head), `The layers are those of ${name}.`)}
            >
              {name}
            </button>
          ))}
        </fieldset>
        <p class="faint">
          On the name of a layer, Alt with ↑ and ↓ moves it, Alt with ← and → takes it to the next tower, and Delete
          removes it. The output layer stays where it is.
        </p>
        <div class="towers stacks">
          {stacks.map((stack) => (
            <StackView
              key={stack}
              {...shared}
              stack={stack}
              stacks={stacks}
              onDrop={(item, place) => drop(item, stack, place)}
            />
          ))}
        </div>
        <div class="fields">
          <OutputWidth {...{ content, problems, onChange }} />
          <DocField
            label="Share layers between the towers"
            hint="Every layer after each tower's first dense one; the lists must be equal."
            {...{ part: "ModelConfig", field: "share_tower_weights", path: "share_tower_weights", problems }}
            value={content.share_tower_weights}
            onEdit={(value) => onChange(withField(content, "share_tower_weights", value))}
          />
        </div>
      </Section>
      {FIELD_GROUPS.map(({ title, fields }) => {
        const shown = fields.filter(({ path }) => isApplicable(path, notApplicable));
        if (shown.length === 0) return null;
        return (
          <fieldset key={title} class="group">
            <legend>{title}</legend>
            <div class="fields">
              {shown.map((field) => (
                <ModelField key={field.path} {...{ field, content, problems, onChange }} />
              ))}
            </div>
          </fieldset>
        );
      })}
    </>
  );
}

const TYPES: Record<string, string> = {
  retrieval: "retrieval: finds what is bought",
  ranking: "ranking: predicts the target",
  multitask: "multitask: both at once",
};

/** Paths that stand beside a field of the editor. */
const SHOWN = [
  ...["name", "model_type", "output_embedding_dim", "share_tower_weights", ...STACKS],
  ...FIELD_GROUPS.flatMap(({ fields }) => fields.map(({ path }) => path)),
];

/** What is odd about the features that were chosen; the summary says it, where they are chosen. */
function isAdvice({ path, severity }: Problem): boolean {
  return severity === "warning" && path.startsWith("feature_config");
}

const OUTPUT_WIDTHS = [16, 32, 64, 128]; // S4.1

interface FieldProps {
  content: Group;
  problems: readonly Problem[];
  onChange: (content: Group) => void;
}

function OutputWidth({ content, problems, onChange }: FieldProps) {
  const width = content.output_embedding_dim ?? limitsOf("ModelConfig", "output_embedding_dim").default;
  const set = (value: Group[string] | undefined) => onChange(withField(content, "output_embedding_dim", value));
  return (
    <div>
      <DocField
        label="Output width"
        hint="Of the vectors that are compared."
        {...{ part: "ModelConfig", field: "output_embedding_dim", path: "output_embedding_dim", problems }}
        value={content.output_embedding_dim}
        onEdit={set}
      />
      <fieldset class="choices">
        <legend class="visually-hidden">Usual output widths</legend>
        {OUTPUT_WIDTHS.map((each) => (
          <button key={each} type="button" class="quiet" aria-pressed={each === width} onClick={() => set(each)}>
            {each}
          </button>
        ))}
      </fieldset>
    </div>
  );
}

function ModelField({ field, content, problems, onChange }: FieldProps & { field: FieldText }) {
  const { path, label, hint } = field;
  const [part, name] = schemaOf(path);
  if (path === "learning_rate") return <LearningRate {...{ content, problems, onChange }} />;
  if (path === "clipnorm") return <ClipNorm {...{ content, problems, onChange, field }} />;
  return (
    <DocField
      label={label}
      hint={hint === "" ? undefined : <Prose text={hint} />}
      {...{ part, field: name, path, problems }}
      value={valueAt(content, path)}
      onEdit={(value) => onChange(withValue(content, path, value))}
      open="by the type of model"
    />
  );
}

/** It follows the optimizer until it is written by hand (S4.7). */
function LearningRate({ content, problems, onChange }: FieldProps) {
  const { own, optimizer, usual } = rateOf(content);
  return (
    <div class="field-with-button">
      <DocField
        label="Learning rate"
        hint={own ? `${optimizer} begins with ${usual}.` : `It follows the optimizer: ${usual} of ${optimizer}.`}
        {...{ part: "ModelConfig", field: "learning_rate", path: "learning_rate", problems }}
        value={content.learning_rate ?? undefined}
        onEdit={(value) => onChange(withField(content, "learning_rate", value))}
      />
      {own && (
        <button type="button" class="quiet" onClick={() => onChange(withField(content, "learning_rate", undefined))}>
          Follow {optimizer}: {usual}
        </button>
      )}
    </div>
  );
}

/** The one field that is on by default and can be none. */
function ClipNorm({ content, problems, onChange, field }: FieldProps & { field: FieldText }) {
  const off = content.clipnorm === null;
  return (
    <div class="field-with-button">
      {off ? (
        <TextField label={field.label} value="" disabled onEdit={() => undefined} hint="Gradients are not clipped." />
      ) : (
        <DocField
          label={field.label}
          hint={field.hint}
          {...{ part: "ModelConfig", field: "clipnorm", path: "clipnorm", problems }}
          value={content.clipnorm}
          onEdit={(value) => onChange(withField(content, "clipnorm", value))}
        />
      )}
      <button
        type="button"
        class="quiet"
        aria-pressed={off}
        onClick={() => onChange(withField(content, "clipnorm", off ? undefined : null))}
      >
        Do not clip
      </button>
    </div>
  );
}
