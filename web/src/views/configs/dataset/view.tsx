import { configPath, newConfigPath } from "../../../model/common/routes";
import { group, groups, textOf, texts } from "../../../model/common/values";
import type { Config, ConfigReport } from "../../../model/configs/configs";
import { funnelOf, outputsOf } from "../../../model/configs/dataset/report";
import { primaryOf } from "../../../model/configs/dataset/tables";
import type { Entry } from "../../../model/list/entry";
import type { Group, Time } from "../../../model/run/run";
import { Prose, Section, When } from "../../parts";
import { ConfigTextView, FindingsView, UsesView } from "../parts";
import { ParetoView } from "./pareto";
import { issuesOf, QualityView } from "./quality";
import { FunnelView, PreviewView, SplitView } from "./rows";
import { JoinChecksView, TablesView } from "./sources";
import { SqlView } from "./sql";
import { ColumnsView } from "./values";

/** The larger pieces of a dataset's report; null while they are not there. */
interface DatasetParts {
  statistics: Group | null;
  preview: Group | null;
  joins: Group | null;
  sql: Group | null;
  products: Group | null;
  customers: Group | null;
}

interface DatasetProps {
  config: Config;
  report: ConfigReport | null;
  parts: DatasetParts;
  entries: readonly Entry[] | null;
  complete: boolean;
  now: Time;
  mayEdit: boolean;
  /** Whether the service looks at the tables now. */
  refreshing: boolean;
  refreshProblem: string | null;
  onRefresh: () => void;
}

/** A dataset as it is: what its tables hold, and what is made of them. */
export function DatasetView(props: DatasetProps) {
  const { config, report, entries, complete, now } = props;
  const { content, id } = config;
  const fields = report?.fields ?? {};
  const seen = Object.keys(group(fields.tables)).length > 0;
  return (
    <div class="dataset">
      <RefreshView {...props} />
      <FindingsView problems={report?.problems ?? []} />
      <UsedByView id={id} configs={texts(fields.used_by)} mayEdit={props.mayEdit} />
      {(report === null || props.refreshing) && !seen ? (
        <p class="faint">The service looks at the tables: quality, rows, columns and SQL follow.</p>
      ) : (
        <FactsView {...props} />
      )}
      <Section id="uses" title="Where it is used">
        <UsesView {...{ entries, complete, now }} kind={config.kind} file={`${id}-experiments`} />
      </Section>
      <Section id="text" title="As a file">
        <ConfigTextView kind={config.kind} id={id} content={content} />
      </Section>
    </div>
  );
}

/** What is known of the tables. */
function FactsView({ config, report, parts, now }: DatasetProps) {
  const { content, id } = config;
  const fields = report?.fields ?? {};
  const history = groups(content.history);
  return (
    <>
      <div class="two">
        <Section id="quality" title="Quality">
          <QualityView quality={group(fields.quality)} issues={issuesOf(fields)} />
        </Section>
        <Section id="split" title="Rows">
          <SplitView fields={fields} file={id} />
        </Section>
      </div>
      <Section id="tables" title="Tables and joins">
        <TablesView tables={group(fields.tables)} now={now} file={id} />
        {groups(content.tables).length > 1 && (
          <p>
            Purchases are in <code>{primaryOf(content)}</code>.
          </p>
        )}
        <JoinChecksView checks={groups(parts.joins?.joins)} file={id} />
      </Section>
      <Section id="filters" title="Filters">
        {texts(fields.filters).length === 0 && <p class="faint">Every row is used.</p>}
        <ul>
          {texts(fields.filters).map((sentence) => (
            <li key={sentence}>
              <Prose text={sentence} />
            </li>
          ))}
        </ul>
        {funnelOf(fields).length > 0 && <FunnelView steps={funnelOf(fields)} file={id} />}
      </Section>
      <Section id="columns" title="Columns">
        {history.map(({ name, item, length }) => (
          <p key={textOf(name)}>
            <code>{textOf(name)}</code> holds the last {String(length ?? 50)} different values of{" "}
            <code>{textOf(item)}</code> that the customer bought before.
          </p>
        ))}
        <ColumnsView
          columns={outputsOf(fields)}
          roles={group(content.roles)}
          statistics={groups(parts.statistics?.columns)}
          file={id}
        />
      </Section>
      {(parts.products !== null || parts.customers !== null) && (
        <Section id="revenue" title="Revenue">
          <div class="two">
            {parts.products !== null && <ParetoView part={parts.products} entity="products" file={id} />}
            {parts.customers !== null && <ParetoView part={parts.customers} entity="customers" file={id} />}
          </div>
        </Section>
      )}
      <Section id="preview" title="Some rows">
        {parts.preview === null ? (
          <p class="faint">There are no rows to show.</p>
        ) : (
          <PreviewView part={parts.preview} file={id} />
        )}
      </Section>
      <Section id="sql" title="SQL">
        <SqlView part={parts.sql ?? {}} id={id} />
      </Section>
    </>
  );
}

function RefreshView({ report, now, mayEdit, refreshing, refreshProblem, onRefresh }: DatasetProps) {
  if (report === null) return null;
  return (
    <div class="actions dataset-refresh">
      <span class="faint">
        {report.computedAt !== null && (
          <>
            The tables were looked at <When time={report.computedAt} now={now} />.
          </>
        )}
      </span>
      {mayEdit && (
        <button type="button" class="quiet" disabled={refreshing} onClick={onRefresh}>
          {refreshing ? "Looking…" : "Look again"}
        </button>
      )}
      {refreshProblem !== null && (
        <span class="error-text" role="alert">
          {refreshProblem}
        </span>
      )}
    </div>
  );
}

function UsedByView({ id, configs, mayEdit }: { id: string; configs: readonly string[]; mayEdit: boolean }) {
  return (
    <p>
      {configs.length === 0 ? (
        "No feature config uses it yet."
      ) : (
        <>
          Used by{" "}
          {configs.map((each, i) => (
            <span key={each}>
              {i > 0 && ", "}
              <a href={configPath("feature_configs", each)}>{each}</a>
            </span>
          ))}
          .
        </>
      )}{" "}
      {mayEdit && <a href={newConfigPath("feature_configs", { dataset: id, start: "smart" })}>New feature config</a>}
    </p>
  );
}
