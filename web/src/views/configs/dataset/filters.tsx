/** Which rows, products and customers a dataset keeps; histories and the catalogue (domain S1.16-S1.24, S2.12). */
import { useState } from "preact/hooks";
import { capitalised } from "../../../model/common/format";
import { group, groups, list, textOf, withField } from "../../../model/configs/configs";
import {
  ENTITIES,
  type Entity,
  FILTER_PART,
  FILTER_WORDS,
  filterKind,
  newFilter,
  type OutputColumn,
  outputsOf,
  ROW_FILTERS,
  type RowFilter,
  rowFiltersOf,
  sentencesOf,
  typeWords,
  valuesOf,
  withFilter,
} from "../../../model/configs/dataset";
import { findingsElsewhere, sentenceAt } from "../../../model/configs/draft";
import type { Group, Problem, Value } from "../../../model/run/run";
import { Prose } from "../../parts";
import { SelectField, TextField } from "../../ui/fields";
import { PartFields } from "../fields";
import { FindingsView } from "../parts";
import { Field } from "./fields";
import type { FormProps } from "./tables";

interface FiltersProps extends FormProps {
  /** The most frequent values of columns, where they were counted. */
  frequent: ReadonlyMap<string, readonly Value[]>;
}

export function FiltersForm(props: FiltersProps) {
  const { content, fields, problems, onChange } = props;
  const outputs = outputsOf(fields);
  const sentences = sentencesOf(fields, content);
  const filters = group(content.filters);
  const window = group(filters.window);
  const shown = [
    ...rowFiltersOf(content).map((_, i) => `filters.rows.${i}`),
    "filters.window",
    ...ENTITIES.map((each) => `filters.${each}`),
  ];
  return (
    <>
      <FindingsView problems={findingsElsewhere(problems, shown).filter(({ path }) => path.startsWith("filters"))} />
      <RowFilters {...props} outputs={outputs} sentences={sentences} />
      <h3>Days</h3>
      <Sentence words={sentences.get("filters.window")} />
      <div class="fields">
        <Field
          label="The last days"
          part="Window"
          field="last_days"
          path="filters.window.last_days"
          problems={problems}
          value={window.last_days}
          hint="Up to the newest purchase, never to today."
          onEdit={(value) => onChange(withFilter(content, "window", withField(window, "last_days", value)))}
        />
        {(["from", "to"] as const).map((end) => (
          <TextField
            key={end}
            label={end === "from" ? "From" : "To, this day too"}
            type="date"
            value={textOf(window[end])}
            onEdit={(day) => onChange(withFilter(content, "window", withField(window, end, day || undefined)))}
            problem={sentenceAt(problems, `filters.window.${end}`, "error")}
          />
        ))}
      </div>
      <FindingsView problems={problems.filter(({ path }) => path === "filters.window")} />
      {ENTITIES.map((entity) => (
        <EntityFields
          key={entity}
          entity={entity}
          rule={group(filters[entity])}
          problems={problems}
          sentence={sentences.get(`filters.${entity}`)}
          onRule={(rule) => onChange(withFilter(content, entity, rule))}
        />
      ))}
    </>
  );
}

function Sentence({ words }: { words: string | undefined }) {
  if (words === undefined) return null;
  return (
    <p class="sentence">
      <Prose text={words} />
    </p>
  );
}

interface RowsProps extends FiltersProps {
  outputs: readonly OutputColumn[];
  sentences: ReadonlyMap<string, string>;
}

function RowFilters({ content, problems, onChange, outputs, sentences, frequent }: RowsProps) {
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
          {(["from", "to"] as const).map((end) => (
            <TextField
              key={end}
              label={end === "from" ? "From" : "To, this day too"}
              type="date"
              value={textOf(rule[end])}
              onEdit={(day) => onRule(withField(rule, end, day || undefined))}
              problem={sentenceAt(problems, `${path}.${end}`, "error")}
            />
          ))}
        </>
      )}
      {kind === "null" && field("keep", "Keeps rows that are", { meanings: { null: "empty", not_null: "not empty" } })}
    </div>
  );
}

