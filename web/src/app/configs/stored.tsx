/** What the pages of all kinds of configs do around a config: find it, begin to edit it, or to make another of it. */
import type { ComponentChildren } from "preact";
import { latest } from "../../model/common/feed";
import { capitalised } from "../../model/common/format";
import type { ConfigKind } from "../../model/common/routes";
import { type Config, copyName, KIND_WORDS } from "../../model/configs/configs";
import type { Group, Time } from "../../model/run/run";
import { ReadOnlyView } from "../../views/configs/parts";
import { PageFeedView } from "../../views/feed";
import type { Context } from "../context";
import { useTitle } from "../navigation";
import { Missing } from "./missing";
import { useConfig, useConfigs } from "./use_config";

/** With what an editor begins. */
export interface Beginning {
  /** null: it is not stored yet. */
  id: string | null;
  /** Of the unsaved changes. */
  place: string;
  start: Group;
  base: Time | null;
  stored: Config | null;
  title: string;
}

interface StoredProps {
  app: Context;
  kind: ConfigKind;
  id: string;
  children: (config: Config) => ComponentChildren;
}

/** A page about a stored config. */
export function Stored({ app, kind, id, titled = (name) => name, children }: StoredProps & { titled?: Titled }) {
  const [config, retry] = useConfig(app.db, kind, id);
  const { one } = KIND_WORDS[kind];
  useTitle(`${titled(latest(config)?.name ?? id)} · Quicktest`);
  return (
    <PageFeedView feed={config} what={`the ${one}`} title={capitalised(one)} onRetry={retry}>
      {(found) => (found === null ? <Missing kind={kind} id={id} /> : children(found))}
    </PageFeedView>
  );
}

type Titled = (name: string) => string;

interface EditorProps extends Omit<StoredProps, "children"> {
  children: (beginning: Beginning) => ComponentChildren;
}

/** The editor of a stored config. */
export function Edited({ children, ...props }: EditorProps) {
  const { kind, id } = props;
  return (
    <Stored {...props} titled={edit}>
      {(found) => {
        const { content: start, updatedAt: base } = found;
        return children({ id, place: `${kind}.${id}`, start, base, stored: found, title: edit(found.name) });
      }}
    </Stored>
  );
}

function edit(name: string): string {
  return `Edit ${name}`;
}

/** The editor of a new config that begins as another is. */
export function Cloned({ app, kind, id, children }: EditorProps) {
  const [configs, retry] = useConfigs(app.db, kind);
  useTitle(`${newTitle(kind)} · Quicktest`);
  const { one } = KIND_WORDS[kind];
  return (
    <PageFeedView feed={configs} what={`the ${one}`} title={newTitle(kind)} onRetry={retry}>
      {(found) => {
        const source = found.find((config) => config.id === id);
        if (source === undefined) return <Missing kind={kind} id={id} />;
        const names = found.map(({ name }) => name);
        const start = { ...source.content, name: copyName(source.name, names) };
        return children({ ...begun(kind, `clone.${id}`, start), title: `Clone of ${source.name}` });
      }}
    </PageFeedView>
  );
}

/** A new config; `place` tells its unsaved changes from those of others that are new. */
export function begun(kind: ConfigKind, place: string, start: Group): Beginning {
  return { id: null, place: `${kind}.${place}`, start, base: null, stored: null, title: newTitle(kind) };
}

function newTitle(kind: ConfigKind): string {
  return `New ${KIND_WORDS[kind].one}`;
}

/** Where a new config would be made, for who may not. */
export function Refused({ kind }: { kind: ConfigKind }) {
  useTitle(`${newTitle(kind)} · Quicktest`);
  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>{newTitle(kind)}</h1>
      </div>
      <ReadOnlyView />
    </>
  );
}
