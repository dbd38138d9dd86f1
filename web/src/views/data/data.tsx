import { type Feed, latest } from "../../model/common/feed";
import { capitalised, count } from "../../model/common/format";
import { type DataChoice, dataPath, PARTS, type Part } from "../../model/data/choice";
import { alarm, type DriftRow } from "../../model/data/drift";
import { insightState } from "../../model/data/insight_state";
import { type Schema, timesOf } from "../../model/data/schema_table";
import type { Statistics } from "../../model/data/statistics";
import type { Entry } from "../../model/data/vocabulary";
import type { Run } from "../../model/run/run";
import "../../styles/data.css";
import { AnomaliesView } from "./anomalies";
import { DriftView } from "./drift";
import { FeaturesView } from "./features";
import { StagePanel } from "./panel";
import { ReportView } from "./report";
import { SchemaView } from "./schema";
import { VocabulariesView } from "./vocabularies";

interface DataProps {
  run: Run;
  statistics: Feed<Statistics | null>;
  drift: Feed<DriftRow[] | null>;
  schema: Feed<Schema | null>;
  vocabularies: Feed<Entry[] | null>;
  chosen: DataChoice;
  onChoose: (choice: Partial<DataChoice>) => void;
  onRetry: () => void;
}

/** What a run's examples are like: each part is there as soon as its stage has ended. */
export function ExamplesView(props: DataProps) {
  const { run, chosen } = props;
  const part = PARTS.find((each) => each === chosen.part) ?? "features";
  return (
    <div class="data">
      <nav aria-label="Parts of the data">
        <ul class="parts">
          {PARTS.map((each) => (
            <li key={each}>
              <a href={dataPath(run.id, each)} aria-current={each === part ? "page" : undefined}>
                {capitalised(each)} <Count part={each} {...props} />
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <PartView part={part} {...props} />
      <ReportView
        run={run}
        statistics={latest(props.statistics)}
        drift={latest(props.drift)}
        schema={latest(props.schema)}
      />
    </div>
  );
}

/** How much of a part asks to be looked at; nothing while it is not known. */
function Count({ part, statistics, drift, schema, vocabularies }: DataProps & { part: Part }) {
  const entries = latest(vocabularies);
  const found: Record<Part, { number: number; what: string } | null> = {
    features: of(latest(statistics)?.features, "features"),
    drift: of(
      latest(drift)?.filter((row) => alarm(row) !== null),
      "to look at",
    ),
    schema: null,
    anomalies: of(latest(schema)?.anomalies, "found"),
    vocabularies: of(
      entries?.filter((entry) => entry.kind === "vocabulary" && entry.status !== "good"),
      "to look at",
    ),
  };
  const told = found[part];
  if (told === null || (told.number === 0 && part !== "features")) return null;
  return (
    <span class={part === "features" ? "tally" : "tally tally-alarm"}>
      {count(told.number)}
      <span class="visually-hidden"> {told.what}</span>
    </span>
  );
}

function of(items: readonly unknown[] | undefined, what: string): { number: number; what: string } | null {
  return items === undefined ? null : { number: items.length, what };
}

const LOADING = { status: "loading" } as const;

function PartView({ part, ...props }: DataProps & { part: Part }) {
  const { run, statistics, drift, schema, vocabularies, chosen, onChoose, onRetry } = props;
  const known = latest(schema);
  const times = timesOf(known);
  const rows = latest(drift) ?? [];
  // Times are told by the schema: without waiting for it they would be shown as numbers first.
  const waits = [drift, ...(insightState(run, "schema").step === "there" ? [schema] : [])];
  const whole = waits.some(({ status }) => status === "loading") ? LOADING : statistics;
  switch (part) {
    case "features":
      return (
        <StagePanel run={run} kind="statistics" feed={whole} what="the statistics" onRetry={onRetry}>
          {(found) => (
            <FeaturesView
              {...{ run, chosen, onChoose, times }}
              statistics={found}
              drift={rows}
              schema={known}
              entries={latest(vocabularies) ?? []}
            />
          )}
        </StagePanel>
      );
    case "drift":
      return (
        <StagePanel run={run} kind="statistics" feed={drift} what="the drift" onRetry={onRetry}>
          {(found) => <DriftView run={run} rows={found} statistics={latest(statistics)} />}
        </StagePanel>
      );
    case "schema":
      return (
        <StagePanel run={run} kind="schema" feed={schema} what="the schema" onRetry={onRetry}>
          {(found) => <SchemaView run={run} schema={found} />}
        </StagePanel>
      );
    case "anomalies":
      return (
        <StagePanel run={run} kind="schema" feed={schema} what="the anomalies" onRetry={onRetry}>
          {(found) => <AnomaliesView run={run} schema={found} />}
        </StagePanel>
      );
    case "vocabularies":
      return (
        <StagePanel run={run} kind="results" feed={vocabularies} what="the vocabularies" onRetry={onRetry}>
          {(found) => <VocabulariesView run={run} entries={found} open={chosen.open} />}
        </StagePanel>
      );
  }
}
