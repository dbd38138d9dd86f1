/** The search of a list: its language, its menus, and the views that people keep. */
import type { ComponentChildren, RefObject } from "preact";
import { useState } from "preact/hooks";
import { type Filter, type Option, SORTS, type Sort, sortLabel, sortText } from "../../model/list/listing";
import type { Layout, SavedView } from "../../model/list/saved_views";
import type { QueryError } from "../../model/query/text";
import { Prose } from "../parts";
import { Dialog } from "../ui/dialog";
import { SelectField, TextField } from "../ui/fields";

interface SearchProps {
  text: string;
  error: QueryError | null;
  input: RefObject<HTMLInputElement | null>;
  onText: (text: string) => void;
  /** It is left. */
  onLeave: () => void;
  /** Enter was pressed. */
  onOpen: () => void;
  onHelp: () => void;
}

/** One line for words and conditions; what is wrong is pointed at. */
export function SearchView({ text, error, input, onText, onLeave, onOpen, onHelp }: SearchProps) {
  return (
    <search class="search">
      <div class="search-line">
        <input
          ref={input}
          type="search"
          aria-label="Search experiments"
          placeholder="#62, a word, or: recall_at_10 > 0.2"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          value={text}
          aria-invalid={error === null ? undefined : true}
          aria-describedby="search-problem"
          onInput={(event) => onText(event.currentTarget.value)}
          onBlur={onLeave}
          onKeyDown={(event) => {
            if (event.key === "Enter") onOpen();
            if (event.key === "Escape" && text !== "") {
              event.preventDefault();
              onText("");
            }
          }}
        />
        <button type="button" onClick={onHelp}>
          Help<span class="visually-hidden"> with searching</span>
        </button>
      </div>
      <div id="search-problem" role="status">
        {error !== null && <Pointed text={text} error={error} />}
      </div>
    </search>
  );
}

const BEFORE = 40; // characters that stand before the mistake at most

function Pointed({ text, error }: { text: string; error: QueryError }) {
  const begin = Math.max(0, error.position - BEFORE);
  const end = error.position + 1;
  return (
    <p class="search-error">
      <code>
        {begin > 0 && "…"}
        {text.slice(begin, error.position)}
        <mark>{text.slice(error.position, end).trim() || "\u2038"}</mark>
        {text.slice(end, end + BEFORE)}
      </code>
      <span class="visually-hidden">At character {error.position + 1}:</span>{" "}
      <Prose text={`${error.problem} ${error.remedy}`} />
    </p>
  );
}

interface FiltersProps {
  filters: readonly Filter[];
  /** What the search demands of a field now. */
  conditionOf: (field: string) => string | null;
  onCondition: (field: string, condition: string | null) => void;
  disabled: boolean;
}

/** Menus that write conditions into the search. */
export function FiltersView({ filters, conditionOf, onCondition, disabled }: FiltersProps) {
  return (
    <section class="panel list-filters" aria-label="Filters">
      <div class="fields">
        {filters.map((filter) => (
          <FilterMenu
            key={filter.field}
            filter={filter}
            condition={conditionOf(filter.field)}
            disabled={disabled}
            onCondition={(condition) => onCondition(filter.field, condition)}
          />
        ))}
      </div>
      {disabled && <p class="faint">Mend the search first: these menus write into it.</p>}
    </section>
  );
}

interface MenuProps {
  filter: Filter;
  condition: string | null;
  disabled: boolean;
  onCondition: (condition: string | null) => void;
}

function FilterMenu({ filter, condition, disabled, onCondition }: MenuProps) {
  const known = condition === null || filter.options.some((option) => option.condition === condition);
  const written = known ? [] : [{ value: condition, label: condition }];
  const options = [
    { value: "", label: "Any" },
    ...written,
    ...filter.options.map((option) => ({ value: option.condition, label: optionText(option) })),
  ];
  return (
    <SelectField
      label={filter.label}
      value={condition ?? ""}
      options={options}
      disabled={disabled}
      onEdit={(value) => onCondition(value === "" ? null : value)}
    />
  );
}

function optionText({ label, count }: Option): string {
  return count === null ? label : `${label} (${count.toLocaleString("en")})`;
}

