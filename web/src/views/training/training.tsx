/** How a run was trained, epoch by epoch: charts that grow while it runs, and the numbers behind them. */
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import "../../styles/training.css";
import { count } from "../../model/common/format";
import { experimentPath } from "../../model/common/routes";
import { type Evaluation, isLive, type Run, type RunState } from "../../model/run/run";
import { stateSentence } from "../../model/run/states";
import { MOST_POINTS, thinned, trainingCharts } from "../../model/training/charts";
import { shownSpan, spanOf } from "../../model/training/curves";
import { exportedEpochs, type Figure, figuresOf, telling } from "../../model/training/figures";
import type { TrainingOptions } from "../../model/training/options";
import { bestOf, type TrainingRecord, trainingFacts } from "../../model/training/training";
import { CurveView } from "../charts/curves";
import { StateIcon } from "../icons";
import { Empty, Section } from "../parts";
import { TableDownload } from "../ui/download";
import { CheckField } from "../ui/fields";
import { type Column, Table } from "../ui/table";

interface TrainingProps {
  run: Run;
  records: TrainingRecord[];
  evaluation: Evaluation | null;
  options: TrainingOptions;
  onOptions: (changed: Partial<TrainingOptions>) => void;
  /** Weights and gradients by group, once they are asked for. */
  groups: ComponentChildren;
}

/** Cursors of all charts of a training move together. */
export const LINKED = "training";
const NORMS = "All weights and gradients";

export function TrainingView({ run, records, evaluation, options, onOptions, groups }: TrainingProps) {
  const training = evaluation?.training ?? null;
  const best = bestOf(records, training);
  const span = shownSpan(records, isLive(run));
  const charts = useMemo(() => trainingCharts(thinned(records, best), span), [records, best, span]);
  if (records.length === 0) return <NoTraining run={run} />;
  return (
    <div class="training">
      <Outcome run={run} records={records} evaluation={evaluation} />
      <div class="training-bar">
        <CheckField
          label="Logarithmic axes"
          hint="of losses, rates and norms"
          checked={options.logarithmic}
          onEdit={(logarithmic) => onOptions({ logarithmic })}
        />
        {records.length > MOST_POINTS && (
          <p class="faint">
            {count(MOST_POINTS)} of {count(records.length)} epochs are drawn, the first, the best and the last among
            them; the table and the files have all.
          </p>
        )}
        <TableDownload name={`training-${nameOf(run)}`} rows={() => exportedEpochs(records)} />
      </div>
      {charts
        .filter(({ title }) => title !== NORMS)
        .map(({ title, curves }) => (
          <Section key={title} id={idOf(title)} title={title}>
            <div class="curves">
              {curves.map((curve) => (
                <CurveView key={curve.title} curve={curve} logarithmic={options.logarithmic} linked={LINKED} />
              ))}
            </div>
          </Section>
        ))}
      <Section id="weights" title="Weights and gradients">
        {!options.groups && (
          <div class="curves">
            {charts
              .find(({ title }) => title === NORMS)
              ?.curves.map((curve) => (
                <CurveView key={curve.title} curve={curve} logarithmic={options.logarithmic} linked={LINKED} />
              ))}
          </div>
        )}
        <button type="button" aria-expanded={options.groups} onClick={() => onOptions({ groups: !options.groups })}>
          {options.groups ? "Show only the norms over all" : "Show by group, with distributions and histograms"}
        </button>
        {options.groups && groups}
      </Section>
      <Epochs run={run} records={records} best={best} />
    </div>
  );
}

/** Before the first epoch, and of a run that never came to it. */
function NoTraining({ run }: { run: Run }) {
  const pipeline = <a href={experimentPath(run.id, "pipeline")}>its pipeline</a>;
  if (isLive(run)) {
    return (
      <Empty title="Training has not begun">
        <p>
          {stateSentence(run)}. Curves begin with the first finished epoch; until then, see {pipeline}.
        </p>
      </Empty>
    );
  }
  if (run.state === "completed") {
    return (
      <Empty title="Nothing is known about its epochs">
        <p>The run completed, but the record of its training is not there (any more).</p>
      </Empty>
    );
  }
  return (
    <Empty title="It ended before training">
      <p>
        {stateSentence(run)}. No epoch was finished; {pipeline} shows how far it came.
      </p>
    </Empty>
  );
}

