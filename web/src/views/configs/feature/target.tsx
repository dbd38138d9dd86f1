import { group, textOf, withField } from "../../../model/common/values";
import { sentenceAt } from "../../../model/configs/draft";
import type { ColumnFacts } from "../../../model/configs/feature/columns";
import type { Group, Problem, Value } from "../../../model/run/run";
import { Section } from "../../parts";
import { SelectField } from "../../ui/fields";
import { changed, DocField, PairField } from "../fields";

interface TargetProps {
  content: Group;
  columns: readonly ColumnFacts[];
  problems: readonly Problem[];
  onChange: (content: Group) => void;
}

/** What a ranking or multitask model predicts (S3.11). */
export function TargetView({ content, columns, problems, onChange }: TargetProps) {
  const target = group(content.target);
  const column = textOf(target.column);
  const set = (field: string) => (value: Value | undefined) =>
    onChange(withField(content, "target", changed(target, field, value)));
  const at = (field: string) => ({ field, path: `target.${field}`, problems });
  const numbers = columns.filter(({ type }) => !NO_NUMBERS.test(type)).map(({ name }) => name);
  const options = column === "" || numbers.includes(column) ? numbers : [column, ...numbers];
  return (
    <Section id="target" title="Target">
      <div class="fields">
        <SelectField
          label="Column"
          hint="What ranking and multitask models predict: a number, or 0 and 1. Retrieval models need none."
          value={column}
          options={[{ value: "", label: "none" }, ...options.map((name) => ({ value: name, label: name }))]}
          onEdit={(name) =>
            onChange(withField(content, "target", name === "" ? undefined : { ...target, column: name }))
          }
          problem={sentenceAt(problems, "target", "error") ?? sentenceAt(problems, "target.column", "error")}
          warning={sentenceAt(problems, "target.column", "warning")}
        />
        {column !== "" && (
          <>
            <PairField
              labels={["Clip below percentile", "Clip above percentile"]}
              part="Target"
              {...at("clip_percentiles")}
              value={target.clip_percentiles}
              onEdit={set("clip_percentiles")}
            />
            <DocField
              label="Normalise"
              part="Target"
              {...at("normalise")}
              value={target.normalise}
              onEdit={set("normalise")}
            />
            <DocField label="Logarithm" part="Target" {...at("log")} value={target.log} onEdit={set("log")} />
          </>
        )}
      </div>
    </Section>
  );
}

const NO_NUMBERS = /STRING|DATE|TIME|BYTES|list/;
