import { type Config, KIND_WORDS, type Version } from "../../model/configs/configs";
import type { DiffRow } from "../../model/configs/diff";
import type { Time } from "../../model/run/run";
import { Section, When } from "../parts";
import { SelectField } from "../ui/fields";
import { type Column, Table } from "../ui/table";
import { DiffView } from "./diff";
import { ConfigCrumbs } from "./parts";

interface VersionsProps {
  config: Config;
  /** Newest first. */
  versions: readonly Version[];
  left: Version | undefined;
  right: Version | undefined;
  rows: readonly DiffRow[];
  onlyDifferences: boolean;
  onOnlyDifferences: (only: boolean) => void;
  onChoose: (side: "from" | "to", version: number) => void;
  now: Time;
  /** The version that is being restored. */
  restoring: number | null;
  problem: string | null;
  /** null: this person may not. */
  onRestore: ((version: Version) => void) | null;
}

export function VersionsView(props: VersionsProps) {
  const { config, versions, left, right, rows, onChoose, now, restoring, problem, onRestore } = props;
  const { kind, id, name } = config;
  const newest = versions[0]?.version;
  const columns: Column<Version>[] = [
    { name: "version", title: "Version", value: ({ version }) => version, descending: true },
    {
      name: "saved",
      title: "Saved",
      value: ({ savedAt }) => (savedAt === null ? null : new Date(savedAt).toISOString()),
      show: ({ savedAt }) => (savedAt === null ? "–" : <When time={savedAt} now={now} />),
    },
    {
      name: "restore",
      title: <span class="visually-hidden">Restore</span>,
      show: (version) =>
        version.version === newest ? (
          <span class="faint">as it is now</span>
        ) : (
          onRestore !== null && (
            <button type="button" disabled={restoring !== null} onClick={() => onRestore(version)}>
              Restore version {version.version}
            </button>
          )
        ),
    },
  ];
  const options = versions.map(({ version }) => ({ value: String(version), label: `Version ${version}` }));
  return (
    <>
      <ConfigCrumbs kind={kind} config={config} />
      <div class="heading">
        <h1 tabIndex={-1}>Versions of {name}</h1>
      </div>
      <p class="faint">
        Every saved change that can change a result is a version. Restoring one saves it as the newest; runs keep the
        copy that they were started with.
      </p>
      {problem !== null && (
        <p class="error-text" role="alert">
          {problem}
        </p>
      )}
      <Table
        caption={`Versions of ${name}`}
        columns={columns}
        rows={versions}
        id={({ version }) => String(version)}
        empty="No version yet: the service has not looked at it."
      />
      {left !== undefined && right !== undefined && versions.length > 1 && (
        <Section id="differences" title="What changed">
          <div class="fields">
            <SelectField
              label="From"
              value={String(left.version)}
              options={options}
              onEdit={(value) => onChoose("from", Number(value))}
            />
            <SelectField
              label="To"
              value={String(right.version)}
              options={options}
              onEdit={(value) => onChoose("to", Number(value))}
            />
          </div>
          <DiffView
            kind={kind}
            rows={rows}
            left={`Version ${left.version}`}
            right={`Version ${right.version}`}
            onlyDifferences={props.onlyDifferences}
            onOnlyDifferences={props.onOnlyDifferences}
            file={`${id}-versions-${left.version}-${right.version}`}
          />
        </Section>
      )}
      {versions.length === 1 && <p>This {KIND_WORDS[kind].one} has not changed since it was saved first.</p>}
    </>
  );
}
