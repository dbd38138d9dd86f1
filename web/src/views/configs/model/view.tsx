import type { ComponentChildren } from "preact";
import { group } from "../../../model/common/values";
import type { Config, ConfigReport } from "../../../model/configs/configs";
import { diffRows } from "../../../model/configs/diff";
import type { Entry } from "../../../model/list/entry";
import type { Time } from "../../../model/run/run";
import { Section } from "../../parts";
import { type Column, Table } from "../../ui/table";
import { ConfigTextView, FindingsView, UsesView } from "../parts";

interface ModelProps {
  config: Config;
  report: ConfigReport | null;
  entries: readonly Entry[] | null;
  complete: boolean;
  now: Time;
  /** The summary, with parameters. */
  children: ComponentChildren;
}

interface Setting {
  section: string;
  label: string;
  value: string;
}

/** A model config as it is: every setting that does something, defaults too. */
export function ModelView({ config, report, entries, complete, now, children }: ModelProps) {
  const { id, kind, content } = config;
  const side = { content, notApplicable: group(report?.fields.not_applicable) };
  const settings = diffRows(kind, side, side).flatMap(({ section, label, left }): Setting[] =>
    section === "About" && (label === "Name" || label === "Description")
      ? []
      : [{ section, label, value: left ?? "none" }],
  );
  return (
    <>
      <FindingsView problems={report?.problems ?? []} />
      <Section id="summary" title="Summary">
        {children}
      </Section>
      <Section id="settings" title="Settings">
        <Table
          caption="All settings"
          columns={COLUMNS}
          rows={settings}
          id={({ section, label }) => `${section} ${label}`}
          file={`${id}-settings`}
        />
      </Section>
      <Section id="uses" title="Where it is used">
        <UsesView kind={kind} {...{ entries, complete, now }} file={`${id}-experiments`} />
      </Section>
      <Section id="text" title="As a file">
        <ConfigTextView kind={kind} id={id} content={content} />
      </Section>
    </>
  );
}

const COLUMNS: Column<Setting>[] = [
  {
    name: "part",
    title: "Part",
    value: ({ section }) => section,
    show: ({ section }) => <span class="faint">{section}</span>,
  },
  { name: "setting", title: "Setting", value: ({ label }) => label },
  { name: "value", title: "Value", value: ({ value }) => value },
];
