/**
 * Histograms of one group over epochs, each a ridge. Edges are even on the scale that they were made for (S6.3), so
 * bins are drawn equally wide, and an edge's place is its number.
 */
import type { Kind, WeightEpoch } from "./weights";

export interface Ridge {
  /** 1-based. */
  epoch: number;
  /** Share of all numbers in each bin. */
  shares: number[];
  counts: number[];
  total: number;
  outside: number;
}

export interface Ridgeline {
  ridges: Ridge[];
  edges: number[];
  /** The share that reaches the full height; bins above it are cut off. */
  top: number;
  /** The bin that is cut off in some ridge, null where none is. */
  cut: number | null;
}

const STANDS_OUT = 3; // times the next bin: what is that much higher would flatten all the others

/** The histograms of a group in each epoch that has one. */
export function ridgelineOf(
  epochs: readonly WeightEpoch[],
  edges: readonly number[],
  kind: Kind,
  group: string,
): Ridgeline {
  const ridges = epochs.flatMap((epoch) => {
    const entries = epoch[kind][group];
    const total = entries?.histogram.reduce((sum, count) => sum + count, 0) ?? 0;
    if (entries === undefined || total === 0 || entries.histogram.length !== edges.length - 1) return [];
    const shares = entries.histogram.map((count) => count / total);
    return [{ epoch: epoch.epoch + 1, shares, counts: entries.histogram, total, outside: entries.outside }];
  });
  return { ridges, edges: [...edges], ...heights(ridges, edges) };
}

/** Gradients of rows that no example touched are zero, and would leave no height for the rest. */
function heights(ridges: readonly Ridge[], edges: readonly number[]): Pick<Ridgeline, "top" | "cut"> {
  const zero = edges.indexOf(0);
  const largest = (keep: (bin: number) => boolean) =>
    Math.max(0, ...ridges.flatMap(({ shares }) => shares.filter((_, bin) => keep(bin))));
  const [ofZero, ofRest] = [largest((bin) => bin === zero), largest((bin) => bin !== zero)];
  const cut = zero >= 0 && ofRest > 0 && ofZero > STANDS_OUT * ofRest;
  return { top: cut ? ofRest : Math.max(ofZero, ofRest) || 1, cut: cut ? zero : null };
}

/** `most` ridges, evenly spread, with the first, the last and the chosen one: more would hide each other. */
export function shownRidges(ridges: readonly Ridge[], chosen: number, most: number): Ridge[] {
  if (ridges.length <= most) return [...ridges];
  const step = (ridges.length - 1) / (most - 2);
  const kept = new Set(Array.from({ length: most - 1 }, (_, i) => Math.round(i * step)));
  return ridges.filter((ridge, i) => kept.has(i) || ridge.epoch === chosen);
}

/** Marks along the bottom: edges nearest to powers of ten, and the ends; `at` is the number of an edge. */
export function edgeTicks(edges: readonly number[], most: number): { at: number; text: string }[] {
  const last = edges.length - 1;
  if (last < 1) return [];
  const step = Math.max(1, Math.round(last / Math.max(1, most - 1) / 2) * 2);
  const middle = Math.floor(last / 2);
  const places = Array.from({ length: last + 1 }, (_, i) => i).filter((i) => (i - middle) % step === 0);
  return places.map((at) => ({ at, text: edgeText(edges[at] ?? 0) }));
}

/** Two digits: where a bin begins needs no more. */
export function edgeText(edge: number): string {
  const size = Math.abs(edge);
  const text = size !== 0 && size < 0.001 ? edge.toExponential(0) : String(Number(edge.toPrecision(2)));
  return text.replaceAll("-", "−");
}
