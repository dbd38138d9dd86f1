/** Which columns a dataset offers, under which names, and which of them play a role (domain S1.5-S1.14). */
import { useState } from "preact/hooks";
import { count } from "../../../model/common/format";
import { limitsOf } from "../../../model/common/schema";
import { group, textOf } from "../../../model/common/values";
import { columnsOf, type Selected, selectColumn, setColumn, withColumns } from "../../../model/configs/dataset/columns";
import { type OutputColumn, outputsOf, typeWords } from "../../../model/configs/dataset/report";
import { missingRoles, ROLE_WORDS, ROLES, roleProposals, setRole } from "../../../model/configs/dataset/roles";
import { aliasOf, primaryOf, tablesOf } from "../../../model/configs/dataset/tables";
import { findingsAt, sentenceAt } from "../../../model/configs/draft";
import type { Problem, Value } from "../../../model/run/run";
import { Prose } from "../../parts";
import { SelectField, TextField } from "../../ui/fields";
import { Scroll } from "../../ui/scroll";
import { FindingsView } from "../parts";
import type { FormProps } from "./tables";

export function RolesForm({ content, fields, problems, onChange }: FormProps) {
  const outputs = outputsOf(fields);
  const proposals = roleProposals(fields, outputs);
  const missing = missingRoles(content, proposals);
  const roles = group(content.roles);
  const all = Object.entries(missing) as [(typeof ROLES)[number], string][];
  return (
    <>
      {all.length > 0 && (
        <div class="notice proposal">
          <p>
            Proposed by names and types:{" "}
            <Prose text={all.map(([role, column]) => `${ROLE_WORDS[role].title} \`${column}\``).join(", ")} />
          </p>
          <button
            type="button"
            onClick={() => onChange(all.reduce((next, [role, column]) => setRole(next, role, column), content))}
          >
            Use {all.length === 1 ? "it" : "them all"}
          </button>
        </div>
      )}
      <div class="fields">
        {ROLES.map((role) => {
          const { title, good, required } = ROLE_WORDS[role];
          const chosen = textOf(roles[role]);
          const others = (proposals[role] ?? []).filter((name) => name !== chosen).slice(0, 2);
          return (
            <div key={role}>
              <SelectField
                label={required ? title : `${title} (optional)`}
                value={chosen}
                options={roleOptions(outputs, chosen, required)}
                hint={good}
                onEdit={(column) => onChange(setRole(content, role, column))}
                problem={
                  required && chosen === "" ? "Choose a column." : sentenceAt(problems, `roles.${role}`, "error")
                }
                warning={sentenceAt(problems, `roles.${role}`, "warning")}
              />
              {chosen === "" && others.length > 0 && (
                <fieldset class="choices">
                  <legend class="visually-hidden">Proposed for {title}</legend>
                  {others.map((column) => (
                    <button
                      key={column}
                      type="button"
                      class="quiet"
                      onClick={() => onChange(setRole(content, role, column))}
                    >
                      Use {column}
                    </button>
                  ))}
                </fieldset>
              )}
            </div>
          );
        })}
      </div>
      <FindingsView problems={problems.filter(({ path }) => path === "roles" && outputs.length > 0)} />
    </>
  );
}

function roleOptions(outputs: readonly OutputColumn[], chosen: string, required: boolean) {
  const names = outputs
    .filter(({ repeated }) => !repeated)
    .map(({ name, type }) => ({ value: name, label: `${name} (${type})` }));
  const stranger =
    chosen !== "" && !names.some(({ value }) => value === chosen) ? [{ value: chosen, label: chosen }] : [];
  return [{ value: "", label: required ? "choose a column" : "none" }, ...stranger, ...names];
}

const MANY = 20; // columns, above which they can be searched

export function ColumnsForm(props: FormProps) {
  const { content } = props;
  return (
    <>
      {tablesOf(content).map((table, index) => (
        <TableColumns key={aliasOf(table)} {...props} index={index} />
      ))}
    </>
  );
}

