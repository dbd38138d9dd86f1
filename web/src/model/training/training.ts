/** What is recorded of each epoch (S6.1), which of it was best, and how training went in sentences. */
import { count, words } from "../common/format";
import { duration } from "../common/time";
import type { EpochRecord, Group, Time } from "../run/run";

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

/** The best epoch by what is stored about the training; while it runs, the best so far. 0-based. */
export function bestOf(records: readonly TrainingRecord[], training: Group | null): number | null {
  const told = training?.best_epoch;
  return typeof told === "number" ? told : (records.findLast((record) => record.best)?.epoch ?? null);
}

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
