/** What people say about an experiment, as it is read: title, star, tags, description and notes. */
import type { ComponentChildren } from "preact";
import type { FeedError } from "../../model/common/feed";
import { errorWords } from "../../model/common/feed";
import { type Described, linked, type TextName } from "../../model/run/notes";
import type { Run, Time } from "../../model/run/run";
import { runTitle } from "../../model/run/states";
import { Section, When } from "../parts";

interface TitleProps {
  run: Run;
  described: Described | null;
  mayEdit: boolean;
  editor: ComponentChildren;
  /** Of the star. */
  problem: FeedError | null;
  onEdit: (field: TextName) => void;
  onStar: () => void;
}

/** The heading with its name, which is renamed in its place, and the star. */
export function TitleView({ run, described, mayEdit, editor, problem, onEdit, onStar }: TitleProps) {
  const shown = (
    <h1 tabIndex={-1} class={editor ? "visually-hidden" : undefined}>
      {run.number !== null && <span class="number faint">#{run.number}</span>} {runTitle(run)}
    </h1>
  );
  return (
    <div class="title">
      {shown}
      {editor}
      {described !== null && !editor && (
        <div class="actions">
          <Star described={described} mayEdit={mayEdit} onStar={onStar} />
          {mayEdit && (
            <button type="button" class="quiet" data-edit="name" onClick={() => onEdit("name")}>
              Rename
            </button>
          )}
        </div>
      )}
      {problem !== null && (
        <p class="error-text" role="alert">
          The star was not changed. {errorWords(problem).problem} {errorWords(problem).remedy}
        </p>
      )}
    </div>
  );
}

const KEEPS = "A starred experiment keeps all its files; those of others expire.";

function Star({ described, mayEdit, onStar }: Pick<TitleProps, "mayEdit" | "onStar"> & { described: Described }) {
  const { starred } = described;
  const icon = (
    <svg
      class={starred ? "star-mark star-mark-on" : "star-mark"}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
    >
      <path d="M8 1.6l2 4.1 4.5.6-3.3 3.1.8 4.5L8 11.8l-4 2.1.8-4.5L1.5 6.3 6 5.7z" />
    </svg>
  );
  if (!mayEdit) return starred ? <span title={KEEPS}>{icon} Starred</span> : null;
  return (
    <button type="button" class="quiet" aria-pressed={starred} title={KEEPS} onClick={onStar}>
      {icon} {starred ? "Starred" : "Star"}
    </button>
  );
}

interface NotesProps {
  described: Described;
  mayEdit: boolean;
  now: Time;
  /** The form in the place of a text. */
  editors: Partial<Record<TextName, ComponentChildren>>;
  onEdit: (field: TextName) => void;
}

export function NotesView({ described, mayEdit, now, editors, onEdit }: NotesProps) {
  const { description, tags, notes } = described;
  const parts: { field: TextName; title: string; empty: string; shown: ComponentChildren }[] = [
    { field: "description", title: "Description", empty: "What is it for?", shown: written(description) },
    {
      field: "tags",
      title: "Tags",
      empty: "By what will you find it again?",
      shown: tags.length > 0 && (
        <ul class="tag-list">
          {tags.map((tag) => (
            <li key={tag} class="tag-pill">
              {tag}
            </li>
          ))}
        </ul>
      ),
    },
    { field: "notes", title: "Notes", empty: "What did you learn from it?", shown: written(notes) },
  ];
  return (
    <Section id="notes" title="Notes and tags">
      {parts.map(({ field, title, empty, shown }) => (
        <div key={field} class="said">
          {editors[field] ?? (
            <>
              <div class="said-head">
                <h3>{title}</h3>
                {mayEdit && (
                  <button
                    type="button"
                    class="quiet"
                    data-edit={field}
                    aria-label={`Edit the ${field}`}
                    onClick={() => onEdit(field)}
                  >
                    Edit
                  </button>
                )}
              </div>
              {shown || <p class="faint">{mayEdit ? empty : "None."}</p>}
            </>
          )}
        </div>
      ))}
      <p class="faint">
        <Saved described={described} now={now} />
        {!mayEdit && " You may read this; ask an administrator for the role of an editor to write."}
      </p>
    </Section>
  );
}

function Saved({ described: { createdAt, updatedAt }, now }: { described: Described; now: Time }) {
  if (updatedAt === null) return null;
  if (updatedAt === createdAt) return <>As it was written when it was started.</>;
  return (
    <>
      Last saved <When time={updatedAt} now={now} />.
    </>
  );
}

function written(text: string): ComponentChildren {
  if (text.trim() === "") return null;
  return (
    <p class="written">
      {linked(text).map((part, i) =>
        part.url ? (
          <a key={i} href={part.text} target="_blank" rel="noopener noreferrer">
            {part.text}
          </a>
        ) : (
          part.text
        ),
      )}
    </p>
  );
}
