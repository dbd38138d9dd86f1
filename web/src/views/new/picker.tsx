/** A config to be chosen among those that there are, and what is said of the chosen one. */
import { useState } from "preact/hooks";
import { configPath, newConfigPath } from "../../model/common/routes";
import type { Problem } from "../../model/run/run";
import { type Choice, Choices, ProblemList, Said } from "./parts";

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

export function Picker({ choices, none, beside, ...rest }: PickerProps) {
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

export function NoConfig({ kind, what, fields }: NoConfigProps) {
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

export function Findings({ kind, id, stored, problems }: FindingsProps) {
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
