import type { Run, Time } from "../../model/run/run";
import type { Context } from "../context";

/** What every tab of an experiment is given. */
export interface TabProps {
  app: Context;
  run: Run;
  now: Time;
  /** false while the server cannot be reached. */
  fresh: boolean;
  /** Of the address: what the tab keeps there (a filter, an open panel). */
  search: string;
}
