/** Small pictures of distributions. The figures beside them say the same, so readers get a short name for each. */
import { type Feature, figure, type Picture, percent, type Texts, type TopValue } from "../../model/data/statistics";

const WIDTH = 220;
const HEIGHT = 56;

interface HistogramProps {
  picture: Picture;
  name: string;
  /** Of what kind its bins are; then it has a heading and an axis of its own. */
  words?: string;
  ends?: { low: number; high: number };
  isTime?: boolean;
}

/** On the axis of all splits, so that shapes compare. */
export function Histogram({ picture, name, words, ends, isTime = false }: HistogramProps) {
  const { split, boxes } = picture;
  return (
    <>
      {words !== undefined && (
        <h4>
          {split}, {words}
        </h4>
      )}
      <svg
        class="histogram"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Histogram of ${name} in ${split}`}
      >
        {boxes.map(({ left, width, height }) => (
          <rect
            key={left}
            x={left * WIDTH}
            y={HEIGHT * (1 - height)}
            width={Math.max(1, width * WIDTH - 0.5)}
            height={HEIGHT * height}
          />
        ))}
      </svg>
      {ends !== undefined && (
        <p class="ends faint number">
          <span>{figure(ends.low, isTime)}</span>
          <span>{figure(ends.high, isTime)}</span>
        </p>
      )}
    </>
  );
}

const FEW = 3;

/** The most frequent values of a split, as small bars; `most` is the end of their scale, the same for all splits. */
export function TopBars({ texts, most }: { texts: Texts; most: number }) {
  return <TopList top={texts.top.slice(0, FEW)} most={most} />;
}

/** All of the most frequent values, splits side by side; the bars of all splits are on one scale. */
export function TopValues({ feature, splits }: { feature: Feature; splits: readonly string[] }) {
  const tops = splits.map((split) => ({ split, top: feature.splits[split]?.texts?.top ?? [] }));
  if (tops.every(({ top }) => top.length === 0)) return null;
  const most = largestShare(feature);
  return (
    <div class="beside">
      {tops.map(({ split, top }) => (
        <div key={split}>
          <h4>{split}, most frequent</h4>
          <TopList top={top} most={most} />
        </div>
      ))}
    </div>
  );
}

function TopList({ top, most }: { top: readonly TopValue[]; most: number }) {
  return (
    <ol class="top-values">
      {top.map(({ value, share }) => (
        <li key={value}>
          <span class="top-value">{value === "" ? <i>empty</i> : value}</span>
          <span class="number">{percent(share)}</span>
          <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
            <rect width={(100 * (share ?? 0)) / most} height={1} />
          </svg>
        </li>
      ))}
    </ol>
  );
}

/** Of a most frequent value in any split. */
export function largestShare(feature: Feature): number {
  const shares = Object.values(feature.splits).flatMap(({ texts }) => texts?.top.map(({ share }) => share ?? 0) ?? []);
  return Math.max(0, ...shares) || 1;
}
