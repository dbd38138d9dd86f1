/** Pieces that the pages of all configs share. */
import { useState } from "preact/hooks";
import { errorWords, type FeedError } from "../../model/common/feed";
import { type ConfigKind, configPath, experimentPath } from "../../model/common/routes";
import { asYaml } from "../../model/common/yaml";
import { asFile, type Config, type ConfigState, kindTitle } from "../../model/configs/configs";
import type { Entry } from "../../model/list/entry";
import type { Group, Problem, Time } from "../../model/run/run";
import { StateIcon } from "../icons";
import { Crumbs, Prose, When } from "../parts";
import { CopyButton } from "../ui/copy";
import { save } from "../ui/download";
import { Scroll } from "../ui/scroll";
import { type Column, Table } from "../ui/table";
import "../../styles/configs.css";

export function ConfigStateView({ state }: { state: ConfigState }) {
  return (
    <span class={`state config-${state.key}`}>
      <StateIcon icon={state.icon} />
      <span>{state.text}</span>
    </span>
  );
}

/** What the service found, all of it or what no field shows. */
export function FindingsView({ problems }: { problems: readonly Problem[] }) {
  if (problems.length === 0) return null;
  return (
    <ul class="findings">
      {problems.map((problem) => (
        <li key={`${problem.path} ${problem.code}`} class={`finding finding-${problem.severity}`}>
          <StateIcon icon={problem.severity === "error" ? "failed" : "warning"} />
          <span>
            <span class="visually-hidden">{problem.severity}: </span>
            {problem.path !== "" && <code>{problem.path}: </code>}
            <Prose text={problem.problem} />{" "}
            <b>
              <Prose text={problem.remedy} />
            </b>
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Why nothing can be said about a form now. */
export function DraftTroubleView({ problem }: { problem: FeedError | null }) {
  if (problem === null) return null;
  const { problem: what, remedy } = errorWords(problem);
  return (
    <p class="notice warning" role="status">
      What you write cannot be checked now. {what} {remedy} You can go on: this browser keeps it.
    </p>
  );
}

/** Why somebody who looks on cannot change anything. */
export function ReadOnlyView() {
  return (
    <p class="notice">
      You may look at configs, but not change them: that needs the role editor. An administrator of the project gives
      it.
    </p>
  );
}

interface UsesProps {
  /** Newest first; null while they are not known. */
  entries: readonly Entry[] | null;
  complete: boolean;
  now: Time;
  file: string;
  /** The kind of config that it is about: its own column would say the same everywhere. */
  kind?: ConfigKind;
}

/** The experiments that refer to a config. */
export function UsesView({ entries, complete, now, file, kind }: UsesProps) {
  if (entries === null) return <p class="faint">Looking for experiments…</p>;
  const features: Column<Entry> = {
    name: "feature_configs",
    title: "Features",
    value: (entry) => entry.names.feature_config || entry.featureConfig,
  };
  const model: Column<Entry> = {
    name: "model_configs",
    title: "Model",
    value: (entry) => entry.names.model_config || entry.modelConfig,
  };
  const columns: Column<Entry>[] = [
    {
      name: "experiment",
      title: "Experiment",
      value: (entry) => entry.number,
      show: (entry) => (
        <a href={experimentPath(entry.experiment)}>
          {entry.number > 0 ? `#${entry.number}` : "new"} {entry.name}
        </a>
      ),
    },
    { name: "state", title: "State", value: ({ state }) => state },
    ...[features, model].filter((column) => column.name !== kind),
    {
      name: "changed",
      title: "Changed",
      value: ({ endedAt }) => new Date(endedAt).toISOString(),
      show: ({ endedAt }) => <When time={endedAt} now={now} />,
      descending: true,
    },
  ];
  return (
    <>
      {!complete && <p class="faint">Older experiments follow.</p>}
      <div class="config-list">
        <Table
          caption="Experiments that use it"
          columns={columns}
          rows={entries}
          id={({ experiment }) => experiment}
          file={file}
          empty={complete ? "No experiment has used it yet." : ""}
        />
      </div>
    </>
  );
}

interface TextProps {
  kind: ConfigKind;
  id: string;
  content: Group;
}

/** A config as a file that the command line takes. */
export function ConfigTextView({ kind, id, content }: TextProps) {
  const [format, setFormat] = useState<"yaml" | "json">("yaml");
  const file = asFile(kind, id, content);
  const text = format === "yaml" ? asYaml(file) : `${JSON.stringify(file, null, 2)}\n`;
  return (
    <>
      <fieldset class="actions">
        <legend class="visually-hidden">Format</legend>
        {(["yaml", "json"] as const).map((each) => (
          <button key={each} type="button" aria-pressed={each === format} onClick={() => setFormat(each)}>
            {each.toUpperCase()}
          </button>
        ))}
        <CopyButton text={text} />
        <button type="button" onClick={() => save(`${id}.${format}`, text, `application/${format}`)}>
          Download
        </button>
      </fieldset>
      <SourceView text={text} label={`${id} as ${format.toUpperCase()}`} />
      <p class="faint">
        Take it to another project: <code>{`quicktest apply -f ${id}.yaml`}</code>
      </p>
    </>
  );
}

export function SourceView({ text, label }: { text: string; label: string }) {
  return (
    <Scroll label={label} class="source">
      <pre>
        <code>{text}</code>
      </pre>
    </Scroll>
  );
}

interface CodeProps {
  /** Of the file. */
  name: string;
  text: string | null;
  digest: string | null;
  /** Said while there is none. */
  empty: string;
}

/** Generated code to look at, to copy and to keep. */
export function GeneratedCodeView({ name, text, digest, empty }: CodeProps) {
  if (text === null) return <p class="faint">{empty}</p>;
  return (
    <>
      <div class="actions">
        <CopyButton text={text} />
        <button type="button" onClick={() => save(name, text, "text/x-python")}>
          Download
        </button>
        {digest !== null && (
          <span class="faint">
            Digest <code>{digest}</code>
          </span>
        )}
      </div>
      <SourceView text={text} label={name} />
    </>
  );
}

/** Where a config, or a page about it, is; null: a config that is not stored yet. */
export function ConfigCrumbs({ kind, config }: { kind: ConfigKind; config: Pick<Config, "id" | "name"> | null }) {
  const all = { name: kindTitle(kind), path: configPath(kind) };
  return <Crumbs places={config === null ? [all] : [all, { name: config.name, path: configPath(kind, config.id) }]} />;
}
