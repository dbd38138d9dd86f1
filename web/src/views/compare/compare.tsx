/** Two to five experiments side by side: verdicts first, then what differs. */
import type { ComponentChildren } from "preact";
import "../../styles/compare.css";
import { capitalised, count, MISSING, quantity, words } from "../../model/common/format";
import { experimentPath } from "../../model/common/routes";
import {
  type Asked,
  BOUNDS,
  type Comparison,
  type ComparisonReport,
  callWords,
  DECISIVE,
  exportedRows,
  exportedVerdicts,
  type Heading,
  isSame,
  type MetricVerdict,
  marginWords,
  POPULATIONS,
  populationsOf,
  protocolGroups,
  type SideRow,
  signedOf,
  tellingRows,
  unknownPlaces,
} from "../../model/compare/compare";
import type { Overlays } from "../../model/compare/curves";
import { isLive, type Run, type Time } from "../../model/run/run";
import { CurveView } from "../charts/curves";
import { StateIcon } from "../icons";
import { Prose, Section, StateBadge, When } from "../parts";
import { CopyButton } from "../ui/copy";
import { save, TableDownload } from "../ui/download";
import { CheckField, SelectField } from "../ui/fields";
import { type Column, Table } from "../ui/table";
import { type Interval, IntervalChart } from "./intervals";
import { FeatureChanges, RowsSection } from "./rows";

/** An experiment as it is now, whatever the report says of it; `run` null: there is none (any more), or not yet known. */
export interface Member {
  experiment: string;
  run: Run | null;
  known: boolean;
}

interface CompareProps {
  comparison: Comparison | null;
  members: readonly Member[];
  report: ComparisonReport | null;
  /** Whether the report is about what is there now. */
  current: boolean;
  /** Runs have ended or gone since it was made. */
  outdated: boolean;
  /** Nobody has answered for a while. */
  slow: boolean;
  /** What people call the protocol of an experiment, as far as it is known. */
  protocolNames: ReadonlyMap<string, string>;
  rows: Readonly<Record<string, readonly SideRow[]>>;
  overlays: Overlays | null;
  asked: Asked;
  /** That leads here. */
  link: string;
  now: Time;
  onAsked: (changed: Partial<Pick<Asked, "metric" | "everything" | "population">>) => void;
  onRemove: (experiment: string) => void;
  /** Opens the search for another experiment. */
  onAdd: () => void;
  /** Its name and its notes. */
  children: ComponentChildren;
}

export function CompareView(props: CompareProps) {
  const { comparison, members, report, current, slow, rows, asked, link, now } = props;
  const file = `compare-${members.map(({ run, experiment }) => run?.number ?? experiment).join("-")}`;
  const shown = (section: string, all: readonly SideRow[]) =>
    tellingRows(section, all, asked, report?.verdicts.map(({ metric }) => metric) ?? [], members.length);
  return (
    <div class="compare">
      <div class="heading">
        <h1 tabIndex={-1}>{titleOf(comparison, members)}</h1>
        <div class="actions">
          <CopyButton text={link} label="Copy link" />
          {report?.valid && (
            <>
              <TableDownload name={file} rows={() => exportedRows(report, rows, (_, all) => all)} />
              <button
                type="button"
                class="quiet"
                onClick={() => save(`${file}-report.json`, whole(comparison, report, rows), "application/json")}
              >
                Whole report
              </button>
            </>
          )}
        </div>
      </div>
      <Members {...props} />
      {asked.dropped.length > 0 && (
        <p class="notice warning">
          <StateIcon icon="warning" /> Left out of the address: {asked.dropped.join(", ")}. A comparison holds{" "}
          {BOUNDS.fewest} to {BOUNDS.most} experiments, by their ids.
        </p>
      )}
      <Progress report={report} current={current} outdated={props.outdated} slow={slow} members={members} />
      {report?.valid && (
        <>
          <Mixed experiments={report.experiments} verdicts={report.verdicts} names={props.protocolNames} />
          <Section id="verdict" title="Verdict">
            {report.verdicts.map((verdict) => (
              <VerdictView key={verdict.metric} verdict={verdict} experiments={report.experiments} />
            ))}
            <details>
              <summary>Numbers of the verdicts</summary>
              <VerdictTable report={report} file={`${file}-verdicts`} />
            </details>
          </Section>
          <Choices {...props} report={report} />
          {report.sections.map(({ name }) => {
            const all = rows[name] ?? [];
            return (
              <RowsSection
                key={name}
                name={name}
                experiments={report.experiments}
                rows={all}
                shown={shown(name, all)}
                file={`${file}-${name}`}
              >
                {name === "features" && <FeatureChanges changes={report.features} experiments={report.experiments} />}
                {name === "training" && <Curves overlays={props.overlays} />}
              </RowsSection>
            );
          })}
          {report.computedAt !== null && (
            <p class="faint">
              Computed <When time={report.computedAt} now={now} />.
            </p>
          )}
        </>
      )}
      {props.children}
    </div>
  );
}

