/** Which rows, days, products and customers a dataset keeps (domain S1.16-S1.21). */
import { group, withField } from "../../../model/common/values";
import { ENTITIES, rowFiltersOf, sentencesOf, withFilter } from "../../../model/configs/dataset/filters";
import { outputsOf } from "../../../model/configs/dataset/report";
import { findingsElsewhere } from "../../../model/configs/draft";
import type { Value } from "../../../model/run/run";
import { FindingsView } from "../parts";
import { EntityFields } from "./entity_filters";
import { Field } from "./fields";
import { DayFields, Sentence } from "./filter_parts";
import { RowFilters } from "./row_filters";
import type { FormProps } from "./tables";

export interface FiltersProps extends FormProps {
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
        <DayFields
          rule={window}
          path="filters.window"
          problems={problems}
          onRule={(rule) => onChange(withFilter(content, "window", rule))}
        />
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
