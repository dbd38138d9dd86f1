import { capitalised, count } from "../../../model/common/format";
import { group, numberOf, textOf } from "../../../model/common/values";
import type { Config } from "../../../model/configs/configs";
import { type PartCount, partCounts } from "../../../model/configs/model_config";
import type { Group, Problem } from "../../../model/run/run";
import { SelectField } from "../../ui/fields";
import { type Column, Table } from "../../ui/table";
import { FindingsView } from "../parts";

interface SummaryProps {
  /** What the service says about the model. */
  fields: Group;
  problems: readonly Problem[];
  /** The feature config whose widths count; null: inputs 64 wide. */
  features: string | null;
  choices: readonly Config[];
  onFeatures: (id: string) => void;
  checking: boolean;
  /** Of the file. */
  name: string;
}

/** The model in a line, its parameters by part, and what experience says about it. */
export function ModelSummaryView({ fields, problems, features, choices, onFeatures, checking, name }: SummaryProps) {
  const parameters = group(fields.parameters);
  const counts = partCounts(parameters);
  const input = numberOf(parameters.input_width);
  const advice = problems.filter(({ severity }) => severity === "warning");
  return (
    <div aria-busy={checking}>
      {textOf(fields.text) !== "" && (
        <p>
          <code>{textOf(fields.text)}</code>
        </p>
      )}
      <p class="faint">
        {[
          textOf(fields.preset) === "" ? "" : `Preset ${textOf(fields.preset)}`,
          textOf(fields.regularisation) === "" ? "" : `Regularisation: ${textOf(fields.regularisation)}`,
        ]
          .filter(Boolean)
          .join(". ")}
      </p>
      <FindingsView problems={advice} />
      {choices.length > 0 && (
        <SelectField
          label="Parameters with the features"
          value={features ?? ""}
          options={[
            { value: "", label: "none: inputs 64 wide, without embeddings" },
            ...choices.map(({ id, name }) => ({ value: id, label: `${name} (${id})` })),
          ]}
          onEdit={onFeatures}
        />
      )}
      {features === null && input !== null && choices.length === 0 && (
        <p class="faint">With inputs {input} wide, without embeddings.</p>
      )}
      <Table
        caption="Parameters"
        columns={COLUMNS}
        rows={counts}
        id={({ part }) => part}
        file={`${name}-parameters`}
        empty={checking ? "They are being counted…" : "They are counted as soon as there is no problem."}
      />
    </div>
  );
}

const number = (name: string, title: string, value: (counts: PartCount) => number): Column<PartCount> => ({
  name,
  title,
  value,
  show: (counts) => count(value(counts)),
  number: true,
  descending: true,
});

const COLUMNS: Column<PartCount>[] = [
  { name: "part", title: "Part", value: ({ part }) => part, show: ({ part }) => capitalised(part) },
  number("embeddings", "Embeddings", ({ embeddings }) => embeddings),
  number("trainable", "Trainable", ({ trainable }) => trainable),
  number("non_trainable", "Not trainable", ({ nonTrainable }) => nonTrainable),
  number("total", "Total", ({ total }) => total),
];
