/** Fields of forms: a label, what may stand there, and what is wrong with it, all read out together. */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Prose } from "../parts";

interface Described {
  label: string;
  /** What may stand there, and what it does. */
  hint?: ComponentChildren | undefined;
  problem?: string | null;
  warning?: string | null;
  /** By which a form finds it, e.g. to move the focus to the first mistake. */
  id?: string;
}

interface TextProps extends Described {
  value: string;
  onEdit: (value: string) => void;
  onLeave?: () => void;
  type?: "text" | "search" | "date";
  /** Numbers: `decimal` shows the right keys on a phone. */
  mode?: "text" | "decimal" | "numeric" | undefined;
  placeholder?: string | undefined;
  options?: readonly string[] | undefined;
  rows?: number | undefined;
  disabled?: boolean;
}

/** One line, or several with `rows`; `options` are proposed, and anything else may be written. */
export function TextField({ value, onEdit, onLeave, type = "text", mode, options, rows, ...rest }: TextProps) {
  const { id, described, aria } = useDescribed(rest);
  const common = { id, value, disabled: rest.disabled, placeholder: rest.placeholder, onBlur: onLeave, ...aria };
  return (
    <Labelled id={id} {...rest} described={described}>
      {rows === undefined ? (
        <input
          {...common}
          type={type}
          inputMode={mode}
          list={options === undefined ? undefined : `${id}-options`}
          onInput={(event) => onEdit(event.currentTarget.value)}
        />
      ) : (
        <textarea {...common} rows={rows} onInput={(event) => onEdit(event.currentTarget.value)} />
      )}
      {options !== undefined && (
        <datalist id={`${id}-options`}>
          {options.map((option) => (
            <option key={option} value={option} />
          ))}
        </datalist>
      )}
    </Labelled>
  );
}

interface SelectProps extends Described {
  value: string;
  onEdit: (value: string) => void;
  /** By value. */
  options: readonly { value: string; label: string; disabled?: boolean }[];
  disabled?: boolean;
}

export function SelectField({ value, onEdit, options, disabled, ...rest }: SelectProps) {
  const { id, described, aria } = useDescribed(rest);
  return (
    <Labelled id={id} {...rest} described={described}>
      <select
        id={id}
        value={value}
        disabled={disabled}
        onChange={(event) => onEdit(event.currentTarget.value)}
        {...aria}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

interface CheckProps extends Described {
  checked: boolean;
  onEdit: (checked: boolean) => void;
  disabled?: boolean;
}

export function CheckField({ checked, onEdit, disabled, ...rest }: CheckProps) {
  const { id, described, aria } = useDescribed(rest);
  return (
    <div class="field field-check">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onEdit(event.currentTarget.checked)}
        {...aria}
      />
      <label for={id}>{rest.label}</label>
      <Notes {...rest} id={described} />
    </div>
  );
}

interface LabelledProps extends Described {
  id: string;
  described: string;
  children: ComponentChildren;
}

function Labelled({ id, label, described, children, ...rest }: LabelledProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      <Notes id={described} {...rest} />
    </div>
  );
}

function Notes({ id, hint, problem, warning }: { id: string } & Pick<Described, "hint" | "problem" | "warning">) {
  return (
    <div id={id} class="field-notes">
      {problem && (
        <p class="error-text">
          <Prose text={problem} />
        </p>
      )}
      {warning && (
        <p class="warning-text">
          <Prose text={warning} />
        </p>
      )}
      {hint !== undefined && <small>{hint}</small>}
    </div>
  );
}

function useDescribed({ id, problem }: Described) {
  const made = useId();
  const own = id ?? made;
  const described = `${own}-notes`;
  return { id: own, described, aria: { "aria-describedby": described, "aria-invalid": problem ? true : undefined } };
}
