/** The entry of a run that lives, made of its document and its request (shared/insights/lists/entry_of.py). */
import { HEADLINES_OF } from "../common/headlines";
import { group, numberOf } from "../common/values";
import { protocolName } from "../run/protocol";
import type { Group, Time, Value } from "../run/run";
import { type Entry, type Figure, type Leaf, stateOf } from "./entry";

const LONGEST_DESCRIPTION = 300;
const MOST_TAGS = 20;
const LONGEST_TAG = 32;

/**
 * The entry of a run, as its document says it (times are texts), and of its request, null when that is gone. As in the
 * index: labels are the request's, all else is the run's, and what does not fit is left out.
 */
export function entryOfRun(run: Group, request: Group | null): Entry {
  const asked = request ?? {};
  const grouping = group(run.grouping);
  const parameters = group(run.parameters);
  const counts = group(run.counts);
  const progress = group(run.progress);
  const names = group(run.names);
  return {
    experiment: cut(run.experiment, 63),
    number: wholeOf(run.number) ?? 0,
    modelEndpoint: cut(run.model_endpoint, 63),
    name: cut(asked.name ?? names.experiment, 80),
    state: stateOf(cut(run.state, 20)),
    modelType: cut(run.model_type, 20),
    owner: cut(run.owner, 320),
    createdAt: timeOf(run.created_at) ?? 0,
    endedAt: timeOf(run.ended_at) ?? timeOf(run.updated_at) ?? 0,
    durationSeconds: numberOf(run.duration_seconds) ?? 0,
    ...labelsOf(asked),
    parent: cut(run.parent, 63) || null,
    origin: cut(run.origin, 20) || null,
    dataset: cut(grouping.dataset, 63),
    featureConfig: cut(grouping.feature_config ?? asked.feature_config, 63),
    modelConfig: cut(grouping.model_config ?? asked.model_config, 63),
    names: textsOf(names, 80, ["dataset", "feature_config", "model_config"]),
    digests: textsOf(group(grouping.digests), 64),
    repeat: cut(grouping.repeat, 64),
    split: cut(group(parameters.split).kind, 20),
    samplePercent: wholeOf(parameters.sample_percent ?? asked.sample_percent) || 100,
    seed: wholeOf(parameters.seed ?? asked.seed) ?? 0,
    tier: cut(group(run.hardware).tier, 40),
    protocols: textsOf(group(grouping.protocols), 64),
    protocolName: protocolName(parameters, counts),
    complexity: textsOf(group(grouping.complexity), 20),
    error: cut(group(run.error).code, 60) || null,
    errorTitle: cut(group(run.error).title, 120) || null,
    costUsd: numberOf(group(run.cost).billed) ?? numberOf(group(run.cost).computed),
    parameterCount: wholeOf(group(grouping.parameters).parameters),
    customers: wholeOf(group(counts.customers).train),
    products: wholeOf(group(counts.products).train),
    rows: wholeOf(group(counts.rows).train),
    epochsRun: wholeOf(progress.epochs_done),
    bestEpoch: wholeOf(progress.best_epoch),
    parameters: leavesOf(group(grouping.parameters)),
    ...measuredOf(run),
  };
}

/** What people may edit of an experiment later, out of its request. */
function labelsOf(request: Group): Pick<Entry, "description" | "tags" | "starred"> {
  const tags = Array.isArray(request.tags) ? request.tags : [];
  return {
    description: cut(request.description, LONGEST_DESCRIPTION),
    tags: tags.filter((tag): tag is string => typeof tag === "string" && tag.length <= LONGEST_TAG).slice(0, MOST_TAGS),
    starred: request.starred === true,
  };
}

/** The same entry under the labels that its request has now; the same object when nothing differs. */
export function relabelled(entry: Entry, request: Group): Entry {
  const labels = labelsOf(request);
  const name = typeof request.name === "string" ? cut(request.name, 80) : entry.name;
  const same =
    name === entry.name &&
    labels.starred === entry.starred &&
    labels.description === entry.description &&
    labels.tags.join() === entry.tags.join();
  return same ? entry : { ...entry, ...labels, name };
}

function measuredOf(run: Group): Pick<Entry, "metrics" | "lifts" | "baselines"> {
  if (run.state !== "completed") return { metrics: {}, lifts: {}, baselines: {} };
  const headlines = HEADLINES_OF[cut(run.model_type, 20)] ?? [];
  const lifts = (Array.isArray(run.headlines) ? run.headlines : []).flatMap((item) => {
    const card = group(item);
    const found = group(card.lift);
    const value = numberOf(found.value);
    if (value === null || typeof card.metric !== "string") return [];
    const bounds = { low: numberOf(found.low), high: numberOf(found.high) };
    return [
      [
        card.metric,
        { baseline: cut(group(card.baseline).name, 60), value, ...bounds, verdict: cut(found.verdict, 20) },
      ],
    ];
  });
  const ofHeadlines = (figures: Group) =>
    Object.fromEntries(headlines.flatMap((name) => (name in figures ? [[name, figureOf(group(figures[name]))]] : [])));
  return {
    metrics: Object.fromEntries(
      Object.entries(group(run.metrics)).map(([name, stored]) => {
        const found = figureOf(group(stored));
        return [name, headlines.includes(name) ? found : { ...found, low: null, high: null }];
      }),
    ),
    lifts: Object.fromEntries(lifts),
    baselines: Object.fromEntries(
      Object.entries(group(run.baselines)).map(([name, figures]) => [name, ofHeadlines(group(figures))]),
    ),
  };
}

function cut(value: Value | undefined, longest: number): string {
  return typeof value === "string" ? value.slice(0, longest) : "";
}

function wholeOf(value: Value | undefined): number | null {
  return Number.isInteger(value) ? (value as number) : null;
}

function timeOf(value: Value | undefined): Time | null {
  const millis = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(millis) ? null : millis;
}

function textsOf(from: Group, longest: number, names = Object.keys(from).sort()): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (typeof from[name] === "string" ? [[name, cut(from[name], longest)]] : [])),
  );
}

function leavesOf(from: Group): Record<string, Leaf> {
  return Object.fromEntries(
    Object.entries(from).filter((pair): pair is [string, Leaf] =>
      ["string", "number", "boolean"].includes(typeof pair[1]),
    ),
  );
}

function figureOf(stored: Group): Figure {
  return { value: numberOf(stored.value), low: numberOf(stored.low), high: numberOf(stored.high) };
}
