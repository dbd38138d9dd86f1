import { words } from "../../../model/common/format";
import { limitsOf } from "../../../model/common/schema";
import { group, isGroup, list, textOf, texts } from "../../../model/common/values";
import { type ColumnFacts, cutShare } from "../../../model/configs/feature/columns";
import { type FeatureKind, featureKind, isPrimary, KINDS, type Tower } from "../../../model/configs/feature/document";
import { freshFeature, partners, usualWidth } from "../../../model/configs/feature/fresh";
import type { Group, Problem, Value } from "../../../model/run/run";
import { CheckField, SelectField } from "../../ui/fields";
import { changed, DocField, NumbersField, PairField, PartFields, WidthField } from "../fields";

interface SettingsProps {
  content: Group;
  feature: Group;
  /** What is known of its column; null when the dataset has none of that name. */
  column: ColumnFacts | null;
  tower: Tower;
  path: string;
  problems: readonly Problem[];
  onEdit: (feature: Group) => void;
}

const PARTS: Record<FeatureKind, string> = {
  category: "CategoryFeature",
  number: "NumberFeature",
  time: "TimeFeature",
  history: "HistoryFeature",
};

/** Everything that can be said of one feature, by its kind (S3.4). */
export function FeatureSettings(props: SettingsProps) {
  const { content, feature, column, tower, path, problems, onEdit } = props;
  const kind = featureKind(feature);
  const set = (field: string) => (value: Value | undefined) => onEdit(changed(feature, field, value));
  const change = (to: string) => {
    const next = KINDS.find((each) => each === to);
    if (next === undefined || column === null) return;
    const made = freshFeature(content, column, next);
    onEdit(feature.name === undefined ? made : { ...made, name: feature.name });
  };
  const idRole = column?.role === (tower === "query" ? "customer_id" : "product_id");
  return (
    <>
      <div class="fields">
        <DocField
          label="Name"
          hint={`Of its outputs: ${tower.charAt(0)}_…`}
          {...{ part: PARTS[kind], field: "name", path: `${path}.name`, problems }}
          value={feature.name ?? textOf(feature.column)}
          onEdit={(value) => set("name")(value === feature.column ? undefined : value)}
        />
        <SelectField
          label="Kind"
          value={kind}
          options={KINDS.map((each) => ({
            value: each,
            label: each === column?.kind ? `${each} ★` : each,
          }))}
          onEdit={change}
          disabled={column === null || isPrimary(feature)}
          hint={column === null ? "The dataset has no such column." : undefined}
        />
      </div>
      {(idRole || isPrimary(feature)) && kind === "category" && (
        <CheckField
          label={`Primary id of the ${tower === "query" ? "customer" : "product"}`}
          checked={isPrimary(feature)}
          onEdit={(primary) => set("is_primary_id")(primary || undefined)}
        />
      )}
      {kind === "category" && <CategorySettings {...props} />}
      {kind === "number" && <NumberSettings {...props} />}
      {kind === "time" && <TimeSettings {...props} />}
      {kind === "history" && <HistorySettings {...props} />}
    </>
  );
}

function CategorySettings({ feature, column, path, problems, onEdit }: SettingsProps) {
  const hashed = isGroup(feature.hashing);
  const width = group(feature.vocabulary).embedding_dim ?? group(feature.hashing).embedding_dim ?? usualWidth(column);
  const choose = (option: string) => {
    const { vocabulary: _, hashing: __, ...rest } = feature;
    const buckets = Math.max(2, 2 * (column?.distinct ?? 500)); // as smart defaults choose them (S3.17)
    onEdit(
      option === "hashing"
        ? { ...rest, hashing: { buckets, embedding_dim: width } }
        : { ...rest, vocabulary: { embedding_dim: width } },
    );
  };
  const option = hashed ? "hashing" : "vocabulary";
  const part = group(feature[option]);
  const set = (field: string) => (value: Value | undefined) =>
    onEdit({ ...feature, [option]: changed(part, field, value) });
  const at = (field: string) => ({
    field,
    path: `${path}.${option}.${field}`,
    problems,
    value: part[field],
    onEdit: set(field),
  });
  return (
    <>
      <SelectField
        label="As"
        value={option}
        options={[
          { value: "vocabulary", label: "vocabulary: an index of the values of the train split" },
          { value: "hashing", label: "hashing: so many buckets, whatever the values" },
        ]}
        onEdit={choose}
      />
      {hashed ? (
        <div class="fields">
          <DocField label="Buckets" part="Hashing" {...at("buckets")} />
        </div>
      ) : (
        <>
          <div class="fields">
            <DocField label="Largest size" part="Vocabulary" {...at("max_size")} />
            <DocField label="Least frequency" part="Vocabulary" {...at("min_frequency")} />
            <DocField label="Buckets for other values" part="Vocabulary" {...at("oov_buckets")} />
          </div>
          <CutView vocabulary={part} column={column} />
        </>
      )}
      <WidthField
        part={hashed ? "Hashing" : "Vocabulary"}
        {...at("embedding_dim")}
        recommended={column?.recommendedWidth ?? null}
      />
    </>
  );
}

/** How many values fall out of the vocabulary with these settings (S3.18). */
function CutView({ vocabulary, column }: { vocabulary: Group; column: ColumnFacts | null }) {
  const share = column === null ? null : cutShare(vocabulary, column);
  if (share === null) return <p class="faint">How many values fall out of it is not known yet.</p>;
  const percent = Number((100 * share).toPrecision(3));
  return (
    <p class="faint" role="status">
      {share === 0 ? "Every value that is known today is in it." : `About ${percent}% of the rows fall out of it.`}
    </p>
  );
}

