/** Experiments that were not all tested alike, beside each other. */
import { type Heading, type MetricVerdict, protocolGroups } from "../../model/compare/report";
import { StateIcon } from "../icons";

interface MixedProps {
  experiments: readonly Heading[];
  verdicts: readonly MetricVerdict[];
  /** Of protocols, by experiment. */
  names: ReadonlyMap<string, string>;
}

/** Results of different protocols are never ranked (S2.16); said for as long as they stand beside each other. */
export function Mixed({ experiments, verdicts, names }: MixedProps) {
  const mixed = protocolGroups(experiments);
  if (mixed.length === 0) return null;
  const reasons = new Set(
    verdicts.flatMap(({ pairs }) =>
      pairs.flatMap((pair) => (pair.verdict === "not_comparable" ? (pair.reason ?? []) : [])),
    ),
  );
  const groups = mixed.flatMap(({ family, groups }) => groups.map((group) => ({ family, group })));
  return (
    <div class="notice warning">
      <p>
        <StateIcon icon="warning" /> <b>They were not all tested alike.</b> Their numbers may stand side by side, but
        there is no rank and no verdict between:
      </p>
      <ul class="compare-sentences">
        {groups.map(({ family, group }) => (
          <li key={`${family} ${group.join()}`}>
            {group.map((place) => experiments[place]?.label).join(", ")}
            {mixed.length > 1 && ` (${family})`}
            {group
              .flatMap((place) => names.get(experiments[place]?.experiment ?? "") || [])
              .slice(0, 1)
              .map((name) => `: ${name}`)}
          </li>
        ))}
      </ul>
      {[...reasons].map((reason) => (
        <p key={reason}>{reason}</p>
      ))}
    </div>
  );
}
