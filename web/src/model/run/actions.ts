/** What may be done with an experiment, by whom, and the words of it (S5.12, S5.13). */

import { mayDelete, mayEdit, type User } from "../common/roles";
import { usd } from "./estimate";
import { isLive, type Run } from "./run";

export type ActionKind = "cancel" | "rerun" | "clone" | "delete";

export interface Action {
  kind: ActionKind;
  /** Why it cannot be done although people look for it here; null when it can. */
  blocked: string | null;
}

export interface ActionWords {
  button: string;
  /** What is asked before it is done; null: nothing needs to be asked. */
  ask: string;
  confirm: string;
  keep: string;
  sending: string;
  danger: boolean;
}

/** In the order in which they are shown; nothing for viewers, nor while the experiment is being deleted. */
export function actionsOf(run: Run, user: User): Action[] {
  if (!mayEdit(user.role) || run.deletion !== null) return [];
  const clone: Action = { kind: "clone", blocked: null };
  if (isLive(run)) return run.cancel === null ? [clone, { kind: "cancel", blocked: null }] : [clone];
  return [{ kind: "rerun", blocked: rerunBlocked(run) }, clone, { kind: "delete", blocked: deleteBlocked(run, user) }];
}

function rerunBlocked(run: Run): string | null {
  if (run.parameters !== null) return null;
  return "It ended before it was prepared, so there is nothing frozen to repeat. Clone it instead.";
}

function deleteBlocked(run: Run, user: User): string | null {
  if (mayDelete(user.role, user.uid, run.owner)) return null;
  return "It belongs to somebody else. Ask its owner or an administrator to delete it.";
}

export function actionWords(kind: ActionKind, run: Run): ActionWords {
  switch (kind) {
    case "cancel":
      return {
        ...{ button: "Cancel experiment", confirm: "Stop it", keep: "Keep it", sending: "Requesting…", danger: true },
        ask:
          run.startedAt === null
            ? "It has not begun, so nothing is lost."
            : "It ends without a result; curves and logs so far stay.",
      };
    case "rerun":
      return {
        ...{ button: "Rerun", confirm: "Start the rerun", keep: "Not now", sending: "Starting…", danger: false },
        ask: `A new experiment, from the same frozen copies of its documents. ${costOf(run)}`,
      };
    case "delete":
      return {
        ...{ button: "Delete", confirm: "Delete for good", keep: "Keep it", sending: "Requesting…", danger: true },
        ask: "Its model, files, metrics and MLflow entry go for good. Its number is not used again.",
      };
    case "clone":
      return {
        ...{ button: "Clone", ask: "", confirm: "Start experiment", keep: "Not now", sending: "Starting…" },
        danger: false,
      };
  }
}

function costOf(run: Run): string {
  const spent = run.cost?.computed;
  return typeof spent === "number" ? `This one cost ${usd(spent)}.` : "It costs what this one was estimated to cost.";
}

/** What a selection of the list can be asked to do at once. */
export interface Bulk {
  cancel: Run[];
  delete: Run[];
  /** How many of the selected may not be deleted by this person. */
  others: number;
}

export function bulkOf(selected: Run[], user: User): Bulk {
  const can = (kind: ActionKind, allowed: boolean) =>
    selected.filter((run) =>
      actionsOf(run, user).some((action) => action.kind === kind && (action.blocked === null) === allowed),
    );
  return { cancel: can("cancel", true), delete: can("delete", true), others: can("delete", false).length };
}

/** `3 experiments`, `1 experiment`. */
export function experiments(number: number): string {
  return number === 1 ? "1 experiment" : `${number} experiments`;
}

export function bulkWords(kind: "cancel" | "delete", bulk: Bulk, selected: number): ActionWords {
  const number = bulk[kind].length;
  const left = selected - number;
  const rest = left === 0 ? "" : ` The other ${left === 1 ? "one stays as it is" : `${left} stay as they are`}.`;
  const owned = kind === "delete" && bulk.others > 0 ? " What belongs to others is theirs to delete." : "";
  const [end, its, model] = number === 1 ? ["it ends", "its", "model"] : ["they end", "their", "models"];
  const lost = kind === "cancel" ? `${end} without a result` : `${its} ${model}, files and metrics go for good`;
  return {
    button: `${kind === "cancel" ? "Cancel" : "Delete"} ${number}`,
    ask: `${experiments(number)}: ${lost}.${rest}${owned}`,
    confirm: kind === "delete" ? "Delete for good" : number === 1 ? "Stop it" : "Stop them",
    ...{ keep: number === 1 ? "Keep it" : "Keep them", sending: "Requesting…", danger: true },
  };
}