const NULLS = { meanings: { keep: "are kept", drop: "are dropped" } };
const COMPARISONS: Record<string, string> = {
  between: "between",
  lt: "below",
  le: "at most",
  gt: "above",
  ge: "at least",
  eq: "equal to",
  ne: "not equal to",
};

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

interface EntityProps {
  entity: Entity;
  rule: Group;
  problems: readonly Problem[];
  sentence: string | undefined;
  onRule: (rule: Group) => void;
}

function EntityFields({ entity, rule, problems, sentence, onRule }: EntityProps) {
  const path = `filters.${entity}`;
  const aggregates = groups(rule.aggregates);
  const setAggregates = (next: readonly Group[]) =>
    onRule(withField(rule, "aggregates", next.length === 0 ? undefined : [...next]));
  return (
    <>
      <h3>{capitalised(entity)}</h3>
      <Sentence words={sentence} />
      <div class="fields">
        <Field
          label={`The top of the revenue, in percent`}
          part="EntityFilter"
          field="top_revenue_percent"
          path={`${path}.top_revenue_percent`}
          problems={problems}
          value={rule.top_revenue_percent}
          hint={`80 keeps the ${entity} that make 80% of it.`}
          onEdit={(value) => onRule(withField(rule, "top_revenue_percent", value))}
        />
        <Field
          label="Purchases, at least"
          part="EntityFilter"
          field="min_transactions"
          path={`${path}.min_transactions`}
          problems={problems}
          value={rule.min_transactions}
          onEdit={(value) => onRule(withField(rule, "min_transactions", value))}
        />
      </div>
      <ul class="items">
        {aggregates.map((aggregate, index) => (
          <li key={`${index} ${textOf(aggregate.measure)}`} class="panel">
            <AggregateFields
              aggregate={aggregate}
              entity={entity}
              path={`${path}.aggregates.${index}`}
              problems={problems}
              onAggregate={(next) => setAggregates(aggregates.map((each, i) => (i === index ? next : each)))}
            />
            <button
              type="button"
              class="quiet"
              aria-label={`Remove condition ${index + 1} of the ${entity}`}
              onClick={() => setAggregates(aggregates.filter((_, i) => i !== index))}
            >
              Remove
            </button>
          </li>
        ))}
      </ul>
      <FindingsView problems={problems.filter((each) => each.path === path || each.path === `${path}.aggregates`)} />
      <button
        type="button"
        class="quiet"
        onClick={() => setAggregates([...aggregates, { measure: "transactions", op: "ge" }])}
      >
        Add a condition for {entity}
      </button>
    </>
  );
}

interface AggregateProps {
  aggregate: Group;
  entity: Entity;
  path: string;
  problems: readonly Problem[];
  onAggregate: (aggregate: Group) => void;
}

function AggregateFields({ aggregate, entity, path, problems, onAggregate }: AggregateProps) {
  const measures: Record<string, string> = {
    transactions: "purchases",
    revenue: "revenue",
    average_revenue: "revenue by purchase",
    distinct_counterparts: entity === "products" ? "customers" : "products",
    last_seen_days: "days since the last purchase",
  };
  const field = (name: string, label: string, meanings?: Record<string, string>) => (
    <Field
      key={name}
      label={label}
      part="Aggregate"
      field={name}
      path={`${path}.${name}`}
      problems={problems}
      value={aggregate[name]}
      onEdit={(value) => onAggregate(withField(aggregate, name, value))}
      {...(meanings === undefined ? {} : { meanings })}
    />
  );
  return (
    <>
      <div class="fields">
        {field("measure", "What they add up to", measures)}
        {field("op", "Is", COMPARISONS)}
        {aggregate.op === "between"
          ? [field("min", "From"), field("max", "To, this one too")]
          : field("value", "Value")}
      </div>
      <FindingsView problems={problems.filter((each) => each.path === path)} />
    </>
  );
}

