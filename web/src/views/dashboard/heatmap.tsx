import { words } from "../../model/common/format";
import { formatOf, kindOf } from "../../model/common/registry";
import { withSearch } from "../../model/common/routes";
import { type HeatCell, type Heatmap, heatLegend, heatStep } from "../../model/dashboard/heatmap";
import { runsWords } from "../../model/dashboard/kpis";
import { SelectField } from "../ui/fields";
import { Scroll } from "../ui/scroll";

interface HeatmapProps {
  map: Heatmap;
  /** The list's query for a cell; null where it cannot be said in one. */
  query: (cell: HeatCell) => string | null;
}

/** A grid of two parameters: each cell the mean of its runs, how many they are, and a link to them (S7.11). */
export function HeatmapView({ map, query }: HeatmapProps) {
  const means = map.cells.flatMap(({ mean }) => (mean === null ? [] : [mean]));
  const { lowerIsBetter } = kindOf(map.metric);
  const cells = new Map(map.cells.map((cell) => [`${cell.x} ${cell.y}`, cell]));
  const caption = `Mean ${words(map.metric)} by ${map.x.name} and ${map.y.name}, ${runsWords(map.n)}`;
  return (
    <>
      <Scroll label={caption}>
        <table class="heat">
          <caption class="visually-hidden">{caption}</caption>
          <thead>
            <tr>
              <td class="heat-corner">
                <span class="heat-y">{map.y.name} ↓</span> <span>{map.x.name} →</span>
              </td>
              {map.x.labels.map((label) => (
                <th key={label} scope="col" class="number">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {map.y.labels.map((label, y) => (
              <tr key={label}>
                <th scope="row" class="number">
                  {label}
                </th>
                {map.x.labels.map((xLabel, x) => {
                  const cell = cells.get(`${x} ${y}`);
                  return cell?.mean == null ? (
                    <td key={xLabel} class="heat-cell heat-none">
                      <span class="visually-hidden">no run</span>
                    </td>
                  ) : (
                    <Cell
                      key={xLabel}
                      cell={cell}
                      metric={map.metric}
                      step={heatStep(cell.mean, means, lowerIsBetter)}
                      query={query(cell)}
                      label={`${map.x.name} ${xLabel}, ${map.y.name} ${label}`}
                    />
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <HeatLegend values={means} metric={map.metric} />
    </>
  );
}

interface CellProps {
  cell: HeatCell;
  metric: string;
  step: number;
  query: string | null;
  label: string;
}

function Cell({ cell, metric, step, query, label }: CellProps) {
  const mean = formatOf(metric)(cell.mean);
  const content = (
    <>
      <span class="visually-hidden">{label}: mean </span>
      {mean}
      <small>n = {cell.n}</small>
    </>
  );
  return (
    <td class={`heat-cell heat-${step} number${cell.n === 1 ? " heat-one" : ""}`}>
      {query === null ? (
        content
      ) : (
        <a
          href={withSearch("/", { q: query })}
          title={`Show ${runsWords(cell.n)}; the best of them ${formatOf(metric)(cell.value)}`}
        >
          {content}
        </a>
      )}
    </td>
  );
}

/** What the colours stand for; shared by all grids, and darker is better in either direction. */
export function HeatLegend({ values, metric }: { values: readonly number[]; metric: string }) {
  const steps = heatLegend(values, kindOf(metric).lowerIsBetter);
  const number = formatOf(metric);
  return (
    <ul class="heat-legend" aria-label="What the colours mean">
      {steps.map(([from, to], step) => (
        <li key={from}>
          <span class={`heat-key heat-${step}`} aria-hidden="true" />
          {number(from)} to {number(to)}
          {step === 0 && ", worst"}
          {step === steps.length - 1 && ", best"}
        </li>
      ))}
    </ul>
  );
}

/** What else a grid of parameters may show. */
export function HeatNotes() {
  return (
    <p class="faint dash-note">
      <span class="heat-key heat-none" aria-hidden="true" /> hatched: no run.{" "}
      <span class="heat-key heat-one" aria-hidden="true" /> outlined: one run only. A press on a cell shows its runs.
    </p>
  );
}

interface HeatAxesProps {
  axes: readonly string[];
  x: string;
  y: string;
  onEdit: (axes: { x?: string; y?: string }) => void;
}

/** The most important parameters first. */
export function HeatAxes({ axes, x, y, onEdit }: HeatAxesProps) {
  const options = axes.map((axis) => ({ value: axis, label: axis }));
  return (
    <div class="fields">
      <SelectField label="Across" value={x} options={options} onEdit={(next) => onEdit({ x: next })} />
      <SelectField label="Down" value={y} options={options} onEdit={(next) => onEdit({ y: next })} />
    </div>
  );
}
