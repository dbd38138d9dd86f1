import type { Row } from "../../model/common/export";
import { formatOf } from "../../model/common/registry";
import { experimentPath, newPath } from "../../model/common/routes";
import { agreementWords, type Fidelity, type FidelityPair } from "../../model/dashboard/fidelity";
import { AxisBottom, AxisLeft, ChartFrame } from "../charts/frame";
import { linearOver } from "../charts/scales";
import { Table } from "../ui/table";

interface FidelityProps {
  fidelity: Fidelity;
  metric: string;
  /** What people call an experiment; its id where nobody knows. */
  name: (experiment: string) => string;
  mayStart: boolean;
}

/** What quick runs tell about larger ones, and which of them are worth a larger sample (S7.16). */
export function FidelityView({ fidelity, metric, name, mayStart }: FidelityProps) {
  if (fidelity.samples.length === 0)
    return (
      <p class="faint">
        All runs of this protocol have one sample size. Run some of the same configurations with another one: 8 pairs
        tell whether small samples choose as large ones do.
      </p>
    );
  return (
    <>
      <ul>
        {fidelity.samples.map((each) => (
          <li key={`${each.small} ${each.large}`}>
            <strong>
              {each.small}% for {each.large}%:
            </strong>{" "}
            {agreementWords(each)}
          </li>
        ))}
      </ul>
      {fidelity.promote
        .filter(({ experiments }) => experiments.length > 0)
        .map(({ small, large, experiments }) => (
          <div key={`${small} ${large}`}>
            <h3>
              Worth a run with {large}%: the best third with {small}%
            </h3>
            <ul class="dash-promote">
              {experiments.map((experiment) => (
                <li key={experiment}>
                  <a href={experimentPath(experiment)}>{name(experiment)}</a>
                  {mayStart && (
                    <>
                      {" · "}
                      <a href={newPath({ parent: experiment, sample_percent: String(large) })}>
                        Fill the form with {large}%<span class="visually-hidden"> for {name(experiment)}</span>
                      </a>
                    </>
                  )}
                </li>
              ))}
            </ul>
          </div>
        ))}
      {fidelity.pairs.length > 0 && <Pairs {...{ fidelity, metric, name }} />}
    </>
  );
}

function Pairs({ fidelity: { pairs }, metric, name }: Omit<FidelityProps, "mayStart">) {
  const number = formatOf(metric);
  const link = (experiment: string) => <a href={experimentPath(experiment)}>{name(experiment)}</a>;
  return (
    <>
      {pairs.length > 1 && <Scatter pairs={pairs} metric={metric} />}
      <Table
        caption="Pairs of runs equal but for their sample"
        rows={pairs}
        id={(pair) => `${pair.smallExperiment} ${pair.largeExperiment}`}
        columns={[
          { name: "small", title: "Small sample", show: (pair) => link(pair.smallExperiment) },
          { name: "percent", title: "Sizes", show: (pair) => `${pair.small}% and ${pair.large}%` },
          {
            name: "small_value",
            title: "Small",
            value: (pair) => pair.smallValue,
            show: (pair) => number(pair.smallValue),
            number: true,
          },
          {
            name: "large_value",
            title: "Large",
            value: (pair) => pair.largeValue,
            show: (pair) => number(pair.largeValue),
            number: true,
          },
          { name: "large", title: "Large sample", show: (pair) => link(pair.largeExperiment) },
        ]}
      />
    </>
  );
}

function Scatter({ pairs, metric }: { pairs: readonly FidelityPair[]; metric: string }) {
  const number = formatOf(metric);
  return (
    <ChartFrame
      label={`${pairs.length} pairs: the result of the small sample against that of the large one`}
      height={240}
    >
      {({ width, height }) => {
        const x = linearOver(
          pairs.map((pair) => pair.smallValue),
          [0, Math.min(width, 420)],
        );
        const y = linearOver(
          pairs.map((pair) => pair.largeValue),
          [height, 0],
        );
        const end = Math.min(width, 420);
        return (
          <>
            <AxisLeft
              ticks={y.ticks(4).map((tick) => ({ at: y(tick), text: number(tick) }))}
              width={end}
              title="large"
            />
            <AxisBottom
              ticks={x.ticks(4).map((tick) => ({ at: x(tick), text: number(tick) }))}
              width={end}
              y={height}
              title="small"
            />
            {pairs.map((pair) => (
              <circle
                key={`${pair.smallExperiment} ${pair.largeExperiment}`}
                class="dash-dot"
                cx={x(pair.smallValue)}
                cy={y(pair.largeValue)}
                r={4}
              />
            ))}
          </>
        );
      }}
    </ChartFrame>
  );
}

export function fidelityExport({ samples, pairs }: Fidelity): Row[] {
  return pairs.length > 0 ? pairs.map((pair) => ({ ...pair })) : samples.map((each) => ({ ...each }));
}
