/** What a comparison is decided by, and what of it is shown. */
import { capitalised, count, words } from "../../model/common/format";
import { DECISIVE, POPULATIONS } from "../../model/compare/asked";
import type { ComparisonReport } from "../../model/compare/report";
import { isSame, populationsOf, unknownPlaces } from "../../model/compare/rows";
import { CheckField, SelectField } from "../ui/fields";
import type { CompareProps } from "./compare";

export function Choices({ asked, rows, onAsked, report }: CompareProps & { report: ComparisonReport }) {
  const results = rows.results ?? [];
  const populations = populationsOf(results);
  const sections = report.sections.map(({ name }) => ({ name, all: rows[name] ?? [] }));
  const hidden = sections.reduce(
    (sum, { all }) => sum + all.filter((row) => isSame(row, unknownPlaces(all, report.experiments.length))).length,
    0,
  );
  return (
    <div class="compare-choices">
      <CheckField
        label="Only differences"
        hint={asked.everything ? undefined : `${count(hidden)} rows are equal`}
        checked={!asked.everything}
        onEdit={(only) => onAsked({ everything: !only })}
      />
      <SelectField
        label="Decide by"
        value={asked.metric ?? ""}
        options={[
          { value: "", label: "the headline metric" },
          ...DECISIVE.map((metric) => ({ value: metric, label: words(metric) })),
        ]}
        onEdit={(metric) => onAsked({ metric: metric === "" ? null : metric })}
      />
      {populations.length > 1 && (
        <SelectField
          label="Results of"
          value={asked.population}
          options={populations.map((value) => ({ value, label: capitalised(POPULATIONS[value] ?? value) }))}
          onEdit={(population) => onAsked({ population })}
        />
      )}
    </div>
  );
}