function NumberSettings(props: SettingsProps) {
  const { feature, path, problems, onEdit } = props;
  const scale = group(feature.scale);
  const set = (field: string) => (value: Value | undefined) =>
    onEdit({ ...feature, scale: changed(scale, field, value) });
  const method = textOf(scale.method ?? limitsOf("Scale", "method").default);
  const setMethod = (value: Value | undefined) => {
    const next = changed(scale, "method", value);
    onEdit({ ...feature, scale: value === "minmax" ? next : changed(next, "range", undefined) });
  };
  const at = (field: string) => ({ field, path: `${path}.scale.${field}`, problems });
  return (
    <>
      <PartFields
        label="Scale"
        hint="One value, brought to the size of the others."
        on={isGroup(feature.scale)}
        onToggle={(on) => onEdit(changed(feature, "scale", on ? {} : undefined))}
      >
        <DocField label="Method" part="Scale" {...at("method")} value={scale.method} onEdit={setMethod} />
        {method === "minmax" && (
          <PairField
            labels={["From (empty: 0)", "To (empty: 1)"]}
            part="Scale"
            {...at("range")}
            value={scale.range}
            onEdit={set("range")}
          />
        )}
        <PairField
          labels={["Clip below percentile", "Clip above percentile"]}
          part="Scale"
          {...at("clip_percentiles")}
          value={scale.clip_percentiles}
          onEdit={set("clip_percentiles")}
        />
        <DocField label="Logarithm" part="Scale" {...at("log")} value={scale.log} onEdit={set("log")} />
      </PartFields>
      <BucketSettings {...props} />
      <MissingSettings {...props} part="NumberFeature" />
    </>
  );
}

function TimeSettings(props: SettingsProps) {
  const { feature, path, problems, onEdit } = props;
  const cycles = texts(feature.cycles);
  const known = CYCLES;
  const toggle = (cycle: string, on: boolean) =>
    onEdit({ ...feature, cycles: known.filter((each) => (each === cycle ? on : cycles.includes(each))) });
  return (
    <>
      <fieldset>
        <legend>Cycles</legend>
        {known.map((cycle) => (
          <CheckField
            key={cycle}
            label={words(cycle)}
            checked={cycles.includes(cycle)}
            onEdit={(on) => toggle(cycle, on)}
          />
        ))}
      </fieldset>
      <DocField
        label="Recency"
        hint="How many days lie between it and the last day of the train split."
        {...{ part: "TimeFeature", field: "recency", path: `${path}.recency`, problems }}
        value={feature.recency}
        onEdit={(value) => onEdit(changed(feature, "recency", value))}
      />
      <BucketSettings {...props} />
      <MissingSettings {...props} part="TimeFeature" />
    </>
  );
}

/** S3.7, from the shortest. */
const CYCLES = ["hour", "day_of_week", "day_of_month", "month", "quarter"];

function BucketSettings({ feature, path, problems, onEdit }: SettingsProps) {
  const part = group(feature.bucketize);
  const own = list(part.boundaries).length > 0;
  const set = (field: string) => (value: Value | undefined) =>
    onEdit({ ...feature, bucketize: changed(part, field, value) });
  const at = (field: string) => ({
    field,
    path: `${path}.bucketize.${field}`,
    problems,
    value: part[field],
    onEdit: set(field),
  });
  return (
    <PartFields
      label="Buckets"
      hint="An embedding of the range that the value lies in."
      on={isGroup(feature.bucketize)}
      onToggle={(on) => onEdit(changed(feature, "bucketize", on ? { embedding_dim: 8 } : undefined))}
    >
      {!own && <DocField label="Quantiles (empty: 20)" part="Bucketize" {...at("buckets")} />}
      <NumbersField
        label="Own boundaries"
        hint="Instead of quantiles: rising numbers with commas."
        part="Bucketize"
        {...at("boundaries")}
        onEdit={(value) =>
          onEdit({
            ...feature,
            bucketize: changed(value === undefined ? part : changed(part, "buckets", undefined), "boundaries", value),
          })
        }
      />
      <div class="wide">
        <WidthField part="Bucketize" {...at("embedding_dim")} recommended={null} />
      </div>
    </PartFields>
  );
}

function MissingSettings({ feature, path, problems, onEdit, part }: SettingsProps & { part: string }) {
  return (
    <DocField
      label="Missing indicator"
      hint="One more value: 1 where there is none."
      {...{ part, field: "missing_indicator", path: `${path}.missing_indicator`, problems }}
      value={feature.missing_indicator}
      onEdit={(value) => onEdit(changed(feature, "missing_indicator", value))}
    />
  );
}

function HistorySettings({ content, feature, path, problems, onEdit }: SettingsProps) {
  const names = partners(content);
  const chosen = textOf(feature.shared_with);
  const options = names.includes(chosen) || chosen === "" ? names : [chosen, ...names];
  return (
    <div class="fields">
      <SelectField
        label="Shares the embeddings of"
        value={chosen}
        options={[
          { value: "", label: "Choose a vocabulary", disabled: true },
          ...options.map((name) => ({ value: name, label: name })),
        ]}
        onEdit={(name) => onEdit(changed(feature, "shared_with", name))}
        hint="A vocabulary over the same items."
      />
      <DocField
        label="Newest items"
        {...{ part: "HistoryFeature", field: "max_length", path: `${path}.max_length`, problems }}
        value={feature.max_length}
        onEdit={(value) => onEdit(changed(feature, "max_length", value))}
      />
    </div>
  );
}
