import { useState } from "preact/hooks";
import { count } from "../../../model/common/format";
import { textOf, withField } from "../../../model/common/values";
import { findingsElsewhere } from "../../../model/configs/draft";
import type { ColumnFacts } from "../../../model/configs/feature/columns";
import { featureName, featuresOf, TOWERS, type Tower } from "../../../model/configs/feature/document";
import { addColumn, moveFeature, setQueryId } from "../../../model/configs/feature/features";
import { byFeature, type Width } from "../../../model/configs/feature/report";
import type { Group, Problem } from "../../../model/run/run";
import { CheckField, TextField } from "../../ui/fields";
import { Announced, Cards, dropZone, useDrag, useFocusAfter } from "../cards";
import { DocField } from "../fields";
import { FindingsView } from "../parts";
import { cardId, type Dragged, FeatureCard, repeated } from "./card";
import { ColumnsView } from "./columns";
import { CrossesView } from "./crosses";
import { TargetView } from "./target";

interface EditorProps {
  content: Group;
  columns: readonly ColumnFacts[];
  problems: readonly Problem[];
  /** By tower, as the service says; empty while it has said nothing. */
  widths: Readonly<Record<Tower, Width[]>>;
  onChange: (content: Group) => void;
}

/** Columns on one side, the towers that they are moved to on the other. */
export function FeatureEditorView({ content, columns, problems, widths, onChange }: EditorProps) {
  const drag = useDrag<Dragged>();
  const focus = useFocusAfter();
  const [said, say] = useState("");
  const [open, setOpen] = useState<string | null>(null);
  const act = (next: Group, sentence: string) => {
    onChange(next);
    say(sentence);
  };
  const add = (column: ColumnFacts, tower: Tower, at?: number) => {
    const next = addColumn(content, column, tower, at);
    const place = at ?? featuresOf(next, tower).length - 1;
    act(next, `${column.name} is in the ${tower} tower, place ${place + 1}.`);
    focus(cardId(tower, featureName(featuresOf(next, tower)[place] ?? {})));
  };
  const drop = (item: Dragged, tower: Tower, index: number) => {
    if ("place" in item) {
      const moved = featuresOf(content, item.place.tower)[item.place.index] ?? {};
      act(moveFeature(content, item.place, { tower, index }), `${featureName(moved)} is in the ${tower} tower.`);
      return;
    }
    const column = columns.find(({ name }) => name === item.column);
    if (column !== undefined) add(column, tower, index);
  };
  const customer = columns.find(({ role }) => role === "customer_id");
  const shared = { content, columns, problems, onChange, act, focus };
  return (
    <>
      <Announced text={said} />
      <div class="fields">
        <DocField
          label="Name"
          {...{ part: "FeatureConfig", field: "name", path: "name", problems }}
          value={content.name}
          onEdit={(value) => onChange(withField(content, "name", value ?? ""))}
        />
        <TextField
          label="Description"
          value={textOf(content.description)}
          onEdit={(text) => onChange(withField(content, "description", text || undefined))}
        />
      </div>
      <FindingsView problems={findingsElsewhere(problems, SHOWN)} />
      <p class="faint">
        Drag a column into a tower, or press its button. On the name of a feature, Alt with ↑ and ↓ moves it, Alt with ←
        and → takes it to the other tower, and Delete removes it.
      </p>
      <div class="towers">
        <ColumnsView {...{ content, columns, drag }} onAdd={add} />
        {TOWERS.map((tower) => (
          <section
            key={tower}
            class={`panel tower-${tower}`}
            aria-labelledby={`tower-${tower}`}
            {...dropZone({
              ...{ list: tower, drag, length: featuresOf(content, tower).length },
              onDrop: (item, index) => drop(item, tower, index),
            })}
          >
            <h2 id={`tower-${tower}`}>
              {tower === "query" ? "Query tower" : "Candidate tower"} <TotalWidth rows={widths[tower]} />
            </h2>
            <FindingsView problems={problems.filter(({ path }) => path === `${tower}_features`)} />
            {tower === "query" && (
              <CheckField
                label="Knows the customer's id"
                hint="Without it the model serves customers that it has never seen, from the other features."
                checked={content.query_id !== "none"}
                onEdit={(known) =>
                  act(
                    setQueryId(content, known, customer),
                    known ? "The query tower knows the customer's id." : "The query tower knows no id.",
                  )
                }
              />
            )}
            <Cards
              list={tower}
              label={`Features of the ${tower} tower`}
              drag={drag}
              length={featuresOf(content, tower).length}
              empty="No feature yet. Drag a column here, or press its button."
            >
              {featuresOf(content, tower).map((feature, index) => (
                <FeatureCard
                  key={`${featureName(feature)} ${repeated(content, tower, index)}`}
                  {...shared}
                  {...{ feature, drag }}
                  place={{ tower, index }}
                  widths={byFeature(widths[tower])}
                  open={open === `${tower} ${index}`}
                  onOpen={setOpen}
                />
              ))}
            </Cards>
            <CrossesView {...shared} tower={tower} widths={byFeature(widths[tower])} />
          </section>
        ))}
      </div>
      <TargetView {...{ content, columns, problems, onChange }} />
    </>
  );
}

/** Paths that stand beside a field of the editor. */
const SHOWN = [...["name", "target", "query_features", "candidate_features", "query_crosses", "candidate_crosses"]];

function TotalWidth({ rows }: { rows: readonly Width[] }) {
  if (rows.length === 0) return null;
  return <span class="faint number">{count(rows.reduce((sum, { width }) => sum + width, 0))} wide</span>;
}
