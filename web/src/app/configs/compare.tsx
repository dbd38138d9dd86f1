import type { Firestore } from "firebase/firestore";
import { latest, together } from "../../model/common/feed";
import { group } from "../../model/common/values";
import type { Config, ConfigReport } from "../../model/configs/configs";
import { diffRows, type Side, sideNames } from "../../model/configs/diff";
import { CompareConfigsView } from "../../views/configs/compare";
import { CompareStatisticsView } from "../../views/configs/dataset/statistics";
import { FeedView, PageFeedView } from "../../views/feed";
import type { PageProps } from "../context";
import { replaceSearch, useTitle } from "../navigation";
import { Missing } from "./missing";
import { useConfigs, useReportPart, useReports } from "./use_config";

/** Two configs of a kind beside each other: the one of the address, and `?with=` of its search. */
export default function ComparePage({ app, route }: PageProps<"configs">) {
  const { kind } = route;
  const [configs, retryConfigs] = useConfigs(app.db, kind);
  const [reports, retryReports] = useReports(app.db, kind);
  const params = new URLSearchParams(route.search);
  const name = latest(configs)?.find(({ id }) => id === route.id)?.name;
  useTitle(`${name ?? route.id} compared · Quicktest`);
  const keep = (fields: Record<string, string>) => replaceSearch({ ...Object.fromEntries(params), ...fields });
  return (
    <PageFeedView
      feed={together(configs, reports)}
      what="the configs"
      title="Compare configs"
      onRetry={() => {
        retryConfigs();
        retryReports();
      }}
    >
      {([found, said]) => {
        const left = found.find(({ id }) => id === route.id);
        if (left === undefined) return <Missing kind={kind} id={route.id ?? ""} />;
        const right = found.find(({ id }) => id === params.get("with"));
        return (
          <Comparison
            left={left}
            right={right}
            others={found.filter(({ id }) => id !== left.id)}
            reports={said}
            db={app.db}
            onlyDifferences={params.get("all") === null}
            onChoose={(id) => keep({ with: id })}
            onOnlyDifferences={(only) => keep({ all: only ? "" : "1" })}
          />
        );
      }}
    </PageFeedView>
  );
}

interface ComparisonProps {
  left: Config;
  right: Config | undefined;
  others: Config[];
  reports: ConfigReport[];
  db: Firestore;
  onlyDifferences: boolean;
  onChoose: (id: string) => void;
  onOnlyDifferences: (only: boolean) => void;
}

function Comparison({ reports, db, ...props }: ComparisonProps) {
  const { left, right } = props;
  const report = (config: Config) => reports.find(({ id }) => id === config.id) ?? null;
  const side = (config: Config): Side => ({
    content: config.content,
    notApplicable: group(report(config)?.fields.not_applicable),
  });
  return (
    <CompareConfigsView
      {...props}
      rows={right === undefined ? [] : diffRows(left.kind, side(left), side(right))}
      reports={right === undefined ? null : [report(left), report(right)]}
    >
      {right !== undefined && left.kind === "datasets" && (
        <Statistics
          db={db}
          sides={[left, right]}
          reports={[report(left), report(right)]}
          onlyDifferences={props.onlyDifferences}
        />
      )}
    </CompareConfigsView>
  );
}

interface StatisticsProps {
  db: Firestore;
  sides: [Config, Config];
  reports: [ConfigReport | null, ConfigReport | null];
  onlyDifferences: boolean;
}

/** Of the columns of two datasets. */
function Statistics({ db, sides: [left, right], reports: [a, b], onlyDifferences }: StatisticsProps) {
  const [one, retryOne] = useReportPart(db, left.kind, left.id, "statistics");
  const [other, retryOther] = useReportPart(db, right.kind, right.id, "statistics");
  const names = sideNames(left, right);
  return (
    <FeedView
      feed={together(one, other)}
      what="the statistics"
      onRetry={() => {
        retryOne();
        retryOther();
      }}
    >
      {([found, others]) => (
        <CompareStatisticsView
          left={{ name: names.left, report: a, statistics: found }}
          right={{ name: names.right, report: b, statistics: others }}
          onlyDifferences={onlyDifferences}
          file={`${left.id}-and-${right.id}`}
        />
      )}
    </FeedView>
  );
}
