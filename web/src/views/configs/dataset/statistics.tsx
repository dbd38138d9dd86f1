/** The column statistics of two datasets beside each other (domain S1.36). */
import { count } from "../../../model/common/format";
import { groups } from "../../../model/common/values";
import type { ConfigReport } from "../../../model/configs/configs";
import { onlyInOne, statisticsRows } from "../../../model/configs/dataset/statistics";
import { differs } from "../../../model/configs/diff";
import type { Group } from "../../../model/run/run";
import { Prose, Section } from "../../parts";
import { DiffTable } from "../diff";

/** One of the two. */
export interface Analysed {
  /** What it is called here. */
  name: string;
  report: ConfigReport | null;
  /** The report's part; null while it is not there. */
  statistics: Group | null;
}

interface StatisticsProps {
  left: Analysed;
  right: Analysed;
  onlyDifferences: boolean;
  file: string;
}

export function CompareStatisticsView({ left, right, onlyDifferences, file }: StatisticsProps) {
  const missing = [left, right].filter(({ statistics }) => groups(statistics?.columns).length === 0);
  return (
    <Section id="statistics" title="Statistics of the columns">
      {missing.map((each) => (
        <p key={each.name} class="faint">
          {missingWords(each)}
        </p>
      ))}
      {missing.length === 0 && <Figures {...{ left, right, onlyDifferences, file }} />}
    </Section>
  );
}

function missingWords({ name, report }: Analysed): string {
  return report?.ready === true
    ? `${name} has no statistics, for its rows could not be counted: its page says why.`
    : `${name} is not analysed yet: its statistics follow once the service has looked at its tables.`;
}

function Figures({ left, right, onlyDifferences, file }: StatisticsProps) {
  const [one, other] = [groups(left.statistics?.columns), groups(right.statistics?.columns)];
  const rows = statisticsRows(one, other);
  const different = rows.filter(differs).length;
  const [onlyLeft, onlyRight] = onlyInOne(one, other);
  return (
    <div class="diff">
      <p>
        {different === 0
          ? "All figures are equal."
          : `${count(different)} of ${count(rows.length)} ${different === 1 ? "differs" : "differ"}.`}{" "}
        <Only name={left.name} columns={onlyLeft} />
        <Only name={right.name} columns={onlyRight} />
      </p>
      {(different > 0 || !onlyDifferences) && (
        <DiffTable
          caption="Statistics of the columns of both"
          rows={rows}
          left={left.name}
          right={right.name}
          onlyDifferences={onlyDifferences}
          file={`${file}-statistics`}
          number
        />
      )}
    </div>
  );
}

function Only({ name, columns }: { name: string; columns: readonly string[] }) {
  if (columns.length === 0) return null;
  return (
    <>
      Only {name} has <Prose text={columns.map((column) => `\`${column}\``).join(", ")} />.{" "}
    </>
  );
}
