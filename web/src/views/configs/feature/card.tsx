/** A feature of a tower, as it is moved, changed and taken away. */
import { count } from "../../../model/common/format";
import { findingsAt } from "../../../model/configs/draft";
import type { ColumnFacts } from "../../../model/configs/feature/columns";
import { crossesWith } from "../../../model/configs/feature/crosses";
import {
  featureKind,
  featureName,
  featuresOf,
  isPrimary,
  otherTower,
  type Place,
  type Tower,
} from "../../../model/configs/feature/document";
import { changeFeature, moveFeature, removeFeature } from "../../../model/configs/feature/features";
import type { FeatureWidth } from "../../../model/configs/feature/report";
import { featureWords } from "../../../model/configs/feature/words";
import type { Group, Problem } from "../../../model/run/run";
import { Card, type Drag } from "../cards";
import { FindingsView } from "../parts";
import { FeatureSettings } from "./settings";

/** How often the name was there before: two features of one name are an error, and still two cards. */
export function repeated(content: Group, tower: Tower, index: number): number {
  const names = featuresOf(content, tower).map(featureName);
  return names.slice(0, index).filter((name) => name === names[index]).length;
}

export function cardId(tower: Tower, name: string): string {
  return `feature-${tower}-${name}`;
}

/** A column that becomes a feature, or a feature that moves. */
export type Dragged = { column: string } | { place: Place };

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

export function FeatureCard(props: FeatureCardProps) {
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
