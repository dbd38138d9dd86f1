/** What may be recommended: all that was bought, or a table of products (domain S2.12). */
import { group, textOf, withField } from "../../../model/common/values";
import { sentenceAt } from "../../../model/configs/draft";
import type { Value } from "../../../model/run/run";
import { TextField } from "../../ui/fields";
import { PartFields } from "../fields";
import { FindingsView } from "../parts";
import { Field } from "./fields";
import type { FormProps } from "./tables";

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
