/** The feature config of a new experiment, and how wide each feature is in its tower's input. */
import { count } from "../../model/common/format";
import { type FeatureOption, optionOf, unfitFeatures } from "../../model/new/options";
import { type Dimension, type TowerWidth, towersOf } from "../../model/new/preview";
import { Findings, NoConfig, Picker } from "./picker";
import type { CardProps } from "./what";

export function FeatureCard({ form, options, reports, mistakes, placed, onEdit, type }: CardProps) {
  const towers = reports.features === null ? null : towersOf(reports.features.fields);
  const choices = options.feature_config.map((each) => ({
    value: each.id,
    title: each.name,
    what: featureWords(each),
    blocked: unfitFeatures(each, type),
  }));
  return (
    <section class="new-card" aria-label="Feature config">
      <Picker
        name="feature_config"
        legend="Feature config"
        value={form.feature_config}
        choices={choices}
        onPick={(id) => onEdit("feature_config", id)}
        problem={mistakes.feature_config}
        none={<NoConfig kind="feature_configs" what="feature config" />}
      />
      {towers !== null && form.feature_config !== "" && <Towers towers={towers} />}
      <Findings
        kind="feature_configs"
        id={form.feature_config}
        stored={optionOf(options, "feature_config", form.feature_config) !== null}
        problems={[...(placed.feature_config ?? []), ...(reports.features?.problems ?? [])]}
      />
    </section>
  );
}

function featureWords({ counts, target }: FeatureOption): string {
  return `${counts}${target === null ? "" : `, target ${target.column}`}`;
}

/** How wide each feature is in its tower's input. */
function Towers({ towers }: { towers: readonly TowerWidth[] }) {
  const widest = Math.max(1, ...towers.flatMap(({ dimensions }) => dimensions.map(({ width }) => width)));
  return (
    <div class="new-towers">
      {towers.map(({ tower, width, dimensions }) => (
        <div key={tower}>
          <h3>
            {tower === "query" ? "Query tower" : "Candidate tower"}, {count(width)} wide
          </h3>
          <ul class="new-dimensions">
            {dimensions.map((each) => (
              <DimensionBar key={each.feature} dimension={each} widest={widest} />
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}

function DimensionBar({ dimension, widest }: { dimension: Dimension; widest: number }) {
  const { feature, width, share, cross } = dimension;
  return (
    <li>
      <span class="new-dimension-name">
        <code>{feature}</code> {cross && <span class="new-tag">cross</span>}
      </span>
      <span class="new-bar" aria-hidden="true">
        <span class={cross ? "new-bar-cross" : ""} style={{ width: `${(100 * width) / widest}%` }} />
      </span>
      <span class="number">
        {count(width)} <span class="faint">{Math.round(100 * share)}%</span>
      </span>
    </li>
  );
}
