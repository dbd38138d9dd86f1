/** Which rows a dataset keeps, by the values of a column (domain S1.17). */
import { useState } from "preact/hooks";
import { list, textOf, withField } from "../../../model/common/values";
import {
  FILTER_PART,
  FILTER_WORDS,
  filterKind,
  newFilter,
  ROW_FILTERS,
  type RowFilter,
  rowFiltersOf,
  valuesOf,
  withFilter,
} from "../../../model/configs/dataset/filters";
import { type OutputColumn, typeWords } from "../../../model/configs/dataset/report";
import { sentenceAt } from "../../../model/configs/draft";
import type { Group, Problem, Value } from "../../../model/run/run";
import { SelectField, TextField } from "../../ui/fields";
import { FindingsView } from "../parts";
import { Field } from "./fields";
import { COMPARISONS, DayFields, Sentence } from "./filter_parts";
import type { FiltersProps } from "./filters";

interface RowsProps extends FiltersProps {
  outputs: readonly OutputColumn[];
  sentences: ReadonlyMap<string, string>;
}

export function RowFilters({ content, problems, onChange, outputs, sentences, frequent }: RowsProps) {
  const [column, choose] = useState("");
  const rules = rowFiltersOf(content);
  const used = new Set(rules.map((rule) => textOf(rule.column)));
  const free = outputs.filter(({ name, repeated }) => !used.has(name) && !repeated);
  const change = (next: readonly Group[]) => onChange(withFilter(content, "rows", [...next]));
  const add = (name: string) => {
    const found = outputs.find((each) => each.name === name);
    choose("");
    if (found !== undefined) change([...rules, newFilter(filterKind(found), name)]);
  };
  return (
    <>
      <h3>Rows</h3>
      {rules.length === 0 && <p class="faint">Every row is kept.</p>}
      <ol class="items">
        {rules.map((rule, index) => (
          <li key={`${index} ${textOf(rule.column)}`} class="panel">
            <div class="heading">
              <h4>
                <code>{textOf(rule.column)}</code>
              </h4>
              <button
                type="button"
                class="quiet"
                aria-label={`Remove the filter of ${textOf(rule.column)}`}
                onClick={() => change(rules.filter((_, i) => i !== index))}
              >
                Remove
              </button>
            </div>
            <Sentence words={sentences.get(`filters.rows.${index}`)} />
            <RuleFields
              rule={rule}
              path={`filters.rows.${index}`}
              type={outputs.find(({ name }) => name === rule.column)?.type ?? ""}
              problems={problems}
              frequent={frequent.get(textOf(rule.column)) ?? []}
              onRule={(next) => change(rules.map((each, i) => (i === index ? next : each)))}
            />
            <FindingsView
              problems={problems.filter(
                ({ path }) => path === `filters.rows.${index}` || path === `filters.rows.${index}.column`,
              )}
            />
          </li>
        ))}
      </ol>
      <SelectField
        label="Add a filter of"
        value={column}
        options={[
          { value: "", label: free.length === 0 ? "no column is left" : "choose a column" },
          ...free.map((each) => ({ value: each.name, label: `${each.name} (${typeWords(each)})` })),
        ]}
        onEdit={add}
      />
    </>
  );
}

interface RuleProps {
  rule: Group;
  path: string;
  /** Of the column. */
  type: string;
  problems: readonly Problem[];
  frequent: readonly Value[];
  onRule: (rule: Group) => void;
}

function RuleFields({ rule, path, type, problems, frequent, onRule }: RuleProps) {
  const kind = ROW_FILTERS.find((each) => each === rule.kind) ?? "null";
  const part = FILTER_PART[kind];
  const field = (name: string, label: string, more: { hint?: string; meanings?: Record<string, string> } = {}) => (
    <Field
      key={name}
      label={label}
      part={part}
      field={name}
      path={`${path}.${name}`}
      problems={problems}
      value={rule[name]}
      onEdit={(value) => onRule(withField(rule, name, value))}
      {...more}
    />
  );
  return (
    <div class="fields">
      <SelectField
        label="By"
        value={kind}
        options={ROW_FILTERS.map((each) => ({ value: each, label: FILTER_WORDS[each] }))}
        onEdit={(next) => onRule(newFilter(next as RowFilter, textOf(rule.column)))}
      />
      {kind === "category" && (
        <>
          {field("mode", "Rows with these values", { meanings: { include: "are kept", exclude: "are dropped" } })}
          {field("nulls", "Empty cells", NULLS)}
          <div class="wide">
            <ValuesField rule={rule} path={path} type={type} problems={problems} frequent={frequent} onRule={onRule} />
          </div>
        </>
      )}
      {kind === "number" && (
        <>
          {field("op", "Keeps rows that are", { meanings: COMPARISONS })}
          {rule.op === "between" ? [field("min", "From"), field("max", "To, this one too")] : field("value", "Value")}
          {field("nulls", "Empty cells", NULLS)}
        </>
      )}
      {kind === "date" && (
        <>
          {field("last_days", "The last days")}
          <DayFields rule={rule} path={path} problems={problems} onRule={onRule} />
        </>
      )}
      {kind === "null" && field("keep", "Keeps rows that are", { meanings: { null: "empty", not_null: "not empty" } })}
    </div>
  );
}

const NULLS = { meanings: { keep: "are kept", drop: "are dropped" } };

function ValuesField({ rule, path, type, problems, frequent, onRule }: RuleProps) {
  const values = list(rule.values);
  const [text, write] = useState(values.map(String).join("\n"));
  const edit = (next: string) => {
    write(next);
    onRule({ ...rule, values: valuesOf(next, type) });
  };
  const offered = frequent.filter((value) => !values.includes(value)).slice(0, 8);
  return (
    <>
      <TextField
        label="Values, one a line"
        rows={Math.min(8, Math.max(2, values.length + 1))}
        value={text}
        onEdit={edit}
        problem={
          values.length === 0 ? "Write at least one value." : sentenceAt(problems, `${path}.values`, "error", true)
        }
      />
      {offered.length > 0 && (
        <fieldset class="choices">
          <legend>Frequent</legend>
          {offered.map((value) => (
            <button
              key={String(value)}
              type="button"
              class="quiet"
              onClick={() => edit([text.trimEnd(), String(value)].filter((each) => each !== "").join("\n"))}
            >
              {String(value)}
            </button>
          ))}
        </fieldset>
      )}
    </>
  );
}
