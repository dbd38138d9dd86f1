/** Norms and distributions of weights and gradients, by group of variables (S6.1, S6.3). */

import { quantity } from "../common/format";
import type { Curve } from "./curves";
import { share } from "./units";

const GROUPS = [
  ...["total", "query", "query_embedding", "query_dense"],
  ...["candidate", "candidate_embedding", "candidate_dense", "head", "head_dense"],
] as const;

/** What of the model a group is, in words. */
const LABELS: Record<string, string> = {
  total: "all",
  query: "query tower",
  query_embedding: "query embeddings",
  query_dense: "query layers",
  candidate: "candidate tower",
  candidate_embedding: "candidate embeddings",
  candidate_dense: "candidate layers",
  head: "head",
  head_dense: "head layers",
};

export const LEVELS = ["parts", "layers"] as const;
export type Level = (typeof LEVELS)[number];

/** Which groups one chart shows: the towers and the head; or what each is made of. */
const OF_LEVEL: Record<Level, readonly string[]> = {
  parts: ["total", "query", "candidate", "head"],
  layers: ["query_embedding", "query_dense", "candidate_embedding", "candidate_dense", "head_dense"],
};

export const KINDS = ["weights", "gradients"] as const;
export type Kind = (typeof KINDS)[number];

/** All numbers of a group; null: one of them is not finite. */
export interface Entries {
  mean: number | null;
  std: number | null;
  min: number | null;
  max: number | null;
  histogram: number[];
  /** Counted in the first or the last bin, too. */
  outside: number;
}

export interface WeightEntries extends Entries {
  norm: number | null;
}

export interface GradientEntries extends Entries {
  normMean: number | null;
  normMax: number | null;
  clippedShare: number | null;
}

export interface WeightEpoch {
  /** 0-based. */
  epoch: number;
  weights: Record<string, WeightEntries>;
  gradients: Record<string, GradientEntries>;
}

/** What is stored of all epochs so far, in their order. */
export interface WeightHistory {
  edges: Record<Kind, number[]>;
  epochs: WeightEpoch[];
}

/** Documents of a few epochs each, as one. */
export function joined(blocks: readonly WeightHistory[]): WeightHistory {
  const edges = blocks.find((block) => block.edges.weights.length > 0)?.edges ?? { weights: [], gradients: [] };
  return { edges, epochs: blocks.flatMap((block) => block.epochs).sort((a, b) => a.epoch - b.epoch) };
}

export function groupLabel(group: string): string {
  return LABELS[group] ?? group.replaceAll("_", " ");
}

/** Groups that a model has, in the order of `GROUPS`: one without a head has none of it. */
export function groupsOf(epochs: readonly WeightEpoch[]): string[] {
  const known = new Set(
    epochs.flatMap(({ weights, gradients }) => [...Object.keys(weights), ...Object.keys(gradients)]),
  );
  return [...GROUPS.filter((group) => known.has(group)), ...[...known].filter((group) => !isKnown(group))];
}

function isKnown(group: string): boolean {
  return (GROUPS as readonly string[]).includes(group);
}

type About = Pick<Curve, "title" | "note" | "fromZero" | "logarithmic" | "format">;

/** Norms and clipping, a line for each group of a level. */
export function normCurvesOf(epochs: readonly WeightEpoch[], level: Level, span: number): Curve[] {
  const groups = groupsOf(epochs).filter((group) => OF_LEVEL[level].includes(group));
  const norm = { fromZero: false, logarithmic: true, format: quantity };
  const chart = (about: About, read: (epoch: WeightEpoch, group: string) => number | null | undefined): Curve => ({
    ...about,
    lowerIsBetter: null,
    epochs: epochs.map(({ epoch }) => epoch + 1),
    span,
    series: groups.map((group) => ({
      label: groupLabel(group),
      values: epochs.map((epoch) => read(epoch, group) ?? null),
    })),
  });
  return [
    chart(
      { ...norm, title: "Weight norm", note: "L2, at the epoch's end" },
      (epoch, group) => epoch.weights[group]?.norm,
    ),
    chart(
      { ...norm, title: "Gradient norm, mean of the steps", note: "L2 before clipping" },
      (epoch, group) => epoch.gradients[group]?.normMean,
    ),
    chart(
      { ...norm, title: "Gradient norm, largest step", note: "L2 before clipping" },
      (epoch, group) => epoch.gradients[group]?.normMax,
    ),
    chart(
      { fromZero: true, logarithmic: false, format: share, title: "Steps clipped", note: "share of the steps" },
      (epoch, group) => epoch.gradients[group]?.clippedShare,
    ),
  ];
}

/** Where the numbers of a group lie: mean, one standard deviation around it, least and largest. */
export function distributionCurve(epochs: readonly WeightEpoch[], kind: Kind, group: string, span: number): Curve {
  const of = epochs.map((epoch): Entries | undefined => epoch[kind][group]);
  const around = (sign: number) =>
    of.map((entries) => (entries?.mean == null || entries.std === null ? null : entries.mean + sign * entries.std));
  return {
    title: kind === "weights" ? "Weights" : "Gradients",
    note: groupLabel(group),
    lowerIsBetter: null,
    fromZero: false,
    logarithmic: false,
    format: quantity,
    epochs: epochs.map(({ epoch }) => epoch + 1),
    span,
    band: [1, 2],
    series: [
      { label: "mean", values: of.map((entries) => entries?.mean ?? null) },
      { label: "mean − std", values: around(-1) },
      { label: "mean + std", values: around(1) },
      { label: "min", values: of.map((entries) => entries?.min ?? null) },
      { label: "max", values: of.map((entries) => entries?.max ?? null) },
    ],
  };
}

/** A row for each epoch and group, as stored. */
export function exportedWeights(epochs: readonly WeightEpoch[]) {
  return epochs.flatMap((record) =>
    groupsOf([record]).map((group) => {
      const [weights, gradients] = [record.weights[group], record.gradients[group]];
      return {
        epoch: record.epoch + 1,
        group,
        "weights.l2_norm": weights?.norm ?? null,
        ...entriesRow("weights", weights),
        "gradients.norm_mean": gradients?.normMean ?? null,
        "gradients.norm_max": gradients?.normMax ?? null,
        "gradients.clipped_share": gradients?.clippedShare ?? null,
        ...entriesRow("gradients", gradients),
      };
    }),
  );
}

function entriesRow(kind: Kind, entries: Entries | undefined): Record<string, number | string | null> {
  return {
    [`${kind}.mean`]: entries?.mean ?? null,
    [`${kind}.std`]: entries?.std ?? null,
    [`${kind}.min`]: entries?.min ?? null,
    [`${kind}.max`]: entries?.max ?? null,
    [`${kind}.outside`]: entries?.outside ?? null,
    [`${kind}.histogram`]: entries === undefined ? null : entries.histogram.join(" "),
  };
}
