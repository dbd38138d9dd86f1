import { useState } from "preact/hooks";
import { count } from "../../../model/common/format";
import { group, textOf, withField } from "../../../model/common/values";
import { findingsAt, findingsElsewhere } from "../../../model/configs/draft";
import type { ColumnFacts } from "../../../model/configs/feature/columns";
import { crossesWith } from "../../../model/configs/feature/crosses";
import {
  featureKind,
  featureName,
  featuresOf,
  isPrimary,
  otherTower,
  type Place,
  TOWERS,
  type Tower,
} from "../../../model/configs/feature/document";
import {
  addColumn,
  changeFeature,
  moveFeature,
  removeFeature,
  setQueryId,
} from "../../../model/configs/feature/features";
import { byFeature, type FeatureWidth, type Width } from "../../../model/configs/feature/report";
import { featureWords } from "../../../model/configs/feature/words";
import type { Group, Problem } from "../../../model/run/run";
import { Prose } from "../../parts";
import { CheckField, TextField } from "../../ui/fields";
import { Announced, Card, Cards, type Drag, dropZone, useDrag, useFocusAfter } from "../cards";
import { DocField } from "../fields";
import { FindingsView } from "../parts";
import { CrossesView } from "./crosses";
import { FeatureSettings } from "./settings";
import { TargetView } from "./target";

interface EditorProps {
  content: Group;
  columns: readonly ColumnFacts[];
  problems: readonly Problem[];
  /** By tower, as the service says; empty while it has said nothing. */
  widths: Readonly<Record<Tower, Width[]>>;
  onChange: (content: Group) => void;
}

type Dragged = { column: string } | { place: Place };

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

/** How often the name was there before: two features of one name are an error, and still two cards. */
function repeated(content: Group, tower: Tower, index: number): number {
  const names = featuresOf(content, tower).map(featureName);
  return names.slice(0, index).filter((name) => name === names[index]).length;
}

function cardId(tower: Tower, name: string): string {
  return `feature-${tower}-${name}`;
}

function TotalWidth({ rows }: { rows: readonly Width[] }) {
  if (rows.length === 0) return null;
  return <span class="faint number">{count(rows.reduce((sum, { width }) => sum + width, 0))} wide</span>;
}

interface ColumnsProps {
  content: Group;
  columns: readonly ColumnFacts[];
  drag: Drag<Dragged>;
  onAdd: (column: ColumnFacts, tower: Tower) => void;
}

