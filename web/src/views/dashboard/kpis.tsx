import type { Row } from "../../model/common/export";
import { count, interval, words } from "../../model/common/format";
import { formatOf } from "../../model/common/registry";
import { experimentPath, withSearch } from "../../model/common/routes";
import { sampleWords } from "../../model/dashboard/insights";
import {
  failedWords,
  type Kpi,
  type KpiBest,
  minutesWords,
  modelTypeWords,
  spendWords,
} from "../../model/dashboard/kpis";
import { liftSentence, verdictWords } from "../../model/run/metrics";

interface KpisProps {
  kpis: readonly Kpi[];
  /** `2026-11`. */
  month: string;
  endpoint: string;
}

/** Figures of each type of model (S7.17). */
export function KpisView({ kpis, month, endpoint }: KpisProps) {
  return (
    <div class="dash-kpis">
      {kpis.map((kpi) => (
        <KpiCard key={kpi.modelType} {...{ kpi, month, endpoint }} />
      ))}
    </div>
  );
}

function KpiCard({ kpi, month, endpoint }: { kpi: Kpi; month: string; endpoint: string }) {
  const spend = spendWords(kpi.spend, month);
  const failed = failedWords(kpi);
  return (
    <div class="dash-kpi">
      <h3>{modelTypeWords(kpi.modelType)}</h3>
      <dl class="dash-tiles">
        <Tile name="Runs" value={count(kpi.runs)} note={`${count(kpi.cancelled)} cancelled`} />
        <Tile name="Finished" value={count(kpi.finished)} />
        <Tile name="Failed" value={failed.value} note={failed.note} />
        <Tile name="Took, median" value={minutesWords(kpi.medianMinutes)} />
        <Tile name="Spent this month" value={spend.value} note={spend.note} />
      </dl>
      {kpi.best.length === 0 ? (
        <p class="faint">No figure yet: none of them has finished.</p>
      ) : (
        <ul class="dash-bests">
          {kpi.best.map((best) => (
            <BestLine key={`${best.protocol} ${best.samplePercent}`} {...{ best, endpoint }} type={kpi.modelType} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Tile({ name, value, note }: { name: string; value: string; note?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span class="number dash-value">{value}</span>
        {note !== undefined && <small>{note}</small>}
      </dd>
    </div>
  );
}

function BestLine({ best, type, endpoint }: { best: KpiBest; type: string; endpoint: string }) {
  const { metric, lift } = best;
  const number = formatOf(metric);
  const range = interval(best.low, best.high, number);
  const there = { endpoint, type, protocol: best.protocol, sample: String(best.samplePercent) };
  return (
    <li>
      <span class="number">
        {words(metric)} <strong>{number(best.value)}</strong> {range !== "" && `(${range}) `}
      </span>
      <a href={experimentPath(best.experiment)}>
        #{best.number} {best.name}
      </a>
      <span class="number">
        {lift === null || lift.value === null ? ": no baseline to compare with" : `: ${liftSentence(lift, metric)} `}
      </span>
      {lift !== null && (
        <span class={`verdict verdict-${lift.verdict?.replace(" ", "-")}`}>{verdictWords(lift.verdict)}</span>
      )}
      <small>
        <a href={withSearch("/dashboard", there)}>{best.protocolName || best.protocol}</a>
        {`, ${sampleWords(best.samplePercent)}`}
      </small>
    </li>
  );
}

export function kpisExport(kpis: readonly Kpi[]): Row[] {
  return kpis.map(({ best, spend, ...kpi }) => ({
    ...{ model_type: kpi.modelType, runs: kpi.runs, finished: kpi.finished, failed: kpi.failed },
    ...{ cancelled: kpi.cancelled, failed_share: kpi.failedShare, median_minutes: kpi.medianMinutes },
    ...{ spent_month: spend.month, spent_usd: spend.usd, spent_unpriced_runs: spend.unpriced },
    ...{ best_experiment: best[0]?.experiment ?? null, best_metric: best[0]?.metric ?? null },
    ...{ best_value: best[0]?.value ?? null, best_protocol: best[0]?.protocol ?? null },
  }));
}
