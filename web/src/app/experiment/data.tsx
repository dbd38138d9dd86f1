import { watchDrift, watchSchema, watchStatistics, watchVocabularies } from "../../data/examples";
import { chosenOf, type DataChoice } from "../../model/data/choice";
import { insightState } from "../../model/data/insight_state";
import { ExamplesView } from "../../views/data/data";
import { useDocument } from "../hooks";
import { replaceSearch } from "../navigation";
import type { TabProps } from "./tab";

/** What of the data is looked at stands in the address; each part is read once its stage has ended. */
export default function DataTab({ app, run, search }: TabProps) {
  const there = (kind: "statistics" | "schema" | "results") =>
    insightState(run, kind).step === "there" ? run.id : null;
  const [statistics, retryStatistics] = useDocument(watchStatistics, app.db, there("statistics"));
  const [drift, retryDrift] = useDocument(watchDrift, app.db, there("statistics"));
  const [schema, retrySchema] = useDocument(watchSchema, app.db, there("schema"));
  const [vocabularies, retryVocabularies] = useDocument(watchVocabularies, app.db, there("results"));
  const chosen = chosenOf(search);
  const retry = () => {
    retryStatistics();
    retryDrift();
    retrySchema();
    retryVocabularies();
  };
  return (
    <ExamplesView
      {...{ run, statistics, drift, schema, vocabularies, chosen }}
      onChoose={(choice: Partial<DataChoice>) => replaceSearch({ ...chosen, ...choice })}
      onRetry={retry}
    />
  );
}
