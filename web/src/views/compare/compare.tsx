/** Two to five experiments side by side: verdicts first, then what differs. */
import type { ComponentChildren } from "preact";
import "../../styles/compare.css";
import { type Asked, BOUNDS } from "../../model/compare/asked";
import type { Overlays } from "../../model/compare/curves";
import type { Comparison, ComparisonReport, SideRow } from "../../model/compare/report";
import { exportedRows, tellingRows } from "../../model/compare/rows";
import type { Time } from "../../model/run/run";
import { CurveView } from "../charts/curves";
import { StateIcon } from "../icons";
import { Section, When } from "../parts";
import { CopyButton } from "../ui/copy";
import { save, TableDownload } from "../ui/download";
import { Choices } from "./choices";
import { type Member, Members } from "./members";
import { Mixed } from "./mixed";
import { Progress } from "./progress";
import { FeatureChanges, RowsSection } from "./rows";
import { VerdictTable, VerdictView } from "./verdicts";

export interface CompareProps {
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
