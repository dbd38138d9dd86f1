import type { Row } from "../../model/common/export";
import type { Feed } from "../../model/common/feed";
import { count, interval, words } from "../../model/common/format";
import { formatOf, kindOf } from "../../model/common/registry";
import { configPath, experimentPath, newPath } from "../../model/common/routes";
import { type Coverage, type CoverageCell, step } from "../../model/configs/coverage";
import type { GroupHead } from "../../model/dashboard/insights";
import type { Time } from "../../model/run/run";
import { FeedView } from "../feed";
import { Empty, When } from "../parts";
import { TableDownload } from "../ui/download";
import { SelectField } from "../ui/fields";
import { Scroll } from "../ui/scroll";
import { KindTabs } from "./list";

interface CoverageProps {
  /** The groups of results that can be looked at. */
  grids: readonly { key: string; name: string }[];
  chosen: { key: string; head: GroupHead } | null;
  coverage: Feed<Coverage | null>;
  /** Whether newer results are on their way. */
  stale: boolean;
  onChoose: (key: string) => void;
  onRetry: () => void;
  mayEdit: boolean;
  now: Time;
}

export function CoverageView({ grids, chosen, coverage, stale, onChoose, onRetry, mayEdit, now }: CoverageProps) {
  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Coverage</h1>
      </div>
      <KindTabs kind="coverage" />
      {chosen === null ? (
        <Empty title="Nothing was tried yet">
          <p>As soon as an experiment has finished, this grid shows which features were tried with which models.</p>
          {mayEdit && (
            <a class="button primary" href={newPath()}>
              New experiment
            </a>
          )}
        </Empty>
      ) : (
        <>
          <SelectField
            label="Results of"
            hint="Only runs that were measured in the same way can be compared."
            value={chosen.key}
            options={grids.map(({ key, name }) => ({ value: key, label: name }))}
            onEdit={onChoose}
          />
          <FeedView feed={coverage} what="the grid" onRetry={onRetry}>
            {(found) =>
              found === null ? (
                <p class="faint">The grid is being made.</p>
              ) : (
                <GridView coverage={found} head={chosen.head} mayEdit={mayEdit} />
              )
            }
          </FeedView>
          {chosen.head.computedAt !== null && (
            <p class="faint">
              As of <When time={chosen.head.computedAt} now={now} />
              {stale && "; newer results are on their way"}.
            </p>
          )}
        </>
      )}
    </>
  );
}

interface GridProps {
  coverage: Coverage;
  head: GroupHead;
  mayEdit: boolean;
}

function GridView({ coverage, head, mayEdit }: GridProps) {
  const { features, models, rows, untested, known, leftOut } = coverage;
  const cells = rows.flat();
  const direction = kindOf(head.metric).lowerIsBetter ? "min" : "max";
  const said = formatOf(head.metric);
  return (
    <>
      <p>
        {count(untested)} {untested === 1 ? "pair was" : "pairs were"} not tried. A cell shows the best{" "}
        {words(head.metric)} of its runs with its 95% interval; the stronger its colour, the better.
        {!known && " Which configs fit each other is not known yet."}
        {leftOut > 0 && ` ${count(leftOut)} more cells do not fit here.`}
      </p>
      <TableDownload name="coverage" rows={() => cells.map(exported)} />
      <Scroll label="Coverage grid">
        <table class="plain coverage">
          <caption class="visually-hidden">Feature configs by model configs</caption>
          <thead>
            <tr>
              <th scope="col">Features</th>
              {models.map(({ id, name }) => (
                <th key={id} scope="col">
                  <a href={configPath("model_configs", id)}>{name}</a>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {features.map(({ id, name }, i) => (
              <tr key={id}>
                <th scope="row">
                  <a href={configPath("feature_configs", id)}>{name}</a>
                </th>
                {rows[i]?.map((cell) => (
                  <Cell key={cell.model.id} {...{ cell, mayEdit, said }} heat={step(cell, cells, direction)} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

interface CellProps {
  cell: CoverageCell;
  /** Of its colour, 0 to 4; null: there is no result. */
  heat: number | null;
  said: (value: number | null) => string;
  mayEdit: boolean;
}

function Cell({ cell, heat, said, mayEdit }: CellProps) {
  const { state, best, runs, finished, feature, model, reason } = cell;
  const both = { feature_config: feature.id, model_config: model.id };
  if (state === "incompatible") {
    return (
      <td class="cell-incompatible">
        <details class="config-details">
          <summary>not together</summary>
          <p>{reason ?? "They do not fit each other."}</p>
        </details>
      </td>
    );
  }
  if (state === "untested" || state === "failed") {
    const [tried, link] = state === "untested" ? ["not tried", "Try it"] : [failedWords(runs), "Try it again"];
    return (
      <td>
        {tried}{" "}
        {mayEdit && (
          <a href={newPath(both)} aria-label={`${link}: ${feature.name} with ${model.name}`}>
            {link}
          </a>
        )}
      </td>
    );
  }
  return (
    <td class={heat === null ? undefined : `cell-heat-${heat}`}>
      {best === null ? (
        "no result"
      ) : (
        <a href={experimentPath(best.experiment)} class="number">
          {said(best.value)}
        </a>
      )}
      {best !== null && <div class="number interval">{interval(best.low, best.high, said)}</div>}
      <div>
        {count(runs)} {runs === 1 ? "run" : "runs"}
        {finished < runs && `, ${count(finished)} finished`}
      </div>
    </td>
  );
}

function failedWords(runs: number): string {
  return runs === 1 ? "1 run, without a result" : `${count(runs)} runs, none with a result`;
}

function exported({ feature, model, state, runs, finished, best, reason }: CoverageCell): Row {
  return {
    ...{ feature_config: feature.id, model_config: model.id, state, runs, finished },
    ...{ best: best?.value ?? null, low: best?.low ?? null, high: best?.high ?? null },
    ...{ experiment: best?.experiment ?? null, reason },
  };
}
