/** Leaf by leaf, what the experiments of a comparison have in common, and what not. */
import type { ComponentChildren } from "preact";
import { count } from "../../model/common/format";
import { experimentPath } from "../../model/common/routes";
import type { FeatureChange, Heading, SideRow } from "../../model/compare/report";
import { isSame, rowLabel, unknownPlaces } from "../../model/compare/rows";
import { Section } from "../parts";
import { TableDownload } from "../ui/download";
import { Scroll } from "../ui/scroll";

const SECTION_TITLES: Record<string, string> = {
  results: "Results",
  training: "Training",
  split: "Sampling and split",
  dataset: "Dataset",
  features: "Features",
  model: "Model",
  cost: "Cost and time",
};

interface SectionProps {
  name: string;
  experiments: readonly Heading[];
  /** All of the section. */
  rows: readonly SideRow[];
  shown: readonly SideRow[];
  /** Of the file. */
  file: string;
  children?: ComponentChildren;
}

export function RowsSection({ name, experiments, rows, shown, file, children }: SectionProps) {
  const unknown = unknownPlaces(rows, experiments.length);
  return (
    <Section id={`section-${name}`} title={SECTION_TITLES[name] ?? name}>
      <p class="faint">{summary(rows, shown, unknown, experiments)}</p>
      {children}
      {shown.length > 0 && (
        <SideTable
          caption={`${SECTION_TITLES[name] ?? name}, side by side`}
          experiments={experiments}
          rows={shown}
          unknown={unknown}
          file={file}
        />
      )}
    </Section>
  );
}

/** How many are equal; of whom nothing is known. */
function summary(
  rows: readonly SideRow[],
  shown: readonly SideRow[],
  unknown: readonly number[],
  experiments: readonly Heading[],
): string {
  if (rows.length === 0) return "None yet.";
  const several = experiments.length - unknown.length > 1;
  const same = rows.filter((row) => isSame(row, unknown)).length;
  const equal =
    same === rows.length ? `All ${count(same)} are equal.` : `${count(same)} of ${count(rows.length)} are equal.`;
  const told = several && rows.every(({ population }) => population === null) ? [equal] : [];
  const gone = unknown.map((place) => experiments[place]?.label ?? "");
  if (gone.length > 0) told.push(`Nothing is known of ${gone.join(", ")}.`);
  if (shown.length === 0 && told.length === 0) told.push("No difference.");
  return told.join(" ");
}

interface SideTableProps {
  caption: string;
  experiments: readonly Heading[];
  rows: readonly SideRow[];
  unknown: readonly number[];
  file: string;
}

function SideTable({ caption, experiments, rows, unknown, file }: SideTableProps) {
  const exported = () =>
    rows.map((row) => ({
      name: row.name,
      equal: row.same,
      ...Object.fromEntries(experiments.map(({ label }, place) => [label, row.values[place] ?? null])),
    }));
  return (
    <div class="table">
      <TableDownload name={file} rows={exported} />
      <Scroll label={caption}>
        <table class="plain side">
          <caption class="visually-hidden">{caption}</caption>
          <HeadRow first="Field" experiments={experiments} />
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.population} ${row.name}`} class={isSame(row, unknown) ? "side-same" : undefined}>
                <th scope="row">
                  <SameMark same={isSame(row, unknown)} /> {rowLabel(row)}
                </th>
                {row.values.map((value, place) => (
                  <td key={experiments[place]?.experiment} class="number">
                    {value === null ? "–" : value === "" ? <span class="faint">empty</span> : value}
                    {row.stars.includes(place) && <Star doubt={row.doubts[place] ?? null} />}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {rows.some(({ stars }) => stars.length > 0) && (
        <p class="faint">★ better than every other experiment of its sample size by this metric.</p>
      )}
    </div>
  );
}

function HeadRow({ first, second, experiments }: { first: string; second?: string; experiments: readonly Heading[] }) {
  return (
    <thead>
      <tr>
        <th scope="col">{first}</th>
        {second !== undefined && <th scope="col">{second}</th>}
        {experiments.map(({ experiment, label }) => (
          <th scope="col" key={experiment}>
            <a href={experimentPath(experiment)}>{label}</a>
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** ≡ and ≠ as readers say them, too. */
function SameMark({ same }: { same: boolean }) {
  return (
    <span class="side-mark">
      <span aria-hidden="true">{same ? "≡" : "≠"}</span>
      <span class="visually-hidden">{same ? "equal:" : "differs:"}</span>
    </span>
  );
}

/** Only what is better than all others has one; what is not above its best baseline says so (S6.17). */
function Star({ doubt }: { doubt: string | null }) {
  return (
    <span class={doubt === null ? "winner" : "winner winner-doubted"}>
      {" "}
      <span aria-hidden="true">★</span>
      <span class="visually-hidden">better than all others{doubt === null ? "" : ", "}</span>
      {doubt !== null && <small>{doubt}</small>}
    </span>
  );
}

const CHANGES: Record<string, string> = { added: "added", removed: "removed", changed: "other width" };

/** Features and crosses that not all have alike. */
export function FeatureChanges({
  changes,
  experiments,
}: {
  changes: readonly FeatureChange[];
  experiments: readonly Heading[];
}) {
  if (changes.length === 0) return null;
  return (
    <Scroll label="Features that differ" class="feature-changes">
      <table class="plain side">
        <caption>Features that differ, and how many numbers each gives its tower</caption>
        <HeadRow first="Feature" second="Against the first" experiments={experiments} />
        <tbody>
          {changes.map(({ tower, feature, change, widths }) => (
            <tr key={`${tower} ${feature}`}>
              <th scope="row">
                {feature} <small>{tower} tower</small>
              </th>
              <td>
                <span class={`change change-${change}`}>{CHANGES[change] ?? change}</span>
              </td>
              {widths.map((width, place) => (
                <td key={experiments[place]?.experiment} class="number">
                  {width === null ? "–" : count(width)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
