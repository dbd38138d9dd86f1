import type { ComponentChildren } from "preact";
import type { Feed } from "../../model/common/feed";
import { newPath } from "../../model/common/routes";
import "../../styles/list.css";
import { Empty, Failed, Loading, Offline } from "../parts";

interface ListProps {
  /** Of everything that is listed; its value is not looked at here. */
  feed: Feed<unknown>;
  /** How many experiments are known, and how many of them are found. */
  known: number;
  found: number;
  /** Whether all are known. */
  complete: boolean;
  damaged: number;
  summary: string;
  mayEdit: boolean;
  /** What is to be known of the order. */
  note: string | null;
  /** What stands above the list: what was deleted, what may be done with the selection. */
  above: ComponentChildren;
  tools: ComponentChildren;
  children: ComponentChildren;
  onRetry: () => void;
  onClear: () => void;
}

/** Every experiment of a model endpoint, each with its live state. */
export function ListView(props: ListProps) {
  const { feed, summary, above } = props;
  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Experiments</h1>
        <p class="summary" role="status">
          {feed.status === "ready" ? summary : ""}
        </p>
      </div>
      {above}
      <ListBody {...props} />
    </>
  );
}

function ListBody({ feed, known, found, complete, tools, children, onRetry, ...rest }: ListProps) {
  if (feed.status === "loading") return <Loading what="experiments" />;
  if (feed.status === "failed") {
    return <Failed title="The experiments could not be read" error={feed.error} onRetry={onRetry} />;
  }
  if (known === 0 && !feed.fresh) return <Offline />;
  if (known === 0 && complete) return <NoRuns mayEdit={rest.mayEdit} />;
  return (
    <>
      {!feed.fresh && <Offline />}
      {tools}
      <p class="list-note faint number">
        {!complete && `Reading older experiments: ${known.toLocaleString("en")} so far. `}
        {rest.note}
      </p>
      {rest.damaged > 0 && <Damaged number={rest.damaged} />}
      {found === 0 ? <NothingFound complete={complete} onClear={rest.onClear} /> : children}
    </>
  );
}

function NoRuns({ mayEdit }: { mayEdit: boolean }) {
  return (
    <Empty title="No experiments yet">
      {mayEdit ? (
        <p>
          <a href={newPath()}>Start the first one</a>, or write one document to see its result here:{" "}
          <code>quicktest run -f experiment.yaml</code>
        </p>
      ) : (
        <p>They are shown here as soon as an editor starts one.</p>
      )}
    </Empty>
  );
}

function NothingFound({ complete, onClear }: { complete: boolean; onClear: () => void }) {
  return (
    <div class="notice notice-empty">
      <h2>{complete ? "Nothing is found" : "Nothing is found yet"}</h2>
      <p>{complete ? "No experiment is as the search says." : "The older experiments are still being read."}</p>
      <button type="button" onClick={onClear}>
        Show all experiments
      </button>
    </div>
  );
}

function Damaged({ number }: { number: number }) {
  const what = number === 1 ? "1 experiment is" : `${number.toLocaleString("en")} experiments are`;
  return (
    <p class="notice warning">
      {what} not shown: what the list keeps of {number === 1 ? "it" : "them"} cannot be read. An administrator can have
      the index made anew: <code>quicktest insights --rebuild</code>.
    </p>
  );
}
