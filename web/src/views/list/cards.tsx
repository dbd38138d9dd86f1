import { experimentPath } from "../../model/common/routes";
import type { Entry } from "../../model/list/entry";
import { attemptWords } from "../../model/run/attempts";
import { remainingWords } from "../../model/run/estimate";
import { isLive, type Run } from "../../model/run/run";
import { runTitle, stageWords, stateDetail } from "../../model/run/states";
import { Percent, StateBadge } from "../parts";
import {
  Badges,
  Cost,
  DatasetName,
  HeadlineLift,
  HeadlineValue,
  type ItemActions,
  Lasted,
  noResult,
  Origin,
  SelectBox,
  StarButton,
  Started,
  Tags,
} from "./parts";
import { type Active, useReveal, useWindowed } from "./window";

interface CardsProps extends ItemActions {
  entries: readonly Entry[];
  runOf: (entry: Entry) => Run;
  active: Active | null;
}

const CARD = { height: 296, width: 330 }; // before the first card is measured; the least width with its gap

/** Experiments side by side, with more of each; only those near what is seen of the page are in it. */
export function ListCards({ entries, runOf, active, ...item }: CardsProps) {
  const { list, columns, first, end, above, below, reveal } = useWindowed<HTMLUListElement>(
    entries.length,
    CARD.height,
    CARD.width,
  );
  useReveal(active, columns, reveal);
  const shown = entries.slice(first * columns, end * columns);
  return (
    <ul
      class="cards"
      ref={list}
      aria-label="Experiments"
      style={{ paddingTop: `${above}px`, paddingBottom: `${below}px`, "--columns": columns }}
    >
      {shown.map((entry, i) => {
        const index = first * columns + i;
        return (
          <li key={entry.experiment} data-line={index} aria-setsize={entries.length} aria-posinset={index + 1}>
            <Card entry={entry} run={runOf(entry)} active={active?.index === index} {...item} />
          </li>
        );
      })}
    </ul>
  );
}

interface CardProps extends ItemActions {
  entry: Entry;
  run: Run;
  active: boolean;
}

function Card({ entry, run, active, now, selection, onStar, numberOf }: CardProps) {
  const detail = stateDetail(run);
  const attempt = attemptWords(run);
  const configs = [run.names.featureConfig, run.names.modelConfig].filter(Boolean).join(" · ");
  const classes = ["card", selection.ids.has(run.id) && "selected", active && "active"].filter(Boolean).join(" ");
  return (
    <article class={classes} aria-label={runTitle(run)}>
      <header class="card-head">
        <SelectBox run={run} selection={selection} />
        <h2 class="line">
          {run.number !== null && <span class="number faint">#{run.number} </span>}
          <a href={experimentPath(run.id)} title={runTitle(run)}>
            {runTitle(run)}
          </a>
        </h2>
        <StarButton entry={entry} run={run} onStar={onStar} />
      </header>
      <p class="line">
        <StateBadge run={run} detail={false} /> {attempt !== null && <span class="badge number">{attempt}</span>}{" "}
        {detail !== null && (
          <span class="faint" title={detail}>
            {detail}
          </span>
        )}
      </p>
      {isLive(run) ? <LivePart run={run} /> : <ResultPart run={run} />}
      <p class="line">
        <Badges entry={entry} /> <Tags tags={entry.tags} />{" "}
        <small class="card-origin">
          <Origin run={run} numberOf={numberOf} />
        </small>
      </p>
      <p class="line" title={`${run.names.dataset} · ${configs}`}>
        <DatasetName run={run} />
        {entry.modelType !== "" && <span class="faint"> · {entry.modelType}</span>}
      </p>
      <small class="line" title={configs}>
        {configs}
      </small>
      <footer class="card-foot number">
        <span>
          <Started run={run} now={now} />
        </span>
        <span>
          <Lasted run={run} now={now} />
        </span>
        <span>
          <Cost entry={entry} run={run} />
        </span>
      </footer>
    </article>
  );
}

function LivePart({ run }: { run: Run }) {
  return (
    <div class="card-middle">
      {run.stages.length > 0 && (
        <ol class="stage-track" aria-label="Stages">
          {run.stages.map((stage) => (
            <li
              key={stage.name}
              class={`track-${stage.state}`}
              title={`${stage.name}: ${stageWords(stage.state).text}`}
            >
              <span class="visually-hidden">
                {stage.name}: {stageWords(stage.state).text}
              </span>
            </li>
          ))}
        </ol>
      )}
      <p class="line">
        <Percent run={run} /> <span class="faint number">{remainingWords(run)}</span>
      </p>
    </div>
  );
}

function ResultPart({ run }: { run: Run }) {
  if (run.headlines.length === 0) {
    return (
      <div class="card-middle">
        <p class="faint">{noResult(run)}</p>
      </div>
    );
  }
  return (
    <div class="card-middle">
      {run.headlines.map((headline) => (
        <div key={headline.metric}>
          <p class="line card-value">
            <HeadlineValue headline={headline} />
          </p>
          {run.headlines.length === 1 && (
            <small class="lines">
              <HeadlineLift headline={headline} />
            </small>
          )}
        </div>
      ))}
    </div>
  );
}
