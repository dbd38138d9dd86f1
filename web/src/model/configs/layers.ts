/** Lists of hidden layers, as a model config holds them (domain S4.3), and how a person changes them. */

import { limitsOf } from "../common/schema";
import { groups, numberOf, textOf } from "../common/values";
import choices from "../copies/choices.json";
import type { Group } from "../run/run";

export const LAYER_PARTS = {
  dense: "DenseLayer",
  dropout: "DropoutLayer",
  batch_norm: "BatchNormLayer",
  layer_norm: "LayerNormLayer",
} as const;
type LayerType = keyof typeof LAYER_PARTS;
export const LAYER_TYPES = Object.keys(LAYER_PARTS) as LayerType[];

export const LAYER_WORDS: Record<LayerType, string> = {
  dense: "Dense",
  dropout: "Dropout",
  batch_norm: "Batch normalisation",
  layer_norm: "Layer normalisation",
};

/** Options of a layer, in the order in which they are asked for. */
export const LAYER_FIELDS: Record<LayerType, readonly string[]> = {
  dense: ["units", "activation", "l1", "l2"],
  dropout: ["rate"],
  batch_norm: ["momentum"],
  layer_norm: ["epsilon"],
};

export const STACKS = ["query_layers", "candidate_layers", "rating_head_layers"] as const;
export type Stack = (typeof STACKS)[number];
export const STACK_WORDS: Record<Stack, string> = {
  query_layers: "query tower",
  candidate_layers: "candidate tower",
  rating_head_layers: "rating head",
};

/** How a stack's locked last layer is called in the names of layers: `query_output`. */
export const STACK_PARTS: Record<Stack, string> = {
  query_layers: "query",
  candidate_layers: "candidate",
  rating_head_layers: "head",
};

export function layerType(layer: Group): LayerType {
  return LAYER_TYPES.find((type) => type === layer.type) ?? "dense";
}

/** The layers that a config has: as written, else those that it gets (S4.1). */
export function layersOf(content: Group, stack: Stack): Group[] {
  return groups(content[stack] ?? limitsOf("ModelConfig", stack).default);
}

/** As many as a stack may have. */
export function mostLayers(stack: Stack): number {
  return limitsOf("ModelConfig", stack).high ?? Number.POSITIVE_INFINITY;
}

const FIRST_UNITS = 64; // of preset minimal (S4.5): small first
const FIRST_RATE = 0.2; // of preset regularized

/** A new layer; a dense one is half as wide as the one before it, as towers are. */
function newLayer(type: LayerType, before: readonly Group[]): Group {
  if (type === "dropout") return { type, rate: FIRST_RATE };
  if (type !== "dense") return { type };
  const last = before.findLast((layer) => layer.type === "dense");
  const units = last === undefined ? FIRST_UNITS : Math.max(1, Math.round((numberOf(last.units) ?? FIRST_UNITS) / 2));
  return { type, units };
}

export function addLayer(content: Group, stack: Stack, type: LayerType): Group {
  const layers = layersOf(content, stack);
  return { ...content, [stack]: [...layers, newLayer(type, layers)] };
}

export function changeLayer(content: Group, stack: Stack, index: number, layer: Group): Group {
  return { ...content, [stack]: layersOf(content, stack).map((each, i) => (i === index ? layer : each)) };
}

export function removeLayer(content: Group, stack: Stack, index: number): Group {
  return { ...content, [stack]: layersOf(content, stack).filter((_, i) => i !== index) };
}

/** To another place, of its own stack or of another; `to` counts places before the layer was taken away. */
export function moveLayer(content: Group, from: Stack, index: number, stack: Stack, to: number): Group {
  const layer = layersOf(content, from)[index];
  if (layer === undefined || (from !== stack && layersOf(content, stack).length >= mostLayers(stack))) return content;
  const taken = removeLayer(content, from, index);
  const rest = layersOf(taken, stack);
  const place = Math.max(0, Math.min(rest.length, from === stack && to > index ? to - 1 : to));
  return { ...taken, [stack]: rest.toSpliced(place, 0, layer) };
}

type Preset = keyof typeof choices.presets;
export const PRESETS = Object.keys(choices.presets) as Preset[];

/** The layers of a preset (S4.5); the head only where there is one. */
export function withPreset(content: Group, preset: Preset, head: boolean): Group {
  const { rating_head_layers, ...towers } = choices.presets[preset];
  return { ...content, ...towers, ...(head ? { rating_head_layers } : {}) } as Group;
}

/** `dense 64, relu, l2 0.001`: what differs from its default is told. */
export function layerWords(layer: Group): string {
  const type = layerType(layer);
  const told = LAYER_FIELDS[type].flatMap((field) => {
    const limits = limitsOf(LAYER_PARTS[type], field);
    const value = layer[field] ?? limits.default;
    if (field === "units" || field === "rate") return [String(value ?? "?")];
    if (field === "activation") return [String(value)];
    return value === limits.default ? [] : [`${field} ${value}`];
  });
  const [first, ...rest] = told;
  const named = `${LAYER_WORDS[type].toLowerCase()}${first === undefined ? "" : ` ${first}`}`;
  return [named, ...rest].join(", ");
}

/** Layers of two or more stacks beside each other: equal types stand in one row, whatever else is between them. */
export function aligned(left: readonly Group[], right: readonly Group[]): [Group | null, Group | null][] {
  const lengths = table(left, right);
  const rows: [Group | null, Group | null][] = [];
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const [one, other] = [left[i] ?? null, right[j] ?? null];
    if (one !== null && other !== null && textOf(one.type) === textOf(other.type)) {
      rows.push([one, other]);
      i += 1;
      j += 1;
    } else if (other === null || (one !== null && at(lengths, i + 1, j) >= at(lengths, i, j + 1))) {
      rows.push([one, null]);
      i += 1;
    } else {
      rows.push([null, other]);
      j += 1;
    }
  }
  return rows;
}

/** How many types the rests of both have in common, in order (longest common subsequence). */
function table(left: readonly Group[], right: readonly Group[]): number[][] {
  const lengths = Array.from({ length: left.length + 1 }, () => new Array<number>(right.length + 1).fill(0));
  for (let i = left.length - 1; i >= 0; i -= 1) {
    for (let j = right.length - 1; j >= 0; j -= 1) {
      const same = textOf(left[i]?.type) === textOf(right[j]?.type);
      const row = lengths[i] ?? [];
      row[j] = same ? 1 + at(lengths, i + 1, j + 1) : Math.max(at(lengths, i + 1, j), at(lengths, i, j + 1));
    }
  }
  return lengths;
}

function at(lengths: readonly number[][], i: number, j: number): number {
  return lengths[i]?.[j] ?? 0;
}