/** How it ended, or how far it is; what to know about it. */
function Outcome({ run, records, evaluation }: Pick<TrainingProps, "run" | "records" | "evaluation">) {
  const training = evaluation?.training ?? null;
  const problem = records.at(-1)?.problem ?? null;
  return (
    <Section id="outcome" title={isLive(run) ? "So far" : "Outcome"}>
      {problem !== null && (
        <div class="notice notice-failed">
          <p>
            <StateIcon icon="failed" /> Training stopped with epoch {count((records.at(-1)?.epoch ?? 0) + 1)}: {problem}
          </p>
        </div>
      )}
      {!isLive(run) && training === null && run.state !== "completed" && problem === null && (
        <p>
          {ENDED[run.state] ?? "It ended"} after {count(records.length)} of {count(spanOf(records))} epochs. What these
          measured is kept.
        </p>
      )}
      {evaluation?.warnings.map((warning) => (
        <p key={warning.code} class="notice warning">
          <StateIcon icon="warning" /> {warning.message}
        </p>
      ))}
      {run.attempt > 1 && <p class="faint">Of attempt {run.attempt}: each attempt begins anew.</p>}
      <dl class="pairs facts">
        {trainingFacts(records, training, spanOf(records)).map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class="number">{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

const ENDED: Partial<Record<RunState, string>> = { failed: "It failed", cancelled: "It was cancelled" };
/** How fast an epoch was, and parts of the loss that follow from others: in the table of all epochs. */
const DETAIL = /^(examples|step_ms|input_wait|device_memory|epoch_seconds)|_weighted$|regularization|total_loss$/;

function tellingColumns(
  chosen: readonly TrainingRecord[],
  best: number | null,
  records: readonly TrainingRecord[],
): Column<Figure>[] {
  const place = (record: TrainingRecord) =>
    [
      record === records[0] ? "first" : "",
      record.epoch === best ? "best" : "",
      record === records.at(-1) ? "last" : "",
    ].filter((word) => word !== "");
  return [
    { name: "figure", title: "At the end of", value: ({ name }) => name, show: ({ title }) => title },
    ...chosen.map(
      (record): Column<Figure> => ({
        name: `epoch_${record.epoch + 1}`,
        title: `epoch ${record.epoch + 1}, ${place(record).join(" and ")}`,
        number: true,
        value: ({ read }) => read(record),
        show: ({ read, format }) => format(read(record)),
      }),
    ),
  ];
}

/** All numbers of all epochs; made only when they are looked at. */
function Epochs({ run, records, best }: { run: Run; records: TrainingRecord[]; best: number | null }) {
  const [open, setOpen] = useState(false);
  const chosen = telling(records, best);
  return (
    <Section id="epochs" title="Numbers">
      <Table
        caption="The epochs that tell most"
        columns={tellingColumns(chosen, best, records)}
        rows={figuresOf(records).filter(({ name }) => !DETAIL.test(name))}
        id={({ name }) => name}
        file={`training-summary-${nameOf(run)}`}
      />
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Numbers of each epoch</summary>
        {open && (
          <Table
            caption="Numbers of each epoch"
            columns={epochColumns(records, best)}
            rows={records}
            id={({ epoch }) => String(epoch)}
            file={`epochs-${nameOf(run)}`}
            rowClass={({ epoch }) => (epoch === best ? "epoch-best" : undefined)}
          />
        )}
      </details>
    </Section>
  );
}

function epochColumns(records: readonly TrainingRecord[], best: number | null): Column<TrainingRecord>[] {
  return [
    {
      name: "epoch",
      title: "Epoch",
      value: ({ epoch }) => epoch + 1,
      show: ({ epoch }) => (
        <>
          {count(epoch + 1)}
          {epoch === best && <small>best</small>}
        </>
      ),
    },
    ...figuresOf(records).map(
      ({ name, title, read, format }): Column<TrainingRecord> => ({
        name,
        title,
        number: true,
        value: read,
        show: (record) => format(read(record)),
      }),
    ),
  ];
}

function nameOf(run: Run): string {
  return run.number === null ? run.id : String(run.number);
}

function idOf(title: string): string {
  return title.toLowerCase().replaceAll(" ", "-");
}