function titleOf(comparison: Comparison | null, members: readonly Member[]): string {
  if (comparison !== null && comparison.name !== "") return comparison.name;
  const labels = members.map(({ run, experiment }) => (run?.number == null ? experiment : `#${run.number}`));
  return `Compare ${labels.slice(0, -1).join(", ")} and ${labels.at(-1)}`;
}

function whole(comparison: Comparison | null, report: ComparisonReport, rows: CompareProps["rows"]): string {
  return `${JSON.stringify({ comparison, report, rows }, null, 1)}\n`;
}

function Members({ members, report, onRemove, onAdd }: CompareProps) {
  return (
    <ul class="members" aria-label="Experiments">
      {members.map((member) => (
        <li key={member.experiment} class="panel">
          <MemberView
            member={member}
            heading={report?.experiments.find(({ experiment }) => experiment === member.experiment) ?? null}
            onRemove={() => onRemove(member.experiment)}
          />
        </li>
      ))}
      {members.length < BOUNDS.most && (
        <li class="member-add">
          <button type="button" onClick={onAdd}>
            Add an experiment
          </button>
        </li>
      )}
    </ul>
  );
}

function MemberView({ member, heading, onRemove }: { member: Member; heading: Heading | null; onRemove: () => void }) {
  const { run, experiment, known } = member;
  const label = run?.number == null ? (heading?.label ?? experiment) : `#${run.number}`;
  return (
    <>
      <div class="member-head">
        <a href={experimentPath(experiment)}>
          <b>{label}</b> {run?.names.experiment ?? heading?.name}
        </a>
        <button type="button" class="quiet" aria-label={`Remove ${label}`} onClick={onRemove}>
          Remove
        </button>
      </div>
      {run !== null && <StateBadge run={run} detail={isLive(run)} />}
      {run === null && known && <span class="faint">Deleted, or never there</span>}
      {heading !== null && (
        <span class="faint">
          {heading.modelType}{" "}
          {heading.badges.map((badge) => (
            <span key={badge} class="badge">
              {badge}
            </span>
          ))}
        </span>
      )}
      {run !== null && <small>{[run.names.featureConfig, run.names.modelConfig].filter(Boolean).join(" · ")}</small>}
    </>
  );
}

/** What is missing of the report, and why. */
type ProgressProps = Pick<CompareProps, "report" | "current" | "outdated" | "slow" | "members">;

function Progress({ report, current, outdated, slow, members }: ProgressProps) {
  const live = members.filter(({ run }) => run !== null && isLive(run)).map(({ run }) => `#${run?.number ?? "?"}`);
  return (
    <>
      {!current && (
        <p class="notice" role="status">
          <StateIcon icon="live" />{" "}
          {report === null || report.computedAt === null ? "Comparing" : "Comparing again, as something has changed"}: a
          few seconds, for each pair is judged on all its customers.
          {slow && (
            <Prose text=" Nobody has answered for a while; it continues by itself, and `quicktest doctor` says what is wrong." />
          )}
        </p>
      )}
      {current && outdated && (
        <p class="notice" role="status">
          <StateIcon icon="waiting" /> A run has ended or gone since this was computed; the service looks again within
          an hour.
        </p>
      )}
      {current && report !== null && !report.valid && (
        <div class="notice notice-failed" role="alert">
          <h2>
            <StateIcon icon="failed" /> These experiments could not be compared
          </h2>
          {report.problems.map(({ code, path, problem, remedy }) => (
            <p key={`${code} ${path}`}>
              <Prose text={`\`${path}\`: ${problem} ${remedy}`} />
            </p>
          ))}
        </div>
      )}
      {live.length > 0 && (
        <p class="notice">
          <StateIcon icon="live" /> {live.join(", ")} {live.length === 1 ? "has" : "have"} no results yet; they are
          compared as soon as there are some.
        </p>
      )}
    </>
  );
}

