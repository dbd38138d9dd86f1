/** Everything that is one number an epoch as charts (S6.1). */
import { capitalised, count, quantity, words } from "../common/format";
import { METRICS } from "../common/registry";
import { type About, aboutMetric, type Curve, curveOf, evaluatedNames, LOSS, type Reading } from "./curves";
import type { TrainingRecord } from "./training";
import { megabytes, milliseconds, seconds, share } from "./units";

export const MOST_POINTS = 500; // of a chart (S6.1)

interface ChartGroup {
  title: string;
  curves: Curve[];
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
