import type { Suggestion } from "../../model/dashboard/suggestions";
import type { Frozen } from "../../model/new/clone";
import type { Group } from "../../model/run/run";

/** What a form is begun from; `request` is empty when from nothing. */
export interface Source {
  /** Of the address, by which what was entered is kept. */
  key: string;
  request: Group;
  parent: { id: string; title: string; request: Group; endpoint: string; frozen: Frozen | null } | null;
  suggestion: Suggestion | null;
}
