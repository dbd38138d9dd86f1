/** What every panel of the dashboard stands in: a title, of when it is and of how many runs, and its table to save. */
import type { ComponentChildren, Ref } from "preact";
import type { Row } from "../../model/common/export";
import type { Freshness } from "../../model/dashboard/insights";
import { runsWords } from "../../model/dashboard/kpis";
import type { Time } from "../../model/run/run";
import { When } from "../parts";
import { TableDownload } from "../ui/download";

interface PanelProps {
  id: string;
  title: string;
  freshness: Freshness | null;
  now: Time;
  /** Without its ending. */
  file?: string;
  /** None until there is something to save. */
  rows?: (() => Row[]) | undefined;
  place?: Ref<HTMLElement>;
  children: ComponentChildren;
}

export function Panel({ id, title, freshness, now, file, rows, place, children }: PanelProps) {
  return (
    <section class="panel dash-panel" aria-labelledby={id} {...(place === undefined ? {} : { ref: place })}>
      <div class="dash-head">
        <h2 id={id}>{title}</h2>
        {freshness !== null && <FreshnessLine freshness={freshness} now={now} />}
        {file !== undefined && rows !== undefined && (
          // biome-ignore lint/a11y/useSemanticElements: two buttons of a panel are no form
          <span role="group" aria-label={`Save ${title}`}>
            <TableDownload name={file} rows={rows} />
          </span>
        )}
      </div>
      {children}
    </section>
  );
}

/** `Computed 3 min ago from 24 runs; newer results are on their way`. */
function FreshnessLine({ freshness: { computedAt, runs, stale }, now }: { freshness: Freshness; now: Time }) {
  return (
    <p class="faint dash-freshness">
      {computedAt === null ? (
        "Being computed for the first time"
      ) : (
        <>
          Computed <When time={computedAt} now={now} />
          {runs !== null && ` from ${runsWords(runs)}`}
          {stale && "; newer results are on their way"}
        </>
      )}
    </p>
  );
}

/** What is needed before a panel can say anything. */
export function NothingYet({ children }: { children: ComponentChildren }) {
  return <p class="faint dash-nothing">{children}</p>;
}
