/** Pieces of the form of a new experiment: choices with a reason, and what the service says of a place in the form. */
import type { ComponentChildren } from "preact";
import { type Place, sentenceCase } from "../../model/new/placing";
import type { Problem } from "../../model/run/run";
import { StateIcon } from "../icons";
import { Prose } from "../parts";

export interface Choice {
  value: string;
  title: string;
  what?: ComponentChildren;
  /** Why it cannot be chosen; null when it can. */
  blocked?: string | null;
}

interface ChoicesProps {
  /** The field, and the id by which it is found. */
  name: Place;
  legend: string;
  value: string;
  choices: readonly Choice[];
  onPick: (value: string) => void;
  problem?: string | null | undefined;
  warning?: string | null | undefined;
  /** How wide each is; a list scrolls. */
  look: "cards" | "pairs" | "list" | "pills";
  children?: ComponentChildren;
}

/** One of several, each with what it means. A choice that is made stays so even when it is blocked by now. */
export function Choices({ name, legend, value, choices, onPick, look, children, ...said }: ChoicesProps) {
  return (
    <fieldset id={name} class={`new-choices new-choices-${look}`} tabIndex={-1} aria-describedby={`${name}-said`}>
      <legend>{legend}</legend>
      {children !== undefined && <div class="new-choices-before">{children}</div>}
      <div class="new-choices-offered">
        {choices.map((choice) => (
          <ChoiceView
            key={choice.value}
            field={name}
            choice={choice}
            checked={choice.value === value}
            onPick={() => onPick(choice.value)}
          />
        ))}
      </div>
      <Said id={`${name}-said`} {...said} />
    </fieldset>
  );
}

interface ChoiceProps {
  field: string;
  choice: Choice;
  checked: boolean;
  onPick: () => void;
}

function ChoiceView({ field, choice, checked, onPick }: ChoiceProps) {
  const { value, title, what, blocked } = choice;
  const id = `${field}-${value || "none"}`;
  const told = what !== undefined || Boolean(blocked);
  return (
    <div class={`new-choice${checked ? " new-chosen" : ""}${blocked ? " new-blocked" : ""}`}>
      <input
        type="radio"
        id={id}
        name={field}
        value={value}
        checked={checked}
        disabled={Boolean(blocked) && !checked}
        aria-describedby={told ? `${id}-what` : undefined}
        onChange={onPick}
      />
      <label for={id}>{title}</label>
      {told && (
        <div id={`${id}-what`} class="new-choice-what">
          {blocked ? <span class="warning-text">{blocked}</span> : what}
        </div>
      )}
    </div>
  );
}

interface SaidProps {
  id: string;
  problem?: string | null | undefined;
  warning?: string | null | undefined;
}

export function Said({ id, problem, warning }: SaidProps) {
  return (
    <div id={id} class="new-said">
      {problem && (
        <p class="error-text">
          <Prose text={problem} />
        </p>
      )}
      {warning && (
        <p class="warning-text">
          <Prose text={warning} />
        </p>
      )}
    </div>
  );
}

/** All that is said of a config, errors first; each sentence once. */
export function ProblemList({ problems, label }: { problems: readonly Problem[]; label: string }) {
  const sentences = new Map(problems.map((each) => [`${each.code} ${each.problem}`, each]));
  const ordered = [...sentences.values()].sort(
    (a, b) => Number(b.severity === "error") - Number(a.severity === "error"),
  );
  if (ordered.length === 0) return null;
  return (
    <ul class="new-said-list" aria-label={label}>
      {ordered.map(({ code, path, problem, remedy, severity }) => (
        <li key={`${code} ${path} ${problem}`} class={severity === "error" ? "error-text" : "warning-text"}>
          <StateIcon icon={severity === "error" ? "failed" : "warning"} /> <Prose text={sentenceCase(problem)} />{" "}
          <Prose text={remedy} />
        </li>
      ))}
    </ul>
  );
}