export function HistoryForm({ content, fields, problems, onChange }: FormProps) {
  const columns = groups(content.history);
  const outputs = outputsOf(fields).filter(({ table, repeated }) => table !== "" && !repeated);
  const product = textOf(group(content.roles).product_id);
  const change = (next: readonly Group[]) =>
    onChange(withField(content, "history", next.length === 0 ? undefined : [...next]));
  return (
    <>
      <p class="faint">
        What a customer bought before, as a column: a model learns from it without being told the answer.
      </p>
      <ul class="items">
        {columns.map((history, index) => {
          const path = `history.${index}`;
          const set = (field: string, value: Value | undefined) =>
            change(columns.map((each, i) => (i === index ? withField(each, field, value) : each)));
          const item = textOf(history.item);
          return (
            <li key={index} class="panel">
              <div class="fields">
                <Field
                  label="Name"
                  part="History"
                  field="name"
                  path={`${path}.name`}
                  problems={problems}
                  value={history.name}
                  onEdit={(value) => set("name", value ?? "")}
                />
                <SelectField
                  label="What is remembered"
                  value={item}
                  options={[...new Set([item, ...outputs.map(({ name }) => name)])].map((name) => ({
                    value: name,
                    label: name || "choose a column",
                  }))}
                  onEdit={(column) => set("item", column)}
                  problem={sentenceAt(problems, `${path}.item`, "error")}
                />
                <Field
                  label="At most"
                  part="History"
                  field="length"
                  path={`${path}.length`}
                  problems={problems}
                  value={history.length}
                  onEdit={(value) => set("length", value)}
                />
                <Field
                  label="As it was"
                  part="History"
                  field="mode"
                  path={`${path}.mode`}
                  problems={problems}
                  value={history.mode}
                  meanings={{ point_in_time: "before each purchase", profile: "over all purchases but this one" }}
                  onEdit={(value) => set("mode", value)}
                />
              </div>
              <button
                type="button"
                class="quiet"
                aria-label={`Remove the history ${textOf(history.name)}`}
                onClick={() => change(columns.filter((_, i) => i !== index))}
              >
                Remove
              </button>
            </li>
          );
        })}
      </ul>
      <button
        type="button"
        class="quiet"
        onClick={() => change([...columns, { name: freeName("bought_before", outputs, columns), item: product }])}
      >
        Add a history
      </button>
    </>
  );
}

function freeName(base: string, outputs: readonly OutputColumn[], columns: readonly Group[]): string {
  const taken = new Set([...outputs.map(({ name }) => name), ...columns.map(({ name }) => textOf(name))]);
  let name = base;
  for (let n = 2; taken.has(name); n += 1) name = `${base}_${n}`;
  return name;
}

/** What may be recommended: all that was bought, or a table of products. */
export function CatalogueForm({ content, catalogue, problems, onChange }: FormProps) {
  const own = typeof content.catalogue === "object" && content.catalogue !== null;
  const part = group(content.catalogue);
  const set = (field: string, value: Value | undefined) =>
    onChange({ ...content, catalogue: withField(part, field, value) });
  const field = (name: string, label: string, hint?: string) => (
    <Field
      label={label}
      part="CatalogueTable"
      field={name}
      path={`catalogue.${name}`}
      problems={problems}
      value={part[name]}
      onEdit={(value) => set(name, value)}
      {...(hint === undefined ? {} : { hint })}
    />
  );
  return (
    <>
      <PartFields
        label="Recommend from a table of products"
        hint="Without one, every product of the train split may be recommended."
        on={own}
        onToggle={(on) => onChange(withField(content, "catalogue", on ? { table: "", product_id: "" } : undefined))}
      >
        <TextField
          label="Table"
          value={textOf(part.table)}
          options={catalogue.offered.map(({ table }) => table)}
          onEdit={(table) => set("table", table)}
          problem={sentenceAt(problems, "catalogue.table", "error")}
        />
        {field("product_id", "Column of the product")}
        {field("where_active", "Column that says what may be recommended", "True or false; without one, all may be.")}
      </PartFields>
      <FindingsView problems={problems.filter(({ path }) => path === "catalogue")} />
    </>
  );
}
