import type { Row } from "../../model/common/export";
import { withSearch } from "../../model/common/routes";
import type { Tried } from "../../model/dashboard/dashboard";

interface TriedProps {
  tried: Tried;
  protocol: string;
  samplePercent: number;
}

/** How much of features by models was tried; the grid itself has a view of its own. */
export function TriedView({ tried: { rows, untested, known }, protocol, samplePercent }: TriedProps) {
  const unfit = rows.filter((row) => row.state === "incompatible").length;
  const failed = rows.filter((row) => row.state === "failed").length;
  const run = rows.length - unfit;
  const told = [
    `${run} ${run === 1 ? "pair" : "pairs"} of a feature and a model config were run`,
    ...(failed > 0 ? [`${failed} of them only failed`] : []),
    `${untested} were never tried`,
    ...(unfit > 0 ? [`${unfit} do not fit together`] : []),
  ];
  return (
    <p>
      {told.join(", ")}.{!known && " What was never tried may also not fit together."}{" "}
      <a href={withSearch("/configs/coverage", { protocol, sample: String(samplePercent) })}>See the grid</a>
    </p>
  );
}

export function triedExport({ rows }: Tried): Row[] {
  return rows.map((row) => ({
    ...{ feature_config: row.featureConfig, model_config: row.modelConfig, state: row.state },
    ...{ runs: row.runs, best: row.best, reason: row.reason },
  }));
}
