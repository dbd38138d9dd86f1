/** What customers bought before, as columns of a dataset (domain S1.24). */
import { group, groups, textOf, withField } from "../../../model/common/values";
import { outputsOf } from "../../../model/configs/dataset/report";
import { sentenceAt } from "../../../model/configs/draft";
import { freeName } from "../../../model/configs/free_name";
import type { Group, Value } from "../../../model/run/run";
import { SelectField } from "../../ui/fields";
import { Field } from "./fields";
import type { FormProps } from "./tables";

export function HistoryForm({ content, fields, problems, onChange }: FormProps) {
  const columns = groups(content.history);
  const outputs = outputsOf(fields).filter(({ table, repeated }) => table !== "" && !repeated);
  const taken = new Set([...outputs.map(({ name }) => name), ...columns.map(({ name }) => textOf(name))]);
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
        onClick={() =>
          change([...columns, { name: freeName("bought_before", (name) => taken.has(name)), item: product }])
        }
      >
        Add a history
      </button>
    </>
  );
}
