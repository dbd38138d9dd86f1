import type { ComponentChildren } from "preact";
import { words } from "../../../model/common/format";
import { limitsOf } from "../../../model/common/schema";
import { sentenceAt } from "../../../model/configs/draft";
import type { Problem, Value } from "../../../model/run/run";
import { SelectField } from "../../ui/fields";
import { DocField } from "../fields";

interface FieldProps {
  label: string;
  hint?: ComponentChildren;
  /** Of the schema. */
  part: string;
  field: string;
  /** Where it stands in the document. */
  path: string;
  problems: readonly Problem[];
  value: Value | undefined;
  /** undefined: it is left to its default. */
  onEdit: (value: Value | undefined) => void;
  /** What the choices of the field mean; the schema says which there are. */
  meanings?: Readonly<Record<string, string>>;
}

/** A field of a dataset's document; choices are told in the words of purchases. */
export function Field({ meanings, ...props }: FieldProps) {
  const limits = limitsOf(props.part, props.field);
  if (meanings === undefined || limits.kind !== "choice") return <DocField {...props} />;
  const open = limits.optional ? [{ value: "", label: "by the kind of filter" }] : [];
  const options = limits.words.map((word) => ({ value: word, label: meanings[word] ?? words(word) }));
  return (
    <SelectField
      label={props.label}
      hint={props.hint}
      value={String(props.value ?? limits.default ?? "")}
      options={[...open, ...options]}
      onEdit={(chosen) => props.onEdit(chosen === "" || chosen === limits.default ? undefined : chosen)}
      problem={sentenceAt(props.problems, props.path, "error", true)}
      warning={sentenceAt(props.problems, props.path, "warning", true)}
    />
  );
}
