import { useCallback } from "preact/hooks";
import { watchEvaluation } from "../../data/feeds";
import { watchTraining, watchWeights } from "../../data/training";
import { latest } from "../../model/common/feed";
import { isLive } from "../../model/run/run";
import { shownSpan } from "../../model/training/curves";
import { optionsOf, searchOf, type TrainingOptions } from "../../model/training/options";
import { bestOf } from "../../model/training/training";
import { FeedView } from "../../views/feed";
import { TrainingView } from "../../views/training/training";
import { WeightsView } from "../../views/training/weights";
import { useDocument } from "../hooks";
import { useKeys } from "../keys";
import { replaceSearch } from "../navigation";
import type { TabProps } from "./tab";

export default function TrainingTab({ app, run, search }: TabProps) {
  const [history, retry] = useDocument(watchTraining, app.db, run.id);
  const [evaluation] = useDocument(watchEvaluation, app.db, run.id);
  const options = optionsOf(search);
  const [weights, retryWeights] = useDocument(watchWeights, app.db, options.groups ? run.id : null);
  const change = useCallback(
    (changed: Partial<TrainingOptions>) => replaceSearch(searchOf({ ...optionsOf(location.search), ...changed })),
    [],
  );
  useKeys([
    { keys: "l", what: "Logarithmic axes, or not", run: () => change({ logarithmic: !options.logarithmic }) },
    { keys: "w", what: "Weights and gradients by group, or not", run: () => change({ groups: !options.groups }) },
  ]);
  const result = latest(evaluation);
  return (
    <FeedView feed={history} what="the training" onRetry={retry}>
      {(found) => {
        const records = found ?? [];
        const groups = (
          <FeedView feed={weights} what="the weights and gradients" onRetry={retryWeights}>
            {(blocks) => (
              <WeightsView
                history={blocks}
                best={bestOf(records, result?.training ?? null)}
                span={shownSpan(records, isLive(run))}
                name={String(run.number ?? run.id)}
                options={options}
                onOptions={change}
              />
            )}
          </FeedView>
        );
        return (
          <TrainingView
            run={run}
            records={records}
            evaluation={result}
            options={options}
            onOptions={change}
            groups={groups}
          />
        );
      }}
    </FeedView>
  );
}
