import type { ComponentChildren } from "preact";
import { count, MISSING } from "../../model/common/format";
import { configPath } from "../../model/common/routes";
import { group, numberOf, textOf } from "../../model/common/values";
import { type Config, type ConfigReport, complexityOf, KIND_WORDS } from "../../model/configs/configs";
import { bothNames, type DiffRow, sideNames } from "../../model/configs/diff";
import { Empty } from "../parts";
import { SelectField } from "../ui/fields";
import { DiffView } from "./diff";
import { ConfigCrumbs } from "./parts";

interface CompareProps {
  left: Config;
  right: Config | undefined;
  others: readonly Config[];
  rows: readonly DiffRow[];
  /** Of both; null while there is nothing to compare with. */
  reports: readonly [ConfigReport | null, ConfigReport | null] | null;
  onlyDifferences: boolean;
  onOnlyDifferences: (only: boolean) => void;
  onChoose: (id: string) => void;
  /** What else there is to compare of this kind. */
  children?: ComponentChildren;
}

export function CompareConfigsView(props: CompareProps) {
  const { left, right, others, rows, reports, onChoose } = props;
  const { one, many } = KIND_WORDS[left.kind];
  const measured = right === undefined || reports === null ? [] : measuredRows(left, right, reports);
  return (
    <>
      <ConfigCrumbs kind={left.kind} config={left} />
      <div class="heading">
        <h1 tabIndex={-1}>{right === undefined ? `Compare ${left.name}` : bothNames(left, right)}</h1>
      </div>
      {others.length === 0 ? (
        <Empty title={`No other ${one} yet`}>
          <p>
            Two {many} can be compared. Clone this one and change it. <a href={configPath(left.kind)}>See all {many}</a>
          </p>
        </Empty>
      ) : (
        <SelectField
          label="Compare with"
          value={right?.id ?? ""}
          options={[
            { value: "", label: `Choose a ${one}`, disabled: true },
            ...others.map(({ id, name }) => ({ value: id, label: `${name} (${id})` })),
          ]}
          onEdit={onChoose}
        />
      )}
      {right !== undefined && (
        <DiffView
          kind={left.kind}
          rows={[...rows, ...measured]}
          {...sideNames(left, right)}
          onlyDifferences={props.onlyDifferences}
          onOnlyDifferences={props.onOnlyDifferences}
          file={`${left.id}-and-${right.id}`}
        />
      )}
      {props.children}
    </>
  );
}

/** What the service found out about both. */
function measuredRows(
  left: Config,
  right: Config,
  reports: readonly [ConfigReport | null, ConfigReport | null],
): DiffRow[] {
  const [a, b] = reports;
  const said = (label: string, say: (report: ConfigReport | null, config: Config) => string): DiffRow => ({
    section: "What follows",
    label,
    left: say(a, left),
    right: say(b, right),
  });
  const figure = (path: readonly [string, string]) => (report: ConfigReport | null) =>
    count(numberOf(group(report?.fields[path[0]])[path[1]]));
  const complexity = said("Complexity", (report, config) => complexityOf(config, report) ?? MISSING);
  switch (left.kind) {
    case "datasets":
      return [
        said("Rows of the train split", (report) => count(numberOf(group(group(report?.fields.counts).rows).train))),
        said("Customers of the train split", (report) =>
          count(numberOf(group(group(report?.fields.counts).customers).train)),
        ),
        said("Products of the train split", (report) =>
          count(numberOf(group(group(report?.fields.counts).products).train)),
        ),
        said("First day", (report) => textOf(report?.fields.first_day) || MISSING),
        said("Last day", (report) => textOf(report?.fields.last_day) || MISSING),
        said("Quality, of 100", figure(["quality", "score"])),
        complexity,
      ];
    case "feature_configs":
      return [
        said("Query width", figure(["widths", "query"])),
        said("Candidate width", figure(["widths", "candidate"])),
        complexity,
      ];
    case "model_configs":
      return [
        said("Parameters with inputs 64 wide", figure(["parameters", "total"])),
        said("Preset", (report) => textOf(report?.fields.preset) || "none"),
        said("Regularisation", (report) => textOf(report?.fields.regularisation) || MISSING),
        complexity,
      ];
  }
}