interface MixedProps {
  experiments: readonly Heading[];
  verdicts: readonly MetricVerdict[];
  /** Of protocols, by experiment. */
  names: ReadonlyMap<string, string>;
}

/** Results of different protocols are never ranked (S2.16); said for as long as they stand beside each other. */
function Mixed({ experiments, verdicts, names }: MixedProps) {
  const mixed = protocolGroups(experiments);
  if (mixed.length === 0) return null;
  const reasons = new Set(
    verdicts.flatMap(({ pairs }) =>
      pairs.flatMap((pair) => (pair.verdict === "not_comparable" ? (pair.reason ?? []) : [])),
    ),
  );
  const groups = mixed.flatMap(({ family, groups }) => groups.map((group) => ({ family, group })));
  return (
    <div class="notice warning">
      <p>
        <StateIcon icon="warning" /> <b>They were not all tested alike.</b> Their numbers may stand side by side, but
        there is no rank and no verdict between:
      </p>
      <ul class="compare-sentences">
        {groups.map(({ family, group }) => (
          <li key={`${family} ${group.join()}`}>
            {group.map((place) => experiments[place]?.label).join(", ")}
            {mixed.length > 1 && ` (${family})`}
            {group
              .flatMap((place) => names.get(experiments[place]?.experiment ?? "") || [])
              .slice(0, 1)
              .map((name) => `: ${name}`)}
          </li>
        ))}
      </ul>
      {[...reasons].map((reason) => (
        <p key={reason}>{reason}</p>
      ))}
    </div>
  );
}

function VerdictView({ verdict, experiments }: { verdict: MetricVerdict; experiments: readonly Heading[] }) {
  const { metric, pairs, baselines, sentence, success } = verdict;
  const label = (place: number) => experiments[place]?.label ?? "?";
  const margin = pairs.find((pair) => pair.margin !== null)?.margin ?? null;
  const between: Interval[] = pairs.map((pair) => ({
    ...pair,
    key: `${pair.one} ${pair.other}`,
    label: `${label(pair.one)} against ${label(pair.other)}`,
    value: pair.difference,
  }));
  const over: Interval[] = baselines.map((each) => ({
    ...each,
    key: `baseline ${each.run}`,
    label: `${label(each.run)} against ${each.baseline === null ? "its best baseline" : words(each.baseline)}`,
  }));
  const format = signedOf(metric);
  const judged = pairs.filter(({ verdict }) => verdict !== "not_comparable");
  const unjudged = [
    ...new Set(pairs.flatMap(({ verdict, reason }) => (verdict === "not_comparable" ? (reason ?? []) : []))),
  ];
  return (
    <div class="verdict-view">
      <h3>By {words(metric)}</h3>
      <p class={success ? "verdict-sentence verdict-success" : "verdict-sentence"}>
        {success && <StateIcon icon="done" />} {sentence}
      </p>
      <div class="compare-intervals">
        <Intervals title="Between the experiments" intervals={between} {...{ metric, margin, format }} />
        <Intervals title="Against the best baseline" intervals={over} margin={null} {...{ metric, format }} />
      </div>
      {pairs.length > 1 && <Sentences all={judged.map((pair) => pair.sentence)} />}
      <Sentences all={baselines.map((each) => each.sentence)} />
      {pairs.length > 1 && unjudged.length > 0 && (
        <p class="faint">
          {judged.length === 0 ? "No pair" : "Not every pair"} can be compared. {unjudged.join(" ")}
        </p>
      )}
    </div>
  );
}

interface IntervalGroup {
  title: string;
  metric: string;
  intervals: readonly Interval[];
  margin: number | null;
  format: (value: number | null) => string;
}

