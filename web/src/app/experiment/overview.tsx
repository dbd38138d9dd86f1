import { watchEvaluation, watchHistory, watchShape } from "../../data/feeds";
import { latest } from "../../model/feed";
import { Overview } from "../../views/experiment";
import { useDocument } from "../hooks";
import type { TabProps } from "./tab";

const NO_EPOCHS: [] = [];

export default function OverviewTab({ app, run, now }: TabProps) {
  const [history] = useDocument(watchHistory, app.db, run.id);
  const [evaluation] = useDocument(watchEvaluation, app.db, run.id);
  const [shape] = useDocument(watchShape, app.db, run.id);
  return (
    <Overview
      run={run}
      history={latest(history) ?? NO_EPOCHS}
      evaluation={latest(evaluation)}
      shape={latest(shape)}
      now={now}
    />
  );
}
