import "../styles/clone.css";
import type { ComponentChildren } from "preact";
import {
  type Choice,
  type Choices,
  type Difference,
  type Draft,
  type FieldName,
  fieldsOf,
  hintOf,
  labelOf,
  type Mistakes,
  type NumberName,
  OPTIONS,
} from "../model/clone";
import type { FeedError } from "../model/feed";
import { experimentPath } from "../model/routes";
import { REFUSED_REQUEST, RefusedView, Unsent } from "./actions";
import { Section } from "./parts";

export type SendState = { step: "editing" | "sending" } | { step: "failed"; error: FeedError };

interface CloneProps {
  /** `Exp #12`, and its id. */
  parent: { title: string; id: string };
  modelEndpoint: string;
  draft: Draft;
  /** Those that are shown: of fields that were left, or of all once the form was sent. */
  mistakes: Mistakes;
  differences: Difference[];
  choices: Choices;
  state: SendState;
  fresh: boolean;
  onEdit: (field: FieldName, text: string) => void;
  onLeave: (field: FieldName) => void;
  onStart: () => void;
}

const GROUPS: { title: string; fields: FieldName[] }[] = [
  { title: "What it is called", fields: ["name", "description", "tags"] },
  {
    title: "What it tests",
    fields: [
      ...(["feature_config", "model_config", "split", "test_days", "val_days", "train_days", "holdout_days"] as const),
      "sample_percent",
    ],
  },
  { title: "How it trains", fields: ["epochs", "batch_size", "learning_rate", "seed"] },
  { title: "What it may take", fields: ["hardware", "max_minutes", "max_cost_usd"] },
];

/** A new experiment out of an old one: the form, and what it changes (S5.12). */
export function CloneView(props: CloneProps) {
  const { parent, modelEndpoint, mistakes, differences, state, fresh, onStart } = props;
  const wrong = Object.keys(mistakes).length;
  const submit = (event: Event) => {
    event.preventDefault();
    onStart();
  };
  return (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/">Experiments</a> / <a href={experimentPath(parent.id)}>{parent.title}</a>
      </nav>
      <div class="heading">
        <h1 tabIndex={-1}>Clone of {parent.title}</h1>
        <p class="summary">
          Model endpoint <code>{modelEndpoint}</code>
        </p>
      </div>
      <form class="clone" onSubmit={submit} noValidate aria-label="Clone">
        <div class="clone-fields">
          {GROUPS.map(({ title, fields }) => (
            <fieldset key={title}>
              <legend>{title}</legend>
              {fields
                .filter((field) => fieldsOf(props.draft).includes(field))
                .map((field) => (
                  <FieldView key={field} field={field} {...props} />
                ))}
            </fieldset>
          ))}
        </div>
        <div class="clone-side">
          <Section id="difference" title={`Difference to ${parent.title}`}>
            <DifferencesView differences={differences} />
          </Section>
          {state.step === "failed" && <RefusedView error={state.error} refused={REFUSED_REQUEST} />}
          {state.step === "sending" && !fresh && <Unsent />}
          {wrong > 0 && (
            <p class="error-text" role="alert">
              {wrong === 1 ? "1 field needs" : `${wrong} fields need`} to be mended.
            </p>
          )}
          <p class="clone-buttons">
            <button type="submit" class="primary" disabled={state.step === "sending"}>
              {state.step === "sending" ? "Starting…" : "Start experiment"}
            </button>
            <a class="button" href={experimentPath(parent.id)}>
              Not now
            </a>
          </p>
        </div>
      </form>
    </>
  );
}

function DifferencesView({ differences }: { differences: Difference[] }) {
  if (differences.length === 0) return <p class="faint">None so far: it would be the same experiment again.</p>;
  return (
    <ul class="differences">
      {differences.map(({ label, before, after }) => (
        <li key={`${label} ${after}`}>
          <b>{label}</b>
          <br />
          <del>{before}</del> <span class="visually-hidden">becomes</span> <ins>{after}</ins>
        </li>
      ))}
    </ul>
  );
}

type FieldProps = CloneProps & { field: FieldName };

function FieldView({ field, draft, mistakes, choices, onEdit, onLeave }: FieldProps) {
  const mistake = mistakes[field];
  const hint = fieldHint(field);
  const described = [hint !== null && `${field}-hint`, mistake && `${field}-mistake`].filter(Boolean).join(" ");
  const common = {
    ...{
      id: field,
      name: field,
      value: draft[field],
      "aria-invalid": mistake !== undefined,
      onBlur: () => onLeave(field),
    },
    ...(described === "" ? {} : { "aria-describedby": described }),
  };
  const edit = (event: { currentTarget: { value: string } }) => onEdit(field, event.currentTarget.value);
  return (
    <div class="field">
      <label for={field}>{labelOf(field)}</label>
      <Control field={field} common={common} choices={choices} value={draft[field]} edit={edit} />
      {hint !== null && <small id={`${field}-hint`}>{hint}</small>}
      {mistake !== undefined && (
        <small id={`${field}-mistake`} class="error-text">
          {mistake}
        </small>
      )}
    </div>
  );
}

interface ControlProps {
  field: FieldName;
  common: Record<string, unknown>;
  choices: Choices;
  value: string;
  edit: (event: { currentTarget: { value: string } }) => void;
}

function Control({ field, common, choices, value, edit }: ControlProps) {
  switch (field) {
    case "description":
      return <textarea {...common} rows={3} onInput={edit} />;
    case "feature_config":
    case "model_config":
      return (
        <select {...common} onChange={edit}>
          {withMissing(choices[field], value).map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      );
    case "split":
    case "hardware":
      return (
        <select {...common} onChange={edit}>
          {Object.entries(OPTIONS[field]).map(([option, words]) => (
            <option key={option} value={option}>
              {words}
            </option>
          ))}
        </select>
      );
    case "name":
    case "tags":
      return <input {...common} type="text" onInput={edit} />;
    default:
      return <input {...common} type="text" inputMode="decimal" class="number" onInput={edit} />;
  }
}

/** The choice of the parent stays visible when it is no longer stored. */
function withMissing(choices: Choice[], value: string): Choice[] {
  if (choices.some(({ id }) => id === value)) return choices;
  return [{ id: value, name: `${value} (not stored any more)`, updatedAt: null }, ...choices];
}

function fieldHint(field: FieldName): string | null {
  switch (field) {
    case "name":
      return "Up to 80 characters";
    case "tags":
      return "Up to 20, separated by commas";
    case "description":
    case "feature_config":
    case "model_config":
    case "split":
    case "hardware":
      return null;
    default:
      return hintOf(field satisfies NumberName);
  }
}

/** What stands here for people who may not start anything. */
export function MayNotStart({ children }: { children: ComponentChildren }) {
  return (
    <div class="notice notice-empty">
      <h1 tabIndex={-1}>You may only look</h1>
      <p>Viewers do not start experiments. Ask an administrator of the project for the role of an editor.</p>
      <p>{children}</p>
    </div>
  );
}
