/** What every page is given: the database, who looks, and which model endpoint they look at. */
import type { Firestore } from "firebase/firestore";
import type { User } from "../model/common/roles";
import type { Route } from "../model/common/routes";

export interface Context {
  db: Firestore;
  user: User;
  /** Whether this is the one-machine stack. */
  local: boolean;
  mlflow: string | null;
  /** The model endpoint that lists, dashboards and new experiments are about. */
  endpoint: string;
  endpoints: readonly string[];
  deletions: Deletions;
}

/** What this person asked to delete since the page was opened. */
export interface Deletions {
  ids: readonly string[];
  add: (...ids: string[]) => void;
  dismiss: () => void;
}

/** A page at an address: `app/app.tsx` shows one for each kind of route. */
export interface PageProps<View extends Route["view"] = Route["view"]> {
  app: Context;
  route: Extract<Route, { view: View }>;
}
