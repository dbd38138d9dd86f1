/** Comparisons that are kept: their list, and the name and notes of one. */
import { useState } from "preact/hooks";
import "../../styles/compare.css";
import { errorWords, type FeedError } from "../../model/common/feed";
import { withSearch } from "../../model/common/routes";
import { limitsOf, mistakeOf, rangeWords } from "../../model/common/schema";
import type { Comparison } from "../../model/compare/report";
import type { Time } from "../../model/run/run";
import { Section, When } from "../parts";
import { TextField } from "../ui/fields";
import { Table } from "../ui/table";

interface SavedProps {
  comparisons: readonly Comparison[];
  /** `#19` by experiment, as far as they are known. */
  labels: ReadonlyMap<string, string>;
  now: Time;
}

export function SavedComparisons({ comparisons, labels, now }: SavedProps) {
  const told = ({ experiments }: Comparison) => experiments.map((id) => labels.get(id) ?? id).join(", ");
  return (
    <Section id="saved" title="Earlier comparisons">
      <Table
        caption="Comparisons, newest first"
        file="comparisons"
        rows={comparisons}
        id={({ id }) => id}
        empty="None yet. Each comparison is kept, and can be named."
        columns={[
          {
            name: "name",
            title: "Name",
            value: ({ name }) => name,
            show: (each) => (
              <a href={withSearch(`/compare/${encodeURIComponent(each.id)}`, {})}>{each.name || told(each)}</a>
            ),
          },
          { name: "experiments", title: "Experiments", value: told },
          { name: "owner", title: "By", value: ({ owner }) => owner },
          {
            name: "changed",
            title: "Changed",
            value: ({ updatedAt }) => (updatedAt === null ? null : new Date(updatedAt).toISOString()),
            show: ({ updatedAt }) => (updatedAt === null ? "just now" : <When time={updatedAt} now={now} />),
            descending: true,
          },
        ]}
      />
    </Section>
  );
}

interface KeepProps {
  comparison: Comparison;
  /** Why this person may not change it; null: they may. */
  refused: string | null;
  onSave: (changed: { name: string; notes: string }) => Promise<FeedError | null>;
}

const NAME = limitsOf("SavedComparison", "name");
const NOTES = limitsOf("SavedComparison", "notes");

/** Under which name, and with which thoughts, a comparison is kept. */
export function KeepView({ comparison, refused, onSave }: KeepProps) {
  const [name, setName] = useState(comparison.name);
  const [notes, setNotes] = useState(comparison.notes);
  const [state, setState] = useState<"idle" | "saving" | "saved" | FeedError>("idle");
  const changed = name !== comparison.name || notes !== comparison.notes;
  const mistakes = { name: mistakeOf(NAME, name), notes: mistakeOf(NOTES, notes) };
  if (refused !== null) {
    return (
      <Section id="keep" title="Notes">
        {comparison.notes !== "" && <p class="notes-text">{comparison.notes}</p>}
        <p class="faint">{refused}</p>
      </Section>
    );
  }
  const submit = async (event: Event) => {
    event.preventDefault();
    setState("saving");
    setState((await onSave({ name, notes })) ?? "saved");
  };
  return (
    <Section id="keep" title="Name and notes">
      <form onSubmit={submit} class="keep">
        <TextField label="Name" value={name} onEdit={setName} problem={mistakes.name} hint={rangeWords(NAME)} />
        <TextField label="Notes" value={notes} onEdit={setNotes} problem={mistakes.notes} rows={4} />
        <div class="actions">
          <button
            type="submit"
            disabled={!changed || state === "saving" || mistakes.name !== null || mistakes.notes !== null}
          >
            Keep
          </button>
          <span role="status" class="faint">
            {state === "saved" && !changed && "Kept"}
            {typeof state === "object" && `${errorWords(state).problem} ${errorWords(state).remedy}`}
          </span>
        </div>
      </form>
    </Section>
  );
}
