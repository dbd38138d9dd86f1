import { words } from "../../model/common/format";
import { type GroupHead, protocolName, type Sample, sampleWords } from "../../model/dashboard/insights";
import { modelTypeWords, runsWords } from "../../model/dashboard/kpis";
import { SelectField } from "../ui/fields";

interface FiltersProps {
  types: readonly string[];
  type: string;
  groups: readonly GroupHead[];
  group: GroupHead | null;
  sample: Sample | null;
  /** Those that the leaderboard has. */
  metrics: readonly string[];
  metric: string;
  onEdit: (fields: { type?: string; protocol?: string; sample?: string; metric?: string }) => void;
}

/** What is looked at; all of it stands in the address. */
export function Filters({ types, type, groups, group, sample, metrics, metric, onEdit }: FiltersProps) {
  const everything = { value: "", label: "All types" };
  return (
    <div class="fields dash-filters">
      <SelectField
        label="Type of model"
        value={type}
        onEdit={(next) => onEdit({ type: next })}
        options={[everything, ...types.map((each) => ({ value: each, label: modelTypeWords(each) }))]}
      />
      {group !== null && (
        <SelectField
          label="Protocol"
          value={group.protocol}
          onEdit={(next) => onEdit({ protocol: next })}
          options={groups.map((each) => ({ value: each.protocol, label: labelOf(each) }))}
        />
      )}
      {group !== null && sample !== null && (
        <SelectField
          label="Sample"
          value={String(sample.samplePercent)}
          onEdit={(next) => onEdit({ sample: next })}
          options={group.samples.map((each) => ({
            value: String(each.samplePercent),
            label: `${sampleWords(each.samplePercent)} (${runsWords(each.runs)})`,
          }))}
        />
      )}
      {group !== null && metrics.length > 0 && (
        <SelectField
          label="Metric"
          value={metric}
          onEdit={(next) => onEdit({ metric: next })}
          options={metrics.map((each) => ({
            value: each,
            label: each === group.metric ? `${words(each)}, the headline` : words(each),
          }))}
        />
      )}
    </div>
  );
}

function labelOf(head: GroupHead): string {
  const finished = head.samples.reduce((sum, sample) => sum + sample.finished, 0);
  return `${protocolName(head)} (${finished} finished)`;
}
