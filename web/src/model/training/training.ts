/** Everything that is one number an epoch (S6.1): as charts, as rows of a table, as the figures of a few epochs. */

import type { Row } from "../common/export";
import { capitalised, count, MISSING, quantity, words } from "../common/format";
import { formatOf, kindOf, METRICS } from "../common/registry";
import { duration } from "../common/time";
import type { EpochRecord, Group, Time } from "../run/run";
import { type About, aboutMetric, type Curve, curveOf, evaluatedNames, LOSS, type Reading } from "./curves";

/** One epoch with all that its record holds but for distributions. */
export interface TrainingRecord extends EpochRecord {
  /** Whether it was the best so far when it ended. */
  best: boolean;
  /** Seen since training began. */
  examples: number | null;
  examplesPerSecond: number | null;
  stepMsP50: number | null;
  stepMsP95: number | null;
  /** Of the time of a step: how much of it is spent on waiting for its batch. */
  inputWaitShare: number | null;
  deviceMemoryBytes: number | null;
  /** L2, over all weights. */
  weightNorm: number | null;
  /** L2 over all gradients, before clipping: the mean of the steps. */
  gradientNorm: number | null;
  clippedShare: number | null;
  time: Time | null;
  /** Why training stopped with this epoch. */
  problem: string | null;
}

export const MOST_POINTS = 500; // of a chart (S6.1)

interface ChartGroup {
  title: string;
  curves: Curve[];
}

/** The best epoch by what is stored about the training; while it runs, the best so far. 0-based. */
export function bestOf(records: readonly TrainingRecord[], training: Group | null): number | null {
  const told = training?.best_epoch;
  return typeof told === "number" ? told : (records.findLast((record) => record.best)?.epoch ?? null);
}

/** At most `most` records, evenly spread; the first, the best and the last are always among them (S6.1). */
export function thinned<T extends { epoch: number }>(
  records: readonly T[],
  best: number | null,
  most = MOST_POINTS,
): T[] {
  if (records.length <= most) return [...records];
  const step = (records.length - 1) / (most - 2); // one place is the best one's
  const kept = new Set(Array.from({ length: most - 1 }, (_, i) => Math.round(i * step)));
  return records.filter((record, i) => kept.has(i) || record.epoch === best);
}

/** All charts of the training, by what they are about; what no epoch measured has none. `span`: where they end. */
export function trainingCharts(records: readonly TrainingRecord[], span: number): ChartGroup[] {
  const groups = [
    { title: "Loss, and what is measured on eval", curves: [...lossCurves(records), ...metricCurves(records)] },
    { title: "Rate and speed", curves: speedCurves(records) },
    { title: "All weights and gradients", curves: normCurves(records) },
  ];
  return groups
    .map(({ title, curves }) => ({ title, curves: curves.filter(isMeasured).map((curve) => ({ ...curve, span })) }))
    .filter(hasCurves);
}

function isMeasured(curve: Curve): boolean {
  return curve.series.some(({ values }) => values.some((value) => value !== null));
}

function hasCurves({ curves }: ChartGroup): boolean {
  return curves.length > 0;
}

const TASKS = ["retrieval", "ranking"] as const;

/** The task's loss, what regularization adds, and the parts of a multitask model, raw and scaled (S4.11). */
function lossCurves(records: readonly TrainingRecord[]): Curve[] {
  const ofBoth = (key: string): Reading<TrainingRecord>[] => [
    ["train", (record) => record.train[key] ?? null],
    ["eval", (record) => record.evaluated[key] ?? null],
  ];
  const regularized = records.some((record) => (record.train.regularization_loss ?? 0) > 0);
  const parts = TASKS.flatMap((task) => [
    curveOf({ ...LOSS, title: `${capitalised(task)} loss` }, records, ofBoth(`${task}_loss`)),
    curveOf(
      { ...LOSS, title: `${capitalised(task)} loss, scaled`, note: "1 is a guess" },
      records,
      ofBoth(`${task}_loss_scaled`),
    ),
  ]);
  return [
    curveOf({ ...LOSS, title: "Loss", note: "mean over all examples" }, records, ofBoth("loss")),
    ...(regularized
      ? [
          curveOf({ ...LOSS, title: "Regularization loss" }, records, [
            ["at the epoch's end", (record) => record.train.regularization_loss ?? null],
          ]),
        ]
      : []),
    ...parts,
  ];
}

/** Recalls in one chart, errors in one; every other metric has its own. */
function metricCurves(records: readonly TrainingRecord[]): Curve[] {
  const names = METRICS.map(({ name }) => name).filter((name) => evaluatedNames([...records]).includes(name));
  const recalls = names.filter((name) => name.startsWith("recall_at_"));
  const errors = names.filter((name) => ["rmse", "mae"].includes(name));
  const rest = names.filter((name) => !recalls.includes(name) && !errors.includes(name));
  const chart = (title: string, chosen: string[]): Curve[] =>
    chosen.length === 0
      ? []
      : [
          curveOf(
            { ...aboutMetric(chosen[0] ?? ""), title },
            records,
            chosen.map((name) => [words(name), (record) => record.evaluated[name] ?? null]),
          ),
        ];
  return [
    ...chart("Recall, average customer", recalls),
    ...rest.flatMap((name) => chart(capitalised(words(name)), [name])),
    ...chart("Error of the predicted value", errors),
  ];
}

