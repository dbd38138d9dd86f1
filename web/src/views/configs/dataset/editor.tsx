import type { ComponentChildren } from "preact";
import { bytesWords } from "../../../model/common/format";
import { limitsOf, mistakeOf, rangeWords } from "../../../model/common/schema";
import { groups, numberOf, textOf, withField } from "../../../model/common/values";
import { counted, problemsElsewhere } from "../../../model/configs/dataset/problems";
import { funnelOf } from "../../../model/configs/dataset/report";
import { joinsOf, tablesOf } from "../../../model/configs/dataset/tables";
import { sentenceAt } from "../../../model/configs/draft";
import type { Group, Problem, Value } from "../../../model/run/run";
import { Section } from "../../parts";
import { TextField } from "../../ui/fields";
import { FindingsView } from "../parts";
import { CatalogueForm } from "./catalogue";
import { ColumnsForm, RolesForm } from "./columns";
import { Field } from "./fields";
import { FiltersForm } from "./filters";
import { HistoryForm } from "./history";
import { FunnelView, LookView, PreviewView, SplitView } from "./rows";
import { JoinChecksView } from "./sources";
import { type FormProps, TablesForm } from "./tables";

/** What a look at the rows showed. */
export interface Look {
  fields: Group;
  preview: Group | null;
  joins: Group | null;
}

interface EditorProps extends FormProps {
  frequent: ReadonlyMap<string, readonly Value[]>;
  look: Look | null;
  /** Whether the look is of before the last change. */
  old: boolean;
  looking: boolean;
  bytes: number | null;
  onLook: () => void;
  file: string;
}

/** A dataset's form, from its tables to its rows. */
export function DatasetEditorView(props: EditorProps) {
  const { content, problems, onChange } = props;
  const started = tablesOf(content).length > 0;
  return (
    <div class="dataset">
      <div class="fields">
        <TextField
          label="Name"
          value={textOf(content.name)}
          hint={rangeWords(limitsOf("Dataset", "name"))}
          onEdit={(name) => onChange({ ...content, name })}
          problem={started ? nameProblem(textOf(content.name), problems) : null}
        />
        <TextField
          label="Description"
          value={textOf(content.description)}
          onEdit={(text) => onChange(withField(content, "description", text || undefined))}
        />
      </div>
      {started && <FindingsView problems={problemsElsewhere(problems)} />}
      <Part id="tables" title="Tables" problems={started ? problems : []} paths={["tables", "primary", "joins"]}>
        <TablesForm {...props} />
      </Part>
      {started && (
        <>
          <Part id="roles" title="Who bought what, and when" problems={problems} paths={["roles"]}>
            <RolesForm {...props} />
          </Part>
          <Part id="columns" title="Columns" problems={problems} paths={[]}>
            <ColumnsForm {...props} />
          </Part>
          <Part id="filters" title="Filters" problems={problems} paths={["filters"]}>
            <FiltersForm {...props} />
          </Part>
          <Part id="history" title="What was bought before" problems={problems} paths={["history"]}>
            <HistoryForm {...props} />
          </Part>
          <Part id="more" title="Time zone, catalogue, limits" problems={problems} paths={["timezone", "catalogue"]}>
            <div class="fields">
              <Field
                label="Time zone"
                part="Dataset"
                field="timezone"
                path="timezone"
                problems={problems}
                value={content.timezone}
                hint="Days begin and end by its clock, e.g. Europe/Berlin."
                onEdit={(value) => onChange(withField(content, "timezone", value))}
              />
              <Field
                label="Bytes that a query may read"
                part="Dataset"
                field="max_bytes_billed"
                path="max_bytes_billed"
                problems={problems}
                value={content.max_bytes_billed}
                hint={`${bytesWords(numberOf(content.max_bytes_billed ?? limitsOf("Dataset", "max_bytes_billed").default ?? null))}; a query that would read more is refused.`}
                onEdit={(value) => onChange(withField(content, "max_bytes_billed", value))}
              />
            </div>
            <CatalogueForm {...props} />
          </Part>
          <RowsView {...props} />
        </>
      )}
    </div>
  );
}

/** Of a form that has been begun: an empty one is no mistake yet. */
function nameProblem(name: string, problems: readonly Problem[]): string | null {
  return mistakeOf(limitsOf("Dataset", "name"), name) ?? sentenceAt(problems, "name", "error");
}

interface PartProps {
  id: string;
  title: string;
  problems: readonly Problem[];
  paths: readonly string[];
  children: ComponentChildren;
}

/** A section of the form, with the number of its problems beside its title. */
function Part({ id, title, problems, paths, children }: PartProps) {
  const errors = counted(problems, ...paths);
  return (
    <section class="panel dataset-form" aria-labelledby={id}>
      <h2 id={id}>
        {title} {errors > 0 && <small class="error-text">{errors === 1 ? "1 problem" : `${errors} problems`}</small>}
      </h2>
      {children}
    </section>
  );
}

function RowsView({ content, problems, look, old, looking, bytes, onLook, file }: EditorProps) {
  const blocked = look === null && problems.some(({ severity }) => severity === "error");
  return (
    <Section id="rows" title="Rows">
      <LookView {...{ bytes, looking, old, onLook }} seen={look !== null} disabled={blocked} />
      {look !== null && (
        <div class={old ? "look old" : "look"}>
          <FunnelView steps={funnelOf(look.fields)} file={file} />
          {joinsOf(content).length > 0 && <JoinChecksView checks={groups(look.joins?.joins)} file={file} />}
          <SplitView fields={look.fields} file={file} />
          {look.preview !== null && <PreviewView part={look.preview} file={file} />}
        </div>
      )}
    </Section>
  );
}
