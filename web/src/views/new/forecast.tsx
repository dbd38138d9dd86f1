/** What an experiment is expected to take and to cost, beside the form that asks for it (S5.8, S5.9). */

import { capitalised, count } from "../../model/common/format";
import { duration } from "../../model/common/time";
import { type GroupHead, protocolName } from "../../model/dashboard/insights";
import { aboutRange, aboutTime, type CostForecast, dayWords, type Forecast, type Part } from "../../model/new/forecast";
import { usd } from "../../model/run/estimate";
import { Prose } from "../parts";
import { Table } from "../ui/table";

/** Where the check of the form stands. */
export type CheckState =
  | "nothing" // no configs are chosen, so there is nothing to check
  | "held" // a field is wrong by itself: the service is not asked
  | "checking"
  | "unreachable"
  | "done";

interface ForecastProps {
  /** The last that was known. */
  forecast: Forecast | null;
  check: CheckState;
  /** Whether the forecast is about what stands in the form. */
  current: boolean;
  endpoint: string;
  /** What the experiment may cost at most, as it is written. */
  limit: string;
  /** Boards of the endpoint; null while they are not known. */
  boards: readonly GroupHead[] | null;
}

export function ForecastView({ forecast, check, current, endpoint, limit, boards }: ForecastProps) {
  return (
    <>
      <p class="new-check" role="status">
        {checkWords(check, forecast !== null, current)}
      </p>
      {forecast !== null && (
        <div class={current ? "new-forecast" : "new-forecast new-stale"}>
          {forecast.cost !== null && <Cost cost={forecast.cost} />}
          <Budgets forecast={forecast} endpoint={endpoint} limit={limit} />
          <Waits waits={forecast.waits} />
          <Boards forecast={forecast} boards={boards} />
        </div>
      )}
    </>
  );
}

function checkWords(check: CheckState, known: boolean, current: boolean): string {
  switch (check) {
    case "nothing":
      return "Choose a feature config and a model config to see what it takes and costs.";
    case "held":
      return known ? "Of the settings before: mend the field that is wrong." : "Mend the field that is wrong first.";
    case "checking":
      return known ? "Checking what you changed…" : "Counting rows and estimating…";
    case "unreachable":
      return "The check cannot be reached. You may start all the same: the service checks again.";
    case "done":
      if (current) return "Checked against the data as they are now.";
      return known ? "Of the last settings that could be run." : "These settings cannot be run.";
  }
}

function Cost({ cost }: { cost: CostForecast }) {
  const { seconds, secondsRange, usd: total, usdRange, stages, parts, asOf, region } = cost;
  return (
    <>
      <dl class="new-expected">
        <div>
          <dt>Time</dt>
          <dd>
            <b class="number">{seconds === null ? "not known" : `about ${aboutTime(seconds)}`}</b>
            {secondsRange !== null && <small class="number">{aboutRange(secondsRange)}</small>}
          </dd>
        </div>
        <div>
          <dt>Cost</dt>
          <dd>
            <b class="number">{total === null ? "not known" : `about ${usd(total)}`}</b>
            {usdRange !== null && <small class="number">{usdRange.map(usd).join(" to ").replace(" USD", "")}</small>}
          </dd>
        </div>
      </dl>
      <details>
        <summary>Parts of it</summary>
        <PartTable caption="Time by stage" unit="Time" parts={stages} show={(each) => duration(each)} />
        <PartTable caption="Cost by kind" unit="USD" parts={parts} show={usd} />
        {asOf !== null && (
          <p class="faint">
            Prices of {dayWords(asOf)}
            {region !== null && `, ${region}`}.
          </p>
        )}
      </details>
    </>
  );
}

interface PartsProps {
  caption: string;
  unit: string;
  parts: readonly Part[];
  show: (value: number) => string;
}

function PartTable({ caption, unit, parts, show }: PartsProps) {
  return (
    <Table
      caption={caption}
      file={caption.toLowerCase().replaceAll(" ", "-")}
      rows={parts}
      id={({ name }) => name}
      columns={[
        { name: "part", title: caption, value: ({ name }) => capitalised(name) },
        {
          name: unit.toLowerCase(),
          title: unit,
          number: true,
          value: ({ value }) => value,
          show: (each) => show(each.value),
        },
      ]}
    />
  );
}

function Budgets({ forecast, endpoint, limit }: { forecast: Forecast; endpoint: string; limit: string }) {
  const { budget, cost } = forecast;
  return (
    <ul class="new-budgets">
      <li>
        It stops itself at <span class="number">{limit.trim()} USD</span>
        {budget?.capUsd != null && `; ${endpoint} allows ${usd(budget.capUsd)} for one experiment`}.
      </li>
      {budget?.monthlyUsd != null && (
        <li>
          <Month spent={budget.spentUsd ?? 0} budget={budget.monthlyUsd} expected={cost?.usd ?? 0} />
          <span class="number">
            {usd(budget.spentUsd ?? 0)} of {usd(budget.monthlyUsd)}
          </span>{" "}
          spent this month{budget.remainingUsd !== null && `, ${usd(Math.max(0, budget.remainingUsd))} left`}.
        </li>
      )}
      {budget !== null && budget.monthlyUsd === null && <li>{endpoint} has no monthly budget.</li>}
    </ul>
  );
}

/** The share of the month's budget that is spent, and what this experiment adds. */
function Month({ spent, budget, expected }: { spent: number; budget: number; expected: number }) {
  const share = (value: number) => `${Math.min(100, (100 * value) / Math.max(budget, Number.EPSILON))}%`;
  return (
    <span class="new-month" aria-hidden="true">
      <span style={{ width: share(spent) }} />
      <span class="new-month-expected" style={{ width: share(Math.min(expected, Math.max(0, budget - spent))) }} />
    </span>
  );
}

function Waits({ waits }: Pick<Forecast, "waits">) {
  return waits === null ? null : (
    <p class="notice new-waits">
      <Prose text={`It will wait for a place: ${waits}.`} />
    </p>
  );
}

/** Which results it can be compared with (S2.15, S2.16). */
function Boards({ forecast, boards }: { forecast: Forecast; boards: ForecastProps["boards"] }) {
  if (forecast.protocol === null || boards === null) return null;
  const keys = Object.values(forecast.protocol.keys);
  const found = boards.filter(({ protocol }) => keys.includes(protocol));
  const finished = (head: GroupHead) => head.samples.reduce((sum, sample) => sum + sample.finished, 0);
  return (
    <>
      <h3>Comparable with</h3>
      {found.map((head) => (
        <p key={head.id}>
          {protocolName(head)}: {finished(head) === 1 ? "1 experiment" : `${count(finished(head))} experiments`}.
        </p>
      ))}
      {found.length === 0 && (
        <p>
          Nothing yet: it is the first on {forecast.protocol.name || "its rows"}.{boards.length > 0 && <NewBoard />}
        </p>
      )}
    </>
  );
}

function NewBoard() {
  return (
    <>
      {" "}
      Other split settings, or a table that has grown, measure other rows. To stay with earlier results, pin{" "}
      <code>filters.window.to</code> in the dataset, or run the leaders again on the new days.
    </>
  );
}