function TableColumns({ content, fields, catalogue, problems, onChange, index }: FormProps & { index: number }) {
  const [search, setSearch] = useState("");
  const table = tablesOf(content)[index] ?? {};
  const alias = aliasOf(table);
  const columns = columnsOf(content, index, catalogue, outputsOf(fields));
  const isPrimary = alias === primaryOf(content);
  const selected = columns.filter((each) => each.selected).length;
  const left = catalogue.leftOut[alias] ?? 0;
  const shown = columns.filter(({ source }) => source.column.toLowerCase().includes(search.toLowerCase()));
  const path = `tables.${index}.columns`;
  return (
    <details class="config-details" open={isPrimary || selected > 0 || findingsAt(problems, path).length > 0}>
      <summary>
        <code>{alias}</code>: {count(selected)} of {count(columns.length + left)} columns
        {table.columns === undefined && isPrimary && ", all that a model can hold"}
      </summary>
      <FindingsView problems={problems.filter((each) => each.path === path)} />
      <div class="actions">
        {columns.length > MANY && (
          <TextField label={`Search the columns of ${alias}`} type="search" value={search} onEdit={setSearch} />
        )}
        {table.columns !== undefined && (
          <button type="button" class="quiet" onClick={() => onChange(withColumns(content, index, undefined))}>
            {isPrimary ? "Offer all" : "Offer none"}
          </button>
        )}
      </div>
      {columns.length === 0 && <p class="faint">Its columns are not known.</p>}
      {columns.length > 0 && (
        <Scroll label={`Columns of ${alias}`}>
          <table class="plain dataset-columns">
            <thead>
              <tr>
                <th scope="col">Column</th>
                <th scope="col">Type</th>
                <th scope="col">Name</th>
                <th scope="col">When empty</th>
                <th scope="col">Label</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((column) => (
                <ColumnFields
                  key={column.source.column}
                  column={column}
                  path={`${path}.${column.index}`}
                  problems={problems}
                  onSelect={(on) => onChange(selectColumn(content, index, columns, column.source.column, on))}
                  onSet={(field, value) =>
                    onChange(setColumn(content, index, columns, column.source.column, field, value))
                  }
                />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {left > 0 && <p class="faint">{count(left)} columns are not shown. Name them in a file to use them.</p>}
    </details>
  );
}

interface ColumnProps {
  column: Selected;
  path: string;
  problems: readonly Problem[];
  onSelect: (on: boolean) => void;
  onSet: (field: "name" | "nulls" | "label", value: Value | undefined) => void;
}

const NULLS = [
  { value: "keep", label: "keep it empty" },
  { value: "drop_row", label: "drop the row" },
  { value: "fill", label: "fill it with…" },
];

function ColumnFields({ column, path, problems, onSelect, onSet }: ColumnProps) {
  const { source, selected, settings, output } = column;
  const name = source.column;
  const nulls = settings.nulls;
  const fill = group(nulls).fill;
  const kind = typeof nulls === "string" ? nulls : fill === undefined ? "keep" : "fill";
  const found = column.index === null ? [] : findingsAt(problems, path);
  return (
    <>
      <tr class={selected ? undefined : "unselected"}>
        <th scope="row">
          <label>
            <input
              type="checkbox"
              checked={selected}
              disabled={source.becomes === null && !selected}
              onChange={(event) => onSelect(event.currentTarget.checked)}
            />{" "}
            <code>{name}</code>
          </label>
        </th>
        <td>
          {source.type === "" ? "not there" : typeWords(source)}
          <small>{source.becomes === null ? "no model can hold it" : `becomes ${source.becomes}`}</small>
        </td>
        <td>
          {selected && (
            <input
              aria-label={`Name of ${name}`}
              value={textOf(settings.name)}
              placeholder={output ?? name}
              maxLength={limitsOf("Column", "label").longest ?? undefined}
              onInput={(event) => onSet("name", event.currentTarget.value || undefined)}
            />
          )}
        </td>
        <td>
          {selected && !source.repeated && (
            <>
              <select
                aria-label={`When ${name} is empty`}
                value={kind}
                onChange={(event) => {
                  const next = event.currentTarget.value;
                  onSet("nulls", next === "keep" ? undefined : next === "fill" ? { fill: "" } : next);
                }}
              >
                {NULLS.map(({ value, label }) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </select>
              {kind === "fill" && (
                <input
                  aria-label={`What fills ${name}`}
                  value={String(fill ?? "")}
                  onInput={(event) => onSet("nulls", { fill: filled(event.currentTarget.value, source.type) })}
                />
              )}
            </>
          )}
        </td>
        <td>
          {selected && (
            <input
              aria-label={`Label of ${name}`}
              value={textOf(settings.label)}
              maxLength={limitsOf("Column", "label").longest ?? undefined}
              onInput={(event) => onSet("label", event.currentTarget.value || undefined)}
            />
          )}
        </td>
      </tr>
      {found.length > 0 && (
        <tr>
          <td colSpan={5}>
            <FindingsView problems={found} />
          </td>
        </tr>
      )}
    </>
  );
}

const NUMBERS = ["INT64", "FLOAT64", "NUMERIC", "BIGNUMERIC"];

/** What stands for an empty cell, as the column's type writes it; what is not one is left for the service to refuse. */
function filled(text: string, type: string): Value {
  const written = text.trim();
  if (NUMBERS.includes(type) && written !== "" && Number.isFinite(Number(written))) return Number(written);
  if (type === "BOOL" && /^(true|false)$/i.test(written)) return written.toLowerCase() === "true";
  return text;
}
