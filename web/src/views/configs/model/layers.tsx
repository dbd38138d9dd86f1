import { useState } from "preact/hooks";
import { capitalised, words } from "../../../model/common/format";
import { limitsOf } from "../../../model/common/schema";
import { findingsAt } from "../../../model/configs/draft";
import {
  addLayer,
  changeLayer,
  LAYER_FIELDS,
  LAYER_PARTS,
  LAYER_TYPES,
  LAYER_WORDS,
  layersOf,
  layerType,
  layerWords,
  mostLayers,
  moveLayer,
  removeLayer,
  STACK_PARTS,
  STACK_WORDS,
  type Stack,
} from "../../../model/configs/layers";
import type { Group, Problem } from "../../../model/run/run";
import { Card, Cards, type Drag, dropZone } from "../cards";
import { changed, DocField } from "../fields";
import { FindingsView } from "../parts";

export interface DraggedLayer {
  stack: Stack;
  index: number;
  name: string;
}

interface StackProps {
  content: Group;
  stack: Stack;
  /** Those that the model has. */
  stacks: readonly Stack[];
  problems: readonly Problem[];
  drag: Drag<DraggedLayer>;
  onChange: (content: Group) => void;
  act: (content: Group, sentence: string) => void;
  focus: (id: string) => void;
  onDrop: (item: DraggedLayer, place: number) => void;
}

/** The layers of one part of the model, in the order in which data passes them. */
export function StackView(props: StackProps) {
  const { content, stack, stacks, problems, drag, onChange, act, focus, onDrop } = props;
  const [open, setOpen] = useState<number | null>(null);
  const layers = layersOf(content, stack);
  const part = STACK_PARTS[stack];
  const full = layers.length >= mostLayers(stack);
  const cardId = (of: Stack, index: number) => `layer-${of}-${index}`;
  const move = (index: number, step: -1 | 1) => {
    const to = index + step;
    const name = layerWords(layers[index] ?? {});
    if (to < 0 || to >= layers.length) {
      act(content, `${name} is the ${step < 0 ? "first" : "last"} already.`);
      return;
    }
    act(moveLayer(content, stack, index, stack, step < 0 ? to : to + 1), `${name} is layer ${to + 1}.`);
    if (open === index) setOpen(to);
    const pressed = document.activeElement?.id.split("-").at(-1);
    focus(cardId(stack, to) + (pressed === "up" || pressed === "down" ? `-${pressed}` : ""));
  };
  const aside = (index: number, step: -1 | 1) => {
    const other = stacks[stacks.indexOf(stack) + step];
    const name = layerWords(layers[index] ?? {});
    if (other === undefined) return;
    const place = layersOf(content, other).length;
    const next = moveLayer(content, stack, index, other, place);
    setOpen(null);
    act(next, next === content ? `The ${STACK_WORDS[other]} is full.` : `${name} is in the ${STACK_WORDS[other]} now.`);
    focus(next === content ? cardId(stack, index) : cardId(other, place));
  };
  const remove = (index: number) => {
    setOpen(null);
    act(removeLayer(content, stack, index), `${layerWords(layers[index] ?? {})} was removed.`);
    focus(layers.length > 1 ? cardId(stack, Math.max(0, index - 1)) : `add-${stack}-dense`);
  };
  return (
    <section
      class="panel"
      aria-labelledby={`stack-${stack}`}
      {...dropZone({ list: stack, drag, length: layers.length, onDrop })}
    >
      <h3 id={`stack-${stack}`}>{capitalised(STACK_WORDS[stack])}</h3>
      <FindingsView problems={problems.filter(({ path }) => path === stack)} />
      <Cards
        list={stack}
        label={`Layers of the ${STACK_WORDS[stack]}`}
        drag={drag}
        length={layers.length}
        empty="No hidden layer: the output layer alone."
      >
        {layers.map((layer, index) => {
          const path = `${stack}.${index}`;
          const found = findingsAt(problems, path);
          const name = `${index + 1}. ${LAYER_WORDS[layerType(layer)]}`;
          return (
            <Card
              key={path}
              id={cardId(stack, index)}
              index={index}
              list={stack}
              item={{ stack, index, name: layerWords(layer) }}
              drag={drag}
              name={name}
              about={
                <span class="faint">
                  <code>{`${part}_${index}_${layerType(layer)}`}</code>
                </span>
              }
              settings={layerWords(layer)}
              open={open === index}
              onToggle={() => setOpen(open === index ? null : index)}
              problem={found.some(({ severity }) => severity === "error")}
              onMove={(step) => move(index, step)}
              onAside={(step) => aside(index, step)}
              onRemove={() => remove(index)}
            >
              <LayerSettings
                layer={layer}
                path={path}
                problems={problems}
                onEdit={(next) => onChange(changeLayer(content, stack, index, next))}
              />
            </Card>
          );
        })}
      </Cards>
      <p class="piece piece-locked">
        Output: dense {stack === "rating_head_layers" ? 1 : outputWidth(content)}, linear{" "}
        <span class="faint">
          <code>{`${part}_output`}</code>, locked
        </span>
      </p>
      <fieldset class="choices">
        <legend class="faint">{full ? `${layers.length} layers are the most` : "Add a layer"}</legend>
        {LAYER_TYPES.map((type) => (
          <button
            key={type}
            id={`add-${stack}-${type}`}
            type="button"
            class="quiet"
            disabled={full}
            aria-label={`Add ${LAYER_WORDS[type].toLowerCase()} to the ${STACK_WORDS[stack]}`}
            onClick={() => {
              act(addLayer(content, stack, type), `${LAYER_WORDS[type]} is layer ${layers.length + 1}.`);
              focus(cardId(stack, layers.length));
            }}
          >
            {LAYER_WORDS[type]}
          </button>
        ))}
      </fieldset>
    </section>
  );
}

function outputWidth(content: Group): string {
  return String(content.output_embedding_dim ?? limitsOf("ModelConfig", "output_embedding_dim").default);
}

interface LayerProps {
  layer: Group;
  path: string;
  problems: readonly Problem[];
  onEdit: (layer: Group) => void;
}

function LayerSettings({ layer, path, problems, onEdit }: LayerProps) {
  const type = layerType(layer);
  return (
    <div class="fields">
      {LAYER_FIELDS[type].map((field) => (
        <DocField
          key={`${type} ${field}`}
          label={capitalised(words(field))}
          {...{ part: LAYER_PARTS[type], field, path: `${path}.${field}`, problems }}
          value={layer[field]}
          onEdit={(value) => onEdit(changed(layer, field, value))}
        />
      ))}
    </div>
  );
}