function Intervals({ title, metric, intervals, margin, format }: IntervalGroup) {
  if (!intervals.some(({ value }) => value !== null)) return null;
  const said = intervals.map(
    ({ label, verdict, value, low, high }) =>
      `${label} ${format(value)}${low === null ? "" : ` (${format(low)} to ${format(high)})`}, ${callWords(verdict)}`,
  );
  return (
    <figure class="interval-chart">
      <figcaption>
        <b>{title}</b>{" "}
        <span class="faint">
          difference in {words(metric)} with its 95% interval; right of zero the first is better
          {margin !== null && `; grey: less than ${marginWords(metric, margin)} decides nothing`}
        </span>
      </figcaption>
      <IntervalChart label={`${title}: ${said.join("; ")}`} intervals={intervals} margin={margin} format={format} />
    </figure>
  );
}

function Sentences({ all }: { all: readonly string[] }) {
  if (all.length === 0) return null;
  return (
    <ul class="compare-sentences">
      {all.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}

type VerdictRow = ReturnType<typeof exportedVerdicts>[number];

function VerdictTable({ report, file }: { report: ComparisonReport; file: string }) {
  const rows = exportedVerdicts(report);
  const figure = (name: string, title: string, number: (value: number) => string): Column<VerdictRow> => ({
    name,
    title,
    number: true,
    value: (row) => row[name] ?? null,
    show: (row) => {
      const value = row[name];
      return typeof value === "number" ? number(value) : MISSING;
    },
  });
  const plain = (name: string, title: string, show?: (value: string) => string): Column<VerdictRow> => ({
    name,
    title,
    value: (row) => row[name] ?? null,
    ...(show === undefined ? {} : { show: (row: VerdictRow) => show(String(row[name] ?? MISSING)) }),
  });
  return (
    <Table
      caption="Numbers of the verdicts"
      columns={[
        plain("one", "One"),
        plain("other", "Other", words),
        plain("metric", "Metric", words),
        plain("verdict", "Verdict", words),
        figure("difference", "Difference", quantity),
        figure("low", "from", quantity),
        figure("high", "to", quantity),
        figure("p", "p, after Holm", (p) => p.toFixed(3)),
        figure("customers", "Customers", count),
        figure("customers_needed", "Customers needed", count),
        figure("spread_per_customer", "Spread per customer", quantity),
      ]}
      rows={rows}
      id={(row) => `${row.metric} ${row.one} ${row.other}`}
      file={file}
    />
  );
}

/** What is decided by, and what is shown. */
function Choices({ asked, rows, onAsked, report }: CompareProps & { report: ComparisonReport }) {
  const results = rows.results ?? [];
  const populations = populationsOf(results);
  const sections = report.sections.map(({ name }) => ({ name, all: rows[name] ?? [] }));
  const hidden = sections.reduce(
    (sum, { all }) => sum + all.filter((row) => isSame(row, unknownPlaces(all, report.experiments.length))).length,
    0,
  );
  return (
    <div class="compare-choices">
      <CheckField
        label="Only differences"
        hint={asked.everything ? undefined : `${count(hidden)} rows are equal`}
        checked={!asked.everything}
        onEdit={(only) => onAsked({ everything: !only })}
      />
      <SelectField
        label="Decide by"
        value={asked.metric ?? ""}
        options={[
          { value: "", label: "the headline metric" },
          ...DECISIVE.map((metric) => ({ value: metric, label: words(metric) })),
        ]}
        onEdit={(metric) => onAsked({ metric: metric === "" ? null : metric })}
      />
      {populations.length > 1 && (
        <SelectField
          label="Results of"
          value={asked.population}
          options={populations.map((value) => ({ value, label: capitalised(POPULATIONS[value] ?? value) }))}
          onEdit={(population) => onAsked({ population })}
        />
      )}
    </div>
  );
}

function Curves({ overlays }: { overlays: Overlays | null }) {
  if (overlays === null) return null;
  return (
    <>
      {overlays.curves.length > 0 && (
        <div class="curves">
          {overlays.curves.map((curve) => (
            <CurveView
              key={`${curve.title} ${curve.series.map(({ label }) => label).join()}`}
              curve={curve}
              linked="compare"
            />
          ))}
        </div>
      )}
      {overlays.reasons.map((reason) => (
        <p key={reason} class="faint">
          {reason}
        </p>
      ))}
    </>
  );
}
