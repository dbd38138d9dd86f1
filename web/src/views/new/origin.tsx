/** What the form of a new experiment was begun from. */
import type { FeedError } from "../../model/common/feed";
import { capitalised } from "../../model/common/format";
import { experimentPath } from "../../model/common/routes";
import { changeWords, expectedWords, type Suggestion } from "../../model/dashboard/suggestions";
import { RefusedView } from "../experiment/actions";
import type { NewProps } from "./new";

interface Parent {
  id: string;
  /** `Exp #12`. */
  title: string;
}

/** What a form was begun from. */
export type Origin = { kind: "nothing" } | { kind: "clone"; parent: Parent } | SuggestedOrigin;
interface SuggestedOrigin {
  kind: "suggestion";
  parent: Parent;
  suggestion: Suggestion;
  /** Whether the model config that it brings is stored. */
  stored: boolean;
  onStore: () => void;
  storing: boolean;
  failed: FeedError | null;
}

export function placesOf(origin: NewProps["origin"]): { name: string; path: string }[] {
  const all = { name: "Experiments", path: "/" };
  if (origin.kind === "nothing") return [all];
  return [all, { name: origin.parent.title, path: experimentPath(origin.parent.id) }];
}

export function titleOf(origin: Origin): string {
  switch (origin.kind) {
    case "nothing":
      return "New experiment";
    case "clone":
      return `Clone of ${origin.parent.title}`;
    case "suggestion":
      return `Suggestion from ${origin.parent.title}`;
  }
}

export function SuggestionView({ suggestion, stored, onStore, storing, failed }: SuggestedOrigin) {
  const { difference, reason, expected, modelConfig, label } = suggestion;
  return (
    <section class="panel" aria-label="The suggestion">
      <p>
        <b>{capitalised(label)}</b>: {difference.map(changeWords).join(", ")}
      </p>
      <p class="faint">
        Why: {reason}. Expected {expectedWords(expected)}.
      </p>
      {modelConfig !== null && !stored && (
        <p class="actions">
          <span>It needs a model config that is not stored yet: {String(modelConfig.content.name)}.</span>{" "}
          <button type="button" onClick={onStore} disabled={storing}>
            {storing ? "Storing…" : "Store the model config"}
          </button>
          {failed !== null && <RefusedView error={failed} refused={REFUSED_CONFIG} />}
        </p>
      )}
    </section>
  );
}

const REFUSED_CONFIG = {
  problem: "The server refused it.",
  remedy: "Reload the page, for your role may have changed; or another config has its name.",
};
