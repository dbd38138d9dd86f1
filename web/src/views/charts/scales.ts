/** Scales of charts, over d3-scale; and the marks of an axis as texts. */
import { type ScaleLinear, scaleBand, scaleLinear, scaleLog, scalePoint, scaleTime } from "d3-scale";

export { scaleBand, scaleLinear, scaleLog, scalePoint, scaleTime };

/** Margins around what is drawn, in pixels. */
export interface Margin {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

/** A linear scale over values, widened to round numbers; one value alone gets room on both sides. */
export function linearOver(
  values: readonly number[],
  range: [number, number],
  fromZero = false,
): ScaleLinear<number, number> {
  const finite = values.filter(Number.isFinite);
  let [low, high] = finite.length === 0 ? [0, 1] : [Math.min(...finite), Math.max(...finite)];
  if (fromZero) [low, high] = [Math.min(0, low), Math.max(0, high)];
  if (low === high) [low, high] = low === 0 ? [0, 1] : [low - Math.abs(low) * 0.1, high + Math.abs(high) * 0.1];
  return scaleLinear().domain([low, high]).range(range).nice();
}
