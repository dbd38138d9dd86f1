import { interval, words } from "../../model/common/format";
import { formatOf, kindOf } from "../../model/common/registry";
import { experimentPath } from "../../model/common/routes";
import { heatStep } from "../../model/dashboard/heatmap";
import { epochsOf, groupsOf, type TrainingMap, type TrainingRow } from "../../model/dashboard/heatmap_training";
import { Scroll } from "../ui/scroll";
import { HeatLegend } from "./heatmap";

const LETTERS = "ABCDEFGHIJKLMNOPQRST";

/** Up to 20 runs by epoch: real values on the eval split, the best epoch outlined, the test result beside (S7.13). */
export function TrainingView({ map }: { map: TrainingMap }) {
  const epochs = epochsOf(map.rows);
  const groups = groupsOf(map.rows);
  const values = map.rows.flatMap((row) => row.values.filter((value) => value !== null));
  const number = formatOf(map.metric);
  const caption = `${words(map.metric)} on the validation split by epoch`;
  return (
    <>
      <Scroll label={caption}>
        <table class="heat heat-training">
          <caption class="visually-hidden">{caption}</caption>
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col" class="number">
                On test
              </th>
              {epochs.map((epoch) => (
                <th key={epoch} scope="col" class="number">
                  {epoch + 1}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {map.rows.map((row) => (
              <tr key={row.experiment}>
                <th scope="row">
                  <Letter place={groups.get(row.group) ?? 0} name={row.group} />{" "}
                  <a href={experimentPath(row.experiment)}>
                    #{row.number} {row.name}
                  </a>
                </th>
                <td class="number">
                  {number(row.final.value)} <small>{interval(row.final.low, row.final.high, number)}</small>
                </td>
                {epochs.map((epoch) => (
                  <Epoch key={epoch} row={row} epoch={epoch} values={values} metric={map.metric} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <ul class="heat-legend" aria-label="Model configs">
        {[...groups].map(([name, place]) => (
          <li key={name}>
            <Letter place={place} name="" /> {name}
          </li>
        ))}
      </ul>
      <HeatLegend values={values} metric={map.metric} />
      <p class="faint dash-note">
        Epochs across, counted from 1; the best one of each run is outlined, with a star.
        {map.missing.length > 0 && ` The curves of ${map.missing.length} runs are not known.`}
      </p>
    </>
  );
}

function Letter({ place, name }: { place: number; name: string }) {
  return (
    <span class={`dash-letter dash-letter-${place % 5}`} title={name === "" ? undefined : name}>
      {LETTERS.charAt(place % LETTERS.length)}
    </span>
  );
}

interface EpochProps {
  row: TrainingRow;
  epoch: number;
  values: readonly number[];
  metric: string;
}

function Epoch({ row, epoch, values, metric }: EpochProps) {
  const value = row.values[row.epochs.indexOf(epoch)] ?? null;
  if (value === null) return <td class="heat-cell" />;
  const best = epoch === row.bestEpoch;
  const step = heatStep(value, values, kindOf(metric).lowerIsBetter);
  return (
    <td class={`heat-cell heat-${step} number${best ? " heat-best" : ""}`}>
      {formatOf(metric)(value)}
      {best && (
        <span title="the best epoch">
          {" "}
          <span aria-hidden="true">★</span>
          <span class="visually-hidden">best</span>
        </span>
      )}
    </td>
  );
}
