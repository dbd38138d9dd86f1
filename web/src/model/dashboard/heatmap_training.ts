/** The headline metric on the eval split, epoch by epoch, of a group's best runs (S7.13). */
import type { Row } from "../common/export";
import type { Figure } from "./insights";

export interface TrainingMap {
  metric: string;
  rows: TrainingRow[];
  /** Runs whose curves are not known. */
  missing: string[];
}

export interface TrainingRow {
  experiment: string;
  number: number | null;
  name: string;
  /** The model config: rows of one have one mark. */
  group: string;
  bestEpoch: number;
  epochs: number[];
  values: (number | null)[];
  /** On the test split. */
  final: Figure;
}

/** All epochs that any run has, in order. */
export function epochsOf(rows: readonly TrainingRow[]): number[] {
  return [...new Set(rows.flatMap((row) => row.epochs))].sort((a, b) => a - b);
}

/** Each model config with its place among those of the rows. */
export function groupsOf(rows: readonly TrainingRow[]): Map<string, number> {
  const names = [...new Set(rows.map((row) => row.group))];
  return new Map(names.map((name, i) => [name, i]));
}

export function trainingExport(map: TrainingMap): Row[] {
  return map.rows.flatMap((row) =>
    row.epochs.map((epoch, i) => ({
      ...{ experiment: row.experiment, number: row.number, name: row.name, model_config: row.group },
      ...{ epoch, metric: map.metric, value: row.values[i] ?? null, best: epoch === row.bestEpoch },
      final: row.final.value,
    })),
  );
}