interface ToolsProps {
  views: readonly SavedView[];
  /** The name of the view that is shown; null: it has none. */
  view: string | null;
  /** Whether it is one that this person saved. */
  own: boolean;
  sort: Sort;
  layout: Layout;
  filtersOpen: boolean;
  /** How many menus demand something. */
  filtering: number;
  onView: (name: string) => void;
  onSave: () => void;
  onForget: () => void;
  onSort: (sort: Sort) => void;
  onLayout: (layout: Layout) => void;
  onFilters: () => void;
  downloads: ComponentChildren;
}

/** What is above a list: which view, in which order, how it looks. */
export function ToolsView(props: ToolsProps) {
  const { views, view, own, sort, layout, filtersOpen, filtering } = props;
  const sorts = SORTS.some((each) => sortText(each.sort) === sortText(sort))
    ? SORTS
    : [{ sort, label: sortLabel(sort) }, ...SORTS];
  return (
    <div class="list-tools">
      <label>
        <span class="faint">View</span>{" "}
        <select value={view ?? ""} onChange={(event) => props.onView(event.currentTarget.value)}>
          {view === null && <option value="">Not saved</option>}
          {views.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {view === null && (
        <button type="button" class="quiet" onClick={props.onSave}>
          Save view
        </button>
      )}
      {own && (
        <button type="button" class="quiet" onClick={props.onForget}>
          Forget view
        </button>
      )}
      <label>
        <span class="faint">Order</span>{" "}
        <select
          value={sortText(sort)}
          onChange={({ currentTarget: { value } }) => {
            const chosen = sorts.find((each) => sortText(each.sort) === value);
            if (chosen !== undefined) props.onSort(chosen.sort);
          }}
        >
          {sorts.map((each) => (
            <option key={sortText(each.sort)} value={sortText(each.sort)}>
              {each.label}
            </option>
          ))}
        </select>
      </label>
      <button type="button" class="quiet" aria-expanded={filtersOpen} onClick={props.onFilters}>
        Filters{filtering > 0 && ` (${filtering})`}
      </button>
      <fieldset class="list-layouts">
        <legend class="visually-hidden">Layout</legend>
        {(["table", "cards"] as const).map((each) => (
          <button
            key={each}
            type="button"
            class="quiet"
            aria-pressed={layout === each}
            onClick={() => props.onLayout(each)}
          >
            {each === "table" ? "Table" : "Cards"}
          </button>
        ))}
      </fieldset>
      {props.downloads}
    </div>
  );
}

/** Asks for the name of a view. */
export function SaveViewDialog({ onSave, onClose }: { onSave: (name: string) => void; onClose: () => void }) {
  const [name, setName] = useState("");
  const problem = name.trim() === "" ? "Give it a name." : null;
  const [tried, setTried] = useState(false);
  return (
    <Dialog title="Save this view" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (problem === null) onSave(name);
        }}
      >
        <TextField
          label="Name"
          value={name}
          onEdit={setName}
          problem={tried ? problem : null}
          hint="It is kept in this browser. To show it to others, send them the address."
        />
        <button type="submit" class="primary">
          Save
        </button>
      </form>
    </Dialog>
  );
}

const EXAMPLES: readonly [string, string][] = [
  ["#62", "the experiment of that number; exp 62 and an id work, too"],
  ["wide tower", "both words, in name, description or tags"],
  ["state = failed created >= -7d", "failed, and asked for in the last week"],
  ["recall_at_10 > 0.2 verdict = better", "good, and better than its best baseline"],
  ["learning_rate < 0.01 OR optimizer = adagrad", "one or the other; NOT and ( ) work, too"],
  ['tag in (baseline, wide) name ~ "^take.*2$"', "one of several tags; a pattern"],
  ["cost = none", "no cost known"],
];

/** What a search may say. */
export function SearchHelp({ fields, onClose }: { fields: readonly string[]; onClose: () => void }) {
  return (
    <Dialog title="How to search" onClose={onClose}>
      <dl class="search-help">
        {EXAMPLES.map(([query, meaning]) => (
          <div key={query}>
            <dt>
              <code>{query}</code>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p>
        Signs are <code>= != &lt; &lt;= &gt;= &gt;</code>, <code>~</code> for patterns, and <code>in (a, b)</code>. The
        terminal takes the same: <code>quicktest history "state = failed"</code>.
      </p>
      <h3>Fields</h3>
      <p class="search-fields">
        {fields.map((field) => (
          <code key={field}>{field}</code>
        ))}
      </p>
    </Dialog>
  );
}
