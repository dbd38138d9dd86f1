/** Everything that is one number an epoch as rows of a table, and as the figures of a few epochs (S6.1). */
import type { Row } from "../common/export";
import { capitalised, count, quantity, words } from "../common/format";
import { formatOf, kindOf } from "../common/registry";
import { evaluatedNames, LOSS } from "./curves";
import type { TrainingRecord } from "./training";
import { megabytes, milliseconds, seconds, share } from "./units";

export interface Figure {
  name: string;
  title: string;
  read: (record: TrainingRecord) => number | null;
  format: (value: number | null) => string;
  lowerIsBetter: boolean | null;
}

/** Every number that some epoch has, in the order in which it is looked for. */
export function figuresOf(records: readonly TrainingRecord[]): Figure[] {
  const losses = [...new Set(records.flatMap((record) => Object.keys(record.train)))].sort(byLoss);
  const measured = evaluatedNames([...records]);
  const figures: Figure[] = [
    ...losses.map((name) => lossFigure("train", name, (record) => record.train[name] ?? null)),
    ...measured.filter(isLoss).map((name) => lossFigure("eval", name, (record) => record.evaluated[name] ?? null)),
    ...measured.filter((name) => !isLoss(name)).map(metricFigure),
    figure("learning_rate", "Learning rate", quantity, (record) => record.learningRate),
    figure("weights.l2_norm", "Weight norm", quantity, (record) => record.weightNorm),
    figure("gradients.norm_mean", "Gradient norm", quantity, (record) => record.gradientNorm),
    figure("gradients.clipped_share", "Steps clipped", share, (record) => record.clippedShare),
    figure("examples", "Examples seen", count, (record) => record.examples),
    figure("examples_per_second", "Examples per second", count, (record) => record.examplesPerSecond),
    figure("step_ms_p50", "Step, median", milliseconds, (record) => record.stepMsP50),
    figure("step_ms_p95", "Step, slowest 5%", milliseconds, (record) => record.stepMsP95),
    figure("input_wait_share", "Waiting for input", share, (record) => record.inputWaitShare),
    figure("device_memory_peak_bytes", "Device memory", megabytes, (record) => record.deviceMemoryBytes),
    figure("epoch_seconds", "Time", seconds, (record) => record.seconds),
  ];
  return figures.filter(({ read }) => records.some((record) => read(record) !== null));
}

function isLoss(name: string): boolean {
  return name.includes("loss");
}

function byLoss(a: string, b: string): number {
  return Number(b === "loss") - Number(a === "loss") || a.localeCompare(b);
}

function lossFigure(split: string, name: string, read: Figure["read"]): Figure {
  return {
    name: `${split}.${name}`,
    title: `${capitalised(split)} ${words(name)}`,
    read,
    format: LOSS.format,
    lowerIsBetter: true,
  };
}

function metricFigure(name: string): Figure {
  return {
    name: `eval.${name}`,
    title: capitalised(words(name)),
    read: (record) => record.evaluated[name] ?? null,
    format: formatOf(name),
    lowerIsBetter: kindOf(name).lowerIsBetter,
  };
}

function figure(name: string, title: string, format: Figure["format"], read: Figure["read"]): Figure {
  return { name, title, read, format, lowerIsBetter: null };
}

/** A row for each epoch, counted from one as everywhere on the page, with every number as it was stored. */
export function exportedEpochs(records: readonly TrainingRecord[]): Row[] {
  const figures = figuresOf(records);
  return records.map((record) => ({
    epoch: record.epoch + 1,
    best_so_far: record.best,
    ...Object.fromEntries(figures.map(({ name, read }) => [name, read(record)])),
  }));
}

/** The epochs that a summary tells of: the first, the best and the last, each once. */
export function telling(records: readonly TrainingRecord[], best: number | null): TrainingRecord[] {
  const [first, last] = [records[0], records.at(-1)];
  const chosen = [first, records.find(({ epoch }) => epoch === best), last].filter((record) => record !== undefined);
  return [...new Set(chosen)];
}