const FIGURE = { lowerIsBetter: null, fromZero: true, logarithmic: false };

function speedCurves(records: readonly TrainingRecord[]): Curve[] {
  const one = (
    about: Omit<About, keyof typeof FIGURE>,
    label: string,
    read: (record: TrainingRecord) => number | null,
  ) => curveOf({ ...FIGURE, ...about }, records, [[label, read]]);
  return [
    {
      ...one({ title: "Learning rate", format: quantity }, "at the epoch's end", (record) => record.learningRate),
      logarithmic: true,
    },
    {
      ...one({ title: "Throughput", format: count }, "examples per second", (record) => record.examplesPerSecond),
      logarithmic: true,
    },
    curveOf({ ...FIGURE, title: "Time of a step", format: milliseconds }, records, [
      ["median", (record) => record.stepMsP50],
      ["slowest 5%", (record) => record.stepMsP95],
    ]),
    one(
      { title: "Waiting for input", note: "share of a step's time", format: share },
      "waited",
      (record) => record.inputWaitShare,
    ),
    one({ title: "Time of an epoch", format: seconds }, "train and eval", (record) => record.seconds),
    one({ title: "Device memory, peak", format: megabytes }, "GPU", (record) => record.deviceMemoryBytes),
  ];
}

function normCurves(records: readonly TrainingRecord[]): Curve[] {
  const about = { ...FIGURE, fromZero: false, logarithmic: true, format: quantity };
  return [
    curveOf({ ...about, title: "Weight norm", note: "L2, at the epoch's end" }, records, [
      ["all", (record) => record.weightNorm],
    ]),
    curveOf({ ...about, title: "Gradient norm", note: "L2 before clipping, mean of the steps" }, records, [
      ["all", (record) => record.gradientNorm],
    ]),
    curveOf({ ...FIGURE, title: "Steps clipped", note: "share of the steps", format: share }, records, [
      ["all", (record) => record.clippedShare],
    ]),
  ];
}

/** A share as per cent: `12.5%`. */
export function share(value: number | null): string {
  return value === null ? MISSING : `${(value * 100).toFixed(1)}%`;
}

function milliseconds(value: number | null): string {
  return value === null ? MISSING : `${quantity(value)} ms`;
}

function seconds(value: number | null): string {
  return value === null ? MISSING : duration(value);
}

function megabytes(value: number | null): string {
  return value === null ? MISSING : `${count(value / 2 ** 20)} MiB`;
}

// ------------------------------------------------------------------------------------------------- tables and exports

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

// ------------------------------------------------------------------------------------------------------ what is shown

/** What the view keeps in its address. */
export interface TrainingOptions {
  logarithmic: boolean;
  /** Whether weights and gradients are shown by group. */
  groups: boolean;
  level: string;
  group: string;
  /** Whose histogram is chosen, counted from one; null: the last. */
  epoch: number | null;
}

export function optionsOf(search: string): TrainingOptions {
  const found = new URLSearchParams(search);
  const epoch = Number(found.get("epoch"));
  return {
    logarithmic: found.get("log") === "1",
    groups: found.get("groups") === "1",
    level: found.get("level") ?? "parts",
    group: found.get("group") ?? "total",
    epoch: Number.isInteger(epoch) && epoch > 0 ? epoch : null,
  };
}

/** The fields of the address for them; what is as it begins is left out. */
export function searchOf({ logarithmic, groups, level, group, epoch }: TrainingOptions): Record<string, string> {
  return {
    log: logarithmic ? "1" : "",
    groups: groups ? "1" : "",
    level: groups && level !== "parts" ? level : "",
    group: groups && group !== "total" ? group : "",
    epoch: groups && epoch !== null ? String(epoch) : "",
  };
}

// ----------------------------------------------------------------------------------------------------------- sentences

/** Facts about how training ended, or how far it is. */
export function trainingFacts(
  records: readonly TrainingRecord[],
  training: Group | null,
  planned: number | null,
): { name: string; value: string }[] {
  const best = bestOf(records, training);
  const metric = training?.metric;
  const ran = numeral(training?.epochs_run) ?? records.length;
  const evaluated = numeral(training?.evaluated_epoch);
  const [steps, took] = [numeral(training?.steps), numeral(training?.seconds)];
  const facts: [string, string | null][] = [
    ["Epochs", planned !== null && planned > ran ? `${count(ran)} of ${count(planned)}` : count(ran)],
    [
      training === null ? "Best epoch so far" : "Best epoch",
      best === null ? null : `${count(best + 1)}${typeof metric === "string" ? `, by ${words(metric)} on eval` : ""}`,
    ],
    ["Measured and exported", evaluated === null ? null : `the weights of epoch ${count(evaluated + 1)}`],
    ["Ended because", stopWords(training)],
    ["Steps", steps === null ? null : count(steps)],
    ["Time of training", took === null ? null : duration(took)],
  ];
  return facts.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
}

function numeral(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function stopWords(training: Group | null): string | null {
  const [reason, metric] = [training?.stop_reason, training?.metric];
  if (typeof reason !== "string") return null;
  if (reason === "epochs") return "all planned epochs were run";
  if (reason === "early_stopping" && typeof metric === "string")
    return `${words(metric)} on eval did not get better any more`;
  return words(reason);
}
