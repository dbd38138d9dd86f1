import { deletedSentence, freedWords, shortName } from "../../model/run/deletion";
import type { Time, Tombstone } from "../../model/run/run";
import { StateIcon } from "../icons";
import { When } from "../parts";

/** At the address of an experiment that is no more. */
export function TombstoneView({ tombstone, now }: { tombstone: Tombstone; now: Time }) {
  const { name, deletedAt } = tombstone;
  return (
    <div class="notice notice-empty">
      <h1 tabIndex={-1}>{shortName(tombstone)} was deleted</h1>
      <p>{[name, freedWords([tombstone])].filter(Boolean).join("; ")}</p>
      <p>
        {deletedAt !== null && (
          <span class="faint">
            <When time={deletedAt} now={now} />.{" "}
          </span>
        )}
        <a href="/">See all experiments</a>
      </p>
    </div>
  );
}

/** Above the list: what this person deleted since the page was opened. */
export function DeletedView({ tombstones, onDismiss }: { tombstones: Tombstone[]; onDismiss: () => void }) {
  if (tombstones.length === 0) return null;
  return (
    <div class="notice notice-deleted">
      <p role="status">
        <StateIcon icon="done" /> {deletedSentence(tombstones)}.
      </p>
      <button type="button" onClick={onDismiss}>
        Dismiss
      </button>
    </div>
  );
}
