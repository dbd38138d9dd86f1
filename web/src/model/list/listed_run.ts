/** A run as its entry tells of it, so that lists show what lives and what ended by the same views. */

import { HEADLINES_OF } from "../common/headlines";
import { startedAt } from "../query/fields";
import {
  type Headline,
  type Lift,
  type Measure,
  type Run,
  type RunError,
  runOfRequest,
  TERMINAL,
  type Verdict,
} from "../run/run";
import type { Entry, Figure } from "./entry";

/** What an entry does not hold is as of a run that has none of it. */
export function runOfEntry(entry: Entry): Run {
  const ended = TERMINAL.has(entry.state);
  const headlines = headlinesOf(entry);
  const origin = entry.origin === "rerun" || entry.origin === "clone" ? entry.origin : null;
  return {
    ...runOfRequest({
      ...{ id: entry.experiment, name: entry.name, owner: entry.owner, modelEndpoint: entry.modelEndpoint },
      ...{ parent: entry.parent, origin, createdAt: entry.createdAt, document: {} },
      ...{ featureConfig: entry.featureConfig, modelConfig: entry.modelConfig },
    }),
    number: entry.number === 0 ? null : entry.number,
    state: entry.state,
    modelType: entry.modelType || null,
    protocols: entry.protocols,
    reason: entry.state === "requested" && entry.number === 0 ? "not picked up yet" : null,
    startedAt: ended && entry.durationSeconds > 0 ? startedAt(entry) : null,
    endedAt: ended ? entry.endedAt : null,
    durationSeconds: ended && entry.durationSeconds > 0 ? entry.durationSeconds : null,
    names: {
      experiment: entry.name,
      dataset: entry.names.dataset ?? entry.dataset,
      featureConfig: entry.names.feature_config ?? entry.featureConfig,
      modelConfig: entry.names.model_config ?? entry.modelConfig,
    },
    cost: entry.costUsd === null ? null : { computed: entry.costUsd },
    error: entry.errorTitle === null ? null : errorOf(entry, entry.errorTitle),
    headline: headlines[0] ?? null,
    headlines,
  };
}

function errorOf(entry: Entry, title: string): RunError {
  return {
    ...{ code: entry.error ?? "", title, explanation: "", suggestion: "", severity: "" },
    ...{ component: null, raw: null, file: null, line: null, subject: null },
  };
}

function headlinesOf(entry: Entry): Headline[] {
  return (HEADLINES_OF[entry.modelType] ?? []).flatMap((metric) => {
    const figure = entry.metrics[metric];
    return figure === undefined
      ? []
      : [{ metric, population: "all", measure: measureOf(figure), lift: liftOf(entry, metric) }];
  });
}

function measureOf({ value, low, high }: Figure): Measure {
  return { value, low, high, n: null, reason: null };
}

function liftOf(entry: Entry, metric: string): Lift | null {
  const lift = entry.lifts[metric];
  return lift === undefined ? null : { ...lift, verdict: verdictOf(lift.verdict) };
}

const VERDICTS: Readonly<Record<string, Verdict>> = { better: "better", worse: "worse", cannot_tell: "cannot tell" };

function verdictOf(stored: string): Verdict | null {
  return VERDICTS[stored] ?? null;
}
