import { configPath } from "../../../model/common/routes";
import { group, isGroup, textOf } from "../../../model/common/values";
import type { Config, ConfigReport } from "../../../model/configs/configs";
import {
  crossesOf,
  crossName,
  featureKind,
  featureName,
  featuresOf,
  TOWERS,
  type Tower,
} from "../../../model/configs/feature/document";
import { widthsOf } from "../../../model/configs/feature/report";
import { crossWords, featureWords } from "../../../model/configs/feature/words";
import type { Entry } from "../../../model/list/entry";
import { targetWords } from "../../../model/run/parameters";
import type { Group, Time } from "../../../model/run/run";
import { Section } from "../../parts";
import { type Column, Table } from "../../ui/table";
import { ConfigTextView, FindingsView, GeneratedCodeView, UsesView } from "../parts";
import { WidthsView } from "./widths";

interface FeatureProps {
  config: Config;
  report: ConfigReport | null;
  code: Group | null;
  /** Experiments that use it; null while they are not known. */
  entries: readonly Entry[] | null;
  complete: boolean;
  now: Time;
}

/** A feature config as it is. */
export function FeatureView({ config, report, code, entries, complete, now }: FeatureProps) {
  const { content, id } = config;
  const dimensions = group(report?.fields.dimensions);
  const widths = { query: widthsOf(dimensions, "query"), candidate: widthsOf(dimensions, "candidate") };
  const dataset = textOf(content.dataset);
  return (
    <>
      <FindingsView problems={report?.problems ?? []} />
      <p>
        Over the dataset <a href={configPath("datasets", dataset)}>{dataset}</a>.{" "}
        {isGroup(content.target)
          ? `The target is ${targetWords({ normalise: "none", ...content.target })}.`
          : "It has no target, so it is for retrieval models."}
        {content.query_id === "none" && " The query tower knows no customer's id."}
      </p>
      <Section id="features" title="Features">
        <div class="two">
          {TOWERS.map((tower) => (
            <TowerView key={tower} content={content} tower={tower} id={id} />
          ))}
        </div>
      </Section>
      <Section id="widths" title="Widths">
        <WidthsView widths={widths} known={report?.fields.dimensions !== undefined} checking={false} name={id} />
      </Section>
      <Section id="uses" title="Where it is used">
        <UsesView kind={config.kind} {...{ entries, complete, now }} file={`${id}-experiments`} />
      </Section>
      <Section id="code" title="Transform code">
        <GeneratedCodeView
          name="transform.py"
          text={textOf(code?.transform) || null}
          digest={textOf(code?.digest) || null}
          empty="There is no code while the config has problems."
        />
      </Section>
      <Section id="text" title="As a file">
        <ConfigTextView kind={config.kind} id={id} content={content} />
      </Section>
    </>
  );
}

interface Item {
  name: string;
  kind: string;
  settings: string;
}

function TowerView({ content, tower, id }: { content: Group; tower: Tower; id: string }) {
  const features = featuresOf(content, tower).map((feature): Item => {
    return { name: featureName(feature), kind: featureKind(feature), settings: featureWords(feature) };
  });
  const crosses = crossesOf(content, tower).map((cross): Item => {
    return { name: crossName(cross), kind: "cross", settings: crossWords(cross) };
  });
  const columns: Column<Item>[] = [
    { name: "feature", title: "Feature", value: ({ name }) => name },
    { name: "kind", title: "Kind", value: ({ kind }) => kind },
    { name: "settings", title: "Settings", value: ({ settings }) => settings },
  ];
  const title = tower === "query" ? "Query tower" : "Candidate tower";
  return (
    <div>
      <h3>{title}</h3>
      <Table
        caption={`Features of the ${tower} tower`}
        columns={columns}
        rows={[...features, ...crosses]}
        id={({ name, kind }) => `${kind} ${name}`}
        file={`${id}-${tower}-features`}
      />
    </div>
  );
}
