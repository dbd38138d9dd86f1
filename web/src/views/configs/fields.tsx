/** Fields of documents in forms: their ranges, choices and defaults are those of the schema. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { capitalised, words } from "../../model/common/format";
import { contentOf, type Limits, limitsOf, mistakeOf, rangeWords } from "../../model/common/schema";
import { list, numberOf } from "../../model/common/values";
import { sentenceAt } from "../../model/configs/draft";
import type { Group, Problem, Value } from "../../model/run/run";
import { CheckField, SelectField, TextField } from "../ui/fields";

interface Place {
  /** Of the schema: `Vocabulary`, `max_size`. */
  part: string;
  field: string;
  /** Where it stands in the document, as problems name it. */
  path: string;
  problems: readonly Problem[];
}

interface DocFieldProps extends Place {
  label: string;
  hint?: ComponentChildren;
  value: Value | undefined;
  /** undefined: it is left to its default. */
  onEdit: (value: Value | undefined) => void;
  /** Of a choice that may be left open: what that means. */
  open?: string;
}

/** One field of a document, by what the schema says of it. */
export function DocField(props: DocFieldProps) {
  const { label, value, onEdit, problems, path } = props;
  const limits = limitsOf(props.part, props.field);
  const said = {
    problem: sentenceAt(problems, path, "error", true),
    warning: sentenceAt(problems, path, "warning", true),
  };
  if (limits.kind === "flag") {
    return (
      <CheckField
        label={label}
        hint={props.hint}
        checked={(value ?? limits.default) === true}
        onEdit={(checked) => onEdit(checked === limits.default ? undefined : checked)}
        {...said}
      />
    );
  }
  if (limits.kind === "choice") {
    const open = limits.optional ? [{ value: "", label: props.open ?? "none" }] : [];
    return (
      <SelectField
        label={label}
        hint={props.hint}
        value={String(value ?? limits.default ?? "")}
        options={[...open, ...limits.words.map((word) => ({ value: word, label: choiceWords(word, limits) }))]}
        onEdit={(chosen) => onEdit(chosen === "" || chosen === limits.default ? undefined : chosen)}
        {...said}
      />
    );
  }
  return <WrittenField {...props} limits={limits} said={said} />;
}

function choiceWords(word: string, limits: Limits): string {
  return `${words(word)}${word === limits.default ? " (default)" : ""}`;
}

interface WrittenProps extends DocFieldProps {
  limits: Limits;
  said: { problem: string | null; warning: string | null };
}

/** A number or a text: what stands there stays as it was written as long as it means the same. */
function WrittenField({ label, hint, value, onEdit, limits, said }: WrittenProps) {
  const [written, write] = useState("");
  const [emptied, setEmptied] = useState(false);
  const stored = value ?? undefined;
  const asWritten = contentOf(limits, written) === stored && (written !== "" || emptied);
  const text = asWritten ? written : value === null || value === undefined ? "" : String(value);
  const usual = limits.default ?? null;
  const range = rangeWords({ ...limits, words: limits.words });
  return (
    <TextField
      label={label}
      hint={
        <>
          {hint}
          {hint && range && ` ${capitalised(range)}.`}
          {!hint && range}
        </>
      }
      value={text}
      placeholder={usual === null || usual === "" ? (limits.optional ? "none" : "") : `${usual}`}
      mode={limits.kind === "text" ? "text" : "decimal"}
      onEdit={(next) => {
        write(next);
        setEmptied(next === "");
        onEdit(limits.kind === "text" ? next || undefined : contentOf(limits, next));
      }}
      problem={mistakeOf(limits, text) ?? said.problem}
      warning={said.warning}
    />
  );
}

interface PairProps extends Place {
  /** Of both ends. */
  labels: readonly [string, string];
  value: Value | undefined;
  onEdit: (value: Value | undefined) => void;
}

/** Two numbers, from and to; both empty: there are none. */
export function PairField({ labels, value, onEdit, problems, path }: PairProps) {
  const [low, high] = list(value);
  const [texts, setTexts] = useState<readonly [string, string]>([shown(low), shown(high)]);
  const problem = sentenceAt(problems, path, "error", true);
  const edit = (next: readonly [string, string]) => {
    setTexts(next);
    if (next.every((each) => each.trim() === "")) onEdit(undefined);
    else onEdit(next.map((each) => (Number.isFinite(Number(each)) && each.trim() !== "" ? Number(each) : each)));
  };
  return (
    <>
      <TextField
        label={labels[0]}
        value={texts[0]}
        mode="decimal"
        onEdit={(text) => edit([text, texts[1]])}
        problem={problem}
      />
      <TextField label={labels[1]} value={texts[1]} mode="decimal" onEdit={(text) => edit([texts[0], text])} />
    </>
  );
}

function shown(value: Value | undefined): string {
  return value === undefined || value === null ? "" : String(value);
}

interface NumbersProps extends Place {
  label: string;
  hint: string;
  value: Value | undefined;
  onEdit: (value: Value | undefined) => void;
}

/** A list of numbers, with commas or spaces between them. */
export function NumbersField({ label, hint, value, onEdit, problems, path }: NumbersProps) {
  const [text, setText] = useState(list(value).join(", "));
  const edit = (next: string) => {
    setText(next);
    const parts = next.split(/[\s,;]+/).filter((each) => each !== "");
    onEdit(parts.length === 0 ? undefined : parts.map((each) => (Number.isFinite(Number(each)) ? Number(each) : each)));
  };
  return (
    <TextField
      label={label}
      hint={hint}
      value={text}
      onEdit={edit}
      problem={sentenceAt(problems, path, "error", true)}
    />
  );
}

const WIDTHS = [8, 16, 32, 64, 96, 128]; // those that S3.16 chooses from

interface WidthProps extends Place {
  value: Value | undefined;
  recommended: number | null;
  onEdit: (value: Value | undefined) => void;
}

/** How wide an embedding is; the recommended width has a star. */
export function WidthField({ part, field, path, problems, value, recommended, onEdit }: WidthProps) {
  const current = numberOf(value ?? limitsOf(part, field).default);
  return (
    <div class="width-field">
      <DocField label="Embedding width" {...{ part, field, path, problems, value, onEdit }} />
      <fieldset class="choices">
        <legend class="visually-hidden">Usual widths</legend>
        {WIDTHS.map((width) => (
          <button
            key={width}
            type="button"
            class="quiet"
            aria-pressed={width === current}
            aria-label={width === recommended ? `${width}, recommended` : String(width)}
            onClick={() => onEdit(width)}
          >
            {width}
            {width === recommended && " ★"}
          </button>
        ))}
      </fieldset>
    </div>
  );
}

/** A part of a document that is there or not. */
interface PartProps {
  label: string;
  hint?: string;
  on: boolean;
  onToggle: (on: boolean) => void;
  children: ComponentChildren;
}

export function PartFields({ label, hint, on, onToggle, children }: PartProps) {
  return (
    <fieldset>
      <legend class="visually-hidden">{label}</legend>
      <CheckField label={label} hint={hint} checked={on} onEdit={onToggle} />
      {on && <div class="fields">{children}</div>}
    </fieldset>
  );
}

/** With a field of a part changed; undefined takes it away. */
export function changed(part: Group, field: string, value: Value | undefined): Group {
  const { [field]: _, ...rest } = part;
  return value === undefined ? rest : { ...part, [field]: value };
}