/** What the dataset offers: each column with its use, what is known of it, and where smart defaults would put it. */
function ColumnsView({ content, columns, drag, onAdd }: ColumnsProps) {
  const [query, setQuery] = useState("");
  const shown = columns.filter(({ name }) => name.toLowerCase().includes(query.trim().toLowerCase()));
  return (
    <section class="panel" aria-labelledby="columns">
      <h2 id="columns">Columns</h2>
      {columns.length > 12 && <TextField label="Find a column" type="search" value={query} onEdit={setQuery} />}
      {columns.length === 0 && <p>The dataset's report offers no columns. Mend the dataset first.</p>}
      <ul class="pieces columns-list">
        {shown.map((column) => (
          <li
            key={column.name}
            class="piece"
            draggable
            onDragStart={(event) => {
              event.dataTransfer?.setData("text/plain", column.name);
              drag.start({ column: column.name });
            }}
            onDragEnd={drag.end}
          >
            <div class="piece-head">
              <b class="piece-name">{column.name}</b>
              <span class="piece-buttons">
                {TOWERS.map((tower) => (
                  <button
                    key={tower}
                    type="button"
                    class="quiet"
                    aria-label={`Add ${column.name} to the ${tower} tower`}
                    onClick={() => onAdd(column, tower)}
                  >
                    {tower === "query" ? "Query" : "Candidate"}
                    {column.suggested?.tower === tower && " ★"}
                  </button>
                ))}
              </span>
            </div>
            <small>{columnWords(column)}</small>
            {column.suggested !== null && (
              <small>
                {column.suggested.tower !== null && "★ "}
                {column.suggested.setting}: <Prose text={column.suggested.reason} />
              </small>
            )}
            <UsedView content={content} column={column.name} />
          </li>
        ))}
      </ul>
      {columns.length > 0 && shown.length === 0 && <p class="faint">No column is called so.</p>}
    </section>
  );
}

function UsedView({ content, column }: { content: Group; column: string }) {
  const towers = TOWERS.filter((tower) => featuresOf(content, tower).some((feature) => feature.column === column));
  const target = group(content.target).column === column;
  const uses = [...towers.map((tower) => `${tower} tower`), ...(target ? ["target"] : [])];
  return uses.length === 0 ? null : <small>In the {uses.join(" and the ")}</small>;
}

function columnWords({ type, kind, role, distinct, nullShare }: ColumnFacts): string {
  const parts = [
    type,
    kind,
    role === null ? "" : (ROLE_WORDS[role] ?? role),
    distinct === null ? "" : `${count(distinct)} values`,
    nullShare === null || nullShare === 0 ? "" : `${(100 * nullShare).toPrecision(2)}% missing`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

const ROLE_WORDS: Record<string, string> = {
  customer_id: "customer's id",
  product_id: "product's id",
  order_id: "order's id",
  event_time: "time of the purchase",
  revenue: "revenue",
  quantity: "quantity",
};

interface FeatureCardProps {
  content: Group;
  columns: readonly ColumnFacts[];
  problems: readonly Problem[];
  feature: Group;
  place: Place;
  widths: readonly FeatureWidth[];
  drag: Drag<Dragged>;
  open: boolean;
  onOpen: (key: string | null) => void;
  onChange: (content: Group) => void;
  act: (content: Group, sentence: string) => void;
  focus: (id: string) => void;
}

function FeatureCard(props: FeatureCardProps) {
  const { content, columns, feature, place, widths, open, onOpen, act, focus } = props;
  const { tower, index } = place;
  const name = featureName(feature);
  const path = `${tower}_features.${index}`;
  const problems = findingsAt(props.problems, path);
  const last = featuresOf(content, tower).length - 1;
  const width = widths.find((row) => row.feature === name)?.width;
  const id = cardId(tower, name);
  const move = (step: -1 | 1) => {
    const to = index + step;
    const edge = to < 0 || to > last;
    const sentence = edge ? `${name} is the ${step < 0 ? "first" : "last"} already.` : `${name} is in place ${to + 1}.`;
    act(edge ? content : moveFeature(content, place, { tower, index: step < 0 ? to : to + 1 }), sentence);
    if (!edge && open) onOpen(`${tower} ${to}`);
    focus(document.activeElement?.id || id);
  };
  const aside = () => {
    const other = otherTower(tower);
    const next = moveFeature(content, place, { tower: other, index: featuresOf(content, other).length });
    onOpen(null);
    act(next, `${name} is in the ${other} tower now.${lost(content, place)}`);
    focus(cardId(other, featureName(featuresOf(next, other).at(-1) ?? {})));
  };
  const remove = () => {
    onOpen(null);
    act(removeFeature(content, place), `${name} was removed from the ${tower} tower.${lost(content, place)}`);
    const neighbour = featuresOf(content, tower)[index === last ? index - 1 : index + 1];
    focus(neighbour === undefined ? "columns" : cardId(tower, featureName(neighbour)));
  };
  const column = columns.find((each) => each.name === feature.column) ?? null;
  return (
    <Card
      id={id}
      index={index}
      list={tower}
      item={{ place }}
      drag={props.drag}
      name={name}
      about={
        <span class="faint number">
          {featureKind(feature)}
          {width !== undefined && `, ${count(width)} wide`}
        </span>
      }
      settings={featureWords(feature)}
      open={open}
      onToggle={() => onOpen(open ? null : `${tower} ${index}`)}
      problem={problems.some(({ severity }) => severity === "error")}
      onMove={move}
      onAside={(step) => (step < 0 === (tower === "candidate") ? aside() : undefined)}
      onRemove={remove}
      buttons={
        !isPrimary(feature) && (
          <button
            type="button"
            class="quiet"
            aria-label={`Move ${name} to the ${otherTower(tower)} tower`}
            onClick={aside}
          >
            {tower === "query" ? "→" : "←"}
          </button>
        )
      }
    >
      <FindingsView problems={problems} />
      <FeatureSettings
        {...{ content, feature, column, path, problems }}
        tower={tower}
        onEdit={(next) => props.onChange(changeFeature(content, place, next))}
      />
    </Card>
  );
}

/** What goes with a feature that leaves its tower. */
function lost(content: Group, place: Place): string {
  const crosses = crossesWith(content, place);
  return crosses.length === 0 ? "" : ` ${crosses.join(" and ")} went with it.`;
}
