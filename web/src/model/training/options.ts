/** What of the training is looked at, as it stands in the address. */

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
