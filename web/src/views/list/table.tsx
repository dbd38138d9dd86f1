import { experimentPath } from "../../model/common/routes";
import type { Entry } from "../../model/list/entry";
import type { Sort } from "../../model/list/listing";
import { attemptWords } from "../../model/run/attempts";
import { remainingWords } from "../../model/run/estimate";
import { isLive, type Run } from "../../model/run/run";
import { runTitle, stateDetail } from "../../model/run/states";
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
  type Selection,
  StarButton,
  Started,
  Tags,
} from "./parts";
import { type Active, useReveal, useWindowed } from "./window";

interface TableProps extends ItemActions {
  entries: readonly Entry[];
  runOf: (entry: Entry) => Run;
  /** Those that can be selected. */
  selectable: () => string[];
  sort: Sort;
  onSort: (sort: Sort) => void;
  active: Active | null;
}

const ROW_HEIGHT = 92; // before the first row is measured

/** Experiments line by line; only those near what is seen of the page are in it. */
export function ListTable({ entries, runOf, selectable, sort, onSort, active, ...item }: TableProps) {
  const { list, first, end, above, below, reveal } = useWindowed<HTMLTableSectionElement>(entries.length, ROW_HEIGHT);
  useReveal(active, 1, reveal);
  return (
    <table class="runs" aria-rowcount={entries.length + 1}>
      <caption class="visually-hidden">Experiments</caption>
      <thead>
        <tr aria-rowindex={1}>
          <SelectAll selectable={selectable} selection={item.selection} />
          <SortHeading name="Experiment" sorts="date" sort={sort} onSort={onSort} />
          <th scope="col">State</th>
          <th scope="col">Data and configs</th>
          <SortHeading name="Result" sorts="headline" sort={sort} onSort={onSort} />
          <SortHeading name="Time" sorts="duration" sort={sort} onSort={onSort} />
          <SortHeading name="Cost" sorts="cost" sort={sort} onSort={onSort} number />
        </tr>
      </thead>
      <tbody ref={list}>
        {above > 0 && <Spacer height={above} />}
        {entries.slice(first, end).map((entry, i) => (
          <RunRow
            key={entry.experiment}
            entry={entry}
            run={runOf(entry)}
            index={first + i}
            active={active?.index === first + i}
            {...item}
          />
        ))}
        {below > 0 && <Spacer height={below} />}
      </tbody>
    </table>
  );
}

function Spacer({ height }: { height: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: it is as high as the rows that are not there, and holds nothing
    <tr class="runs-spacer" aria-hidden="true">
      <td colSpan={7} style={{ height: `${height}px` }} />
    </tr>
  );
}

function SelectAll({ selectable, selection }: { selectable: () => string[]; selection: Selection }) {
  const ids = selection.ids.size === 0 ? [] : selectable();
  const all = ids.length > 0 && ids.every((id) => selection.ids.has(id));
  const some = !all && ids.some((id) => selection.ids.has(id));
  return (
    <td class="run-select">
      <label>
        <input
          type="checkbox"
          checked={all}
          indeterminate={some}
          onChange={(event) => selection.onSelect(selectable(), event.currentTarget.checked)}
        />
        <span class="words">Select all experiments</span>
      </label>
    </td>
  );
}

interface HeadingProps {
  name: string;
  sorts: string;
  sort: Sort;
  onSort: (sort: Sort) => void;
  number?: boolean;
}

/** The newest, best, longest or dearest first; pressed again, the other way round. */
function SortHeading({ name, sorts, sort, onSort, number }: HeadingProps) {
  const is = sort.by === sorts;
  const descending = is && !sort.reversed;
  return (
    <th
      scope="col"
      class={number ? "number" : undefined}
      aria-sort={is ? (descending ? "descending" : "ascending") : undefined}
    >
      <button type="button" class="sort" onClick={() => onSort({ by: sorts, reversed: descending })}>
        {name}
        <span aria-hidden="true">{is ? (descending ? " ↓" : " ↑") : ""}</span>
      </button>
    </th>
  );
}

interface RowProps extends ItemActions {
  entry: Entry;
  run: Run;
  index: number;
  active: boolean;
}

function RunRow({ entry, run, index, active, now, selection, onStar, numberOf }: RowProps) {
  const selected = selection.ids.has(run.id);
  const detail = stateDetail(run);
  const attempt = attemptWords(run);
  const moving = isLive(run) && run.state !== "requested";
  return (
    <tr
      class={[selected && "selected", active && "active"].filter(Boolean).join(" ") || undefined}
      aria-rowindex={index + 2}
      data-line={index}
    >
      <td class="run-select">
        <SelectBox run={run} selection={selection} />
        <StarButton entry={entry} run={run} onStar={onStar} />
      </td>
      <th scope="row" class="run-name">
        <span class="line">
          {run.number !== null && <span class="number faint">#{run.number} </span>}
          <a href={experimentPath(run.id)} title={runTitle(run)}>
            {runTitle(run)}
          </a>
        </span>
        <small class="line">
          <Origin run={run} numberOf={numberOf} /> <Tags tags={entry.tags} />
        </small>
      </th>
      <td class="run-state">
        <span class="line">
          <StateBadge run={run} detail={false} />
          {attempt !== null && <span class="badge number run-attempt">{attempt}</span>}
        </span>
        {detail !== null && (
          <small class={moving ? "line" : "lines"} title={detail}>
            {detail}
          </small>
        )}
        {moving && (
          <span class="line run-percent">
            <Percent run={run} />
            <small class="number">{remainingWords(run)}</small>
          </span>
        )}
      </td>
      <td class="run-configs">
        <span class="line" title={run.names.dataset}>
          <DatasetName run={run} />
        </span>
        <small class="line" title={[run.names.featureConfig, run.names.modelConfig].filter(Boolean).join(" · ")}>
          {[run.names.featureConfig, run.names.modelConfig].filter(Boolean).join(" · ")}
        </small>
        <small class="line">
          {entry.modelType} <Badges entry={entry} />
        </small>
      </td>
      <td class="run-result">
        {run.headline === null ? (
          <span class="faint">{noResult(run)}</span>
        ) : (
          <>
            <span class="line">
              <HeadlineValue headline={run.headline} />
            </span>
            <small class="lines">
              <HeadlineLift headline={run.headline} />
            </small>
          </>
        )}
      </td>
      <td class="run-time">
        <span class="line">
          <Started run={run} now={now} />
        </span>
        <small class="line number">
          <Lasted run={run} now={now} />
        </small>
      </td>
      <td class="run-cost number">
        <Cost entry={entry} run={run} />
      </td>
    </tr>
  );
}
