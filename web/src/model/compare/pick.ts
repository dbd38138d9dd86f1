/** Which experiments can be put beside others, and which of them some words mean. */

import { words } from "../common/format";
import { headlineOf } from "../common/headlines";
import { formatOf } from "../common/registry";
import type { Entry } from "../list/entry";
import { stateWords } from "../run/states";

export interface Pickable {
  experiment: string;
  label: string;
  name: string;
  /** What tells it from others of its name. */
  about: string;
  /** In which words are looked for. */
  text: string;
}

/** The others than those that are there already. */
export function pickableOf(entries: readonly Entry[], taken: readonly string[]): Pickable[] {
  return entries
    .filter(({ experiment, number }) => number > 0 && !taken.includes(experiment))
    .map((entry) => {
      const label = `#${entry.number}`;
      const configs = [entry.names.feature_config, entry.names.model_config].filter((name) => name !== undefined);
      return {
        experiment: entry.experiment,
        label,
        name: entry.name,
        about: [resultOf(entry), entry.protocolName, ...configs].filter((part) => part !== "").join(" · "),
        text: [label, entry.name, entry.modelType, ...configs, ...entry.tags].join(" ").toLowerCase(),
      };
    });
}

function resultOf({ modelType, metrics, state }: Entry): string {
  const metric = headlineOf(modelType);
  const value = metric === null ? null : (metrics[metric]?.value ?? null);
  return metric === null || value === null
    ? stateWords(state).text.toLowerCase()
    : `${words(metric)} ${formatOf(metric)(value)}`;
}

/** Those that have all of the words; `#19` and `19` mean a number first. */
export function picked(choices: readonly Pickable[], text: string): Pickable[] {
  const wanted = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const exact = (choice: Pickable) =>
    wanted.some((word) => choice.label === (word.startsWith("#") ? word : `#${word}`));
  const found = choices.filter((choice) => wanted.every((word) => choice.text.includes(word)));
  return [...found.filter(exact), ...found.filter((choice) => !exact(choice))];
}
