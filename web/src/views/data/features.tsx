/** The features of a run, splits side by side (S7.3): small pictures first, everything of one when it is opened. */
import { useEffect, useRef, useState } from "preact/hooks";
import { count } from "../../model/common/format";
import { type DataChoice, filtered } from "../../model/data/choice";
import { alarm, byFeature, type DriftRow, driftCell, driftSentence } from "../../model/data/drift";
import { type Schema, type SchemaRow, schemaLines } from "../../model/data/schema_table";
import {
  exportRows,
  type Feature,
  KINDS,
  NO_FIGURES,
  percent,
  picturesOf,
  rowsOf,
  type Statistics,
  summary,
  typeWords,
} from "../../model/data/statistics";
import type { Entry } from "../../model/data/vocabulary";
import type { Run } from "../../model/run/run";
import { Prose } from "../parts";
import { TableDownload } from "../ui/download";
import { CheckField, SelectField, TextField } from "../ui/fields";
import { Scroll } from "../ui/scroll";
import { Histogram, largestShare, TopBars, TopValues } from "./pictures";
import { EntryDetails } from "./vocabularies";

const AT_ONCE = 100; // features that are drawn before more are asked for

interface FeaturesProps {
  run: Run;
  statistics: Statistics;
  drift: readonly DriftRow[];
  schema: Schema | null;
  entries: readonly Entry[];
  times: ReadonlySet<string>;
  chosen: DataChoice;
  onChoose: (choice: Partial<DataChoice>) => void;
}

export function FeaturesView({ run, statistics, drift, schema, entries, times, chosen, onChoose }: FeaturesProps) {
  const { features, splits, leftOut } = statistics;
  const [most, setMost] = useState(AT_ONCE);
  const shown = filtered(features, drift, times, chosen);
  const drifted = byFeature(drift);
  const rowOf = new Map(schema?.features.map((row) => [row.name, row]));
  return (
    <section aria-labelledby="features">
      <div class="heading">
        <h2 id="features">Features</h2>
        <TableDownload name={`statistics-${run.number ?? run.id}`} rows={() => exportRows(statistics)} />
      </div>
      <p class="faint number">
        {splits.map(({ name, rows }) => `${name} ${count(rows)} rows`).join(", ")}
        {leftOut > 0 && `; ${count(leftOut)} more features are not in the statistics: they would be too much`}
      </p>
      <Filters chosen={chosen} onChoose={onChoose} />
      <p class="faint" role="status">
        {shown.length === features.length ? "" : `${count(shown.length)} of ${count(features.length)} features`}
      </p>
      <div class="features">
        {shown.slice(0, most).map((feature) => (
          <FeatureView
            key={feature.name}
            feature={feature}
            splits={splits.map(({ name }) => name)}
            isTime={times.has(feature.name)}
            drift={drifted.get(feature.name)}
            schema={rowOf.get(feature.name)}
            entries={entries.filter((entry) => "column" in entry && entry.column === feature.name)}
            open={chosen.open === feature.name}
            onOpen={(open) => onChoose({ open: open ? feature.name : "" })}
          />
        ))}
      </div>
      {shown.length === 0 && <p class="faint">No feature is like that. Take a filter away.</p>}
      {shown.length > most && (
        <button type="button" onClick={() => setMost(most + AT_ONCE)}>
          Show {count(Math.min(AT_ONCE, shown.length - most))} more
        </button>
      )}
    </section>
  );
}

function Filters({ chosen, onChoose }: Pick<FeaturesProps, "chosen" | "onChoose">) {
  const kinds = [{ value: "", label: "every kind" }, ...KINDS.map((kind) => ({ value: kind, label: kind }))];
  return (
    <search class="fields filters">
      <TextField
        id="feature-name"
        label="Name contains"
        type="search"
        value={chosen.name}
        onEdit={(name) => onChoose({ name })}
      />
      <SelectField label="Kind" value={chosen.kind} options={kinds} onEdit={(kind) => onChoose({ kind })} />
      <CheckField
        label="Only with drift"
        checked={chosen.drifted === "1"}
        onEdit={(on) => onChoose({ drifted: on ? "1" : "" })}
      />
    </search>
  );
}

interface FeatureProps {
  feature: Feature;
  splits: string[];
  isTime: boolean;
  drift: Map<string, DriftRow> | undefined;
  schema: SchemaRow | undefined;
  entries: Entry[];
  open: boolean;
  onOpen: (open: boolean) => void;
}

function FeatureView(props: FeatureProps) {
  const { feature, splits, isTime, drift, open, onOpen } = props;
  const place = useRef<HTMLElement>(null);
  const [opened] = useState(open);
  useEffect(() => {
    if (opened) place.current?.scrollIntoView({ block: "start" }); // it was asked for by the address
  }, [opened]);
  const pictures = picturesOf(feature, splits, "histogram");
  const most = largestShare(feature);
  const more = `${open ? "Less" : "More"} of ${feature.name}`;
  return (
    <article class="feature panel" aria-label={feature.name} ref={place}>
      <div class="feature-splits">
        <header>
          <h3>{feature.name}</h3>
          <p class="faint">{isTime ? "time, in seconds" : typeWords(feature)}</p>
          <button type="button" class="quiet" aria-expanded={open} aria-label={more} onClick={() => onOpen(!open)}>
            {open ? "Less" : "More"}
          </button>
        </header>
        {splits.map((split) => {
          const figures = feature.splits[split] ?? NO_FIGURES;
          const picture = pictures?.pictures.find((each) => each.split === split);
          return (
            <div key={split} class="feature-split">
              <h4>
                {split} <DriftMark row={drift?.get(split)} />
              </h4>
              {picture !== undefined && <Histogram picture={picture} name={feature.name} />}
              {figures.texts !== null && <TopBars texts={figures.texts} most={most} />}
              <p class="number">
                {summary(figures, isTime)}
                {figures.missing !== 0 && <span class="faint">, {percent(figures.missing)} missing</span>}
              </p>
            </div>
          );
        })}
      </div>
      {open && <FeatureDetails {...props} />}
    </article>
  );
}

/** How a split differs from train, where it is worth a word. */
function DriftMark({ row }: { row: DriftRow | undefined }) {
  if (row === undefined) return null;
  const level = alarm(row);
  if (level === null) return row.js === null ? null : <small class="drift number">drift {driftCell(row)}</small>;
  return <small class={`drift drift-${level} number`}>drift {driftCell(row)}</small>;
}

/** Everything of one feature: figures, both histograms, most frequent values, drift, schema, vocabulary. */
export function FeatureDetails({
  feature,
  splits,
  isTime,
  drift,
  schema,
  entries,
}: Omit<FeatureProps, "open" | "onOpen">) {
  const rows = rowsOf(feature, splits, isTime);
  const drifted = [...(drift?.values() ?? [])];
  return (
    <div class="feature-details">
      <Scroll label={`Figures of ${feature.name}`}>
        <table class="plain">
          <thead>
            <tr>
              <td />
              {splits.map((split) => (
                <th key={split} scope="col" class="number">
                  {split}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ heading, cells }) => (
              <tr key={heading}>
                <th scope="row">{heading}</th>
                {cells.map((cell, i) => (
                  <td key={splits[i]} class="number">
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <Distributions feature={feature} splits={splits} isTime={isTime} />
      <TopValues feature={feature} splits={splits} />
      {drifted.length > 0 && (
        <>
          <h4>Drift from train</h4>
          <ul class="sentences">
            {drifted.map((row) => (
              <li key={row.split}>{driftSentence(row)}</li>
            ))}
          </ul>
        </>
      )}
      {schema !== undefined && (
        <>
          <h4>Schema</h4>
          <dl class="pairs terms">
            {schemaLines(schema).map(({ heading, words }, i) => (
              <div key={i}>
                <dt>{heading}</dt>
                <dd>
                  <Prose text={words} />
                </dd>
              </div>
            ))}
          </dl>
        </>
      )}
      {entries.map((entry) => (
        <div key={entry.name}>
          <h4>
            What the model knows of it: <code>{entry.name}</code>
          </h4>
          <EntryDetails entry={entry} />
        </div>
      ))}
    </div>
  );
}

/** Both kinds of bins: of equal widths show the shape, of equal counts where the values are. */
function Distributions({ feature, splits, isTime }: Pick<FeatureProps, "feature" | "splits" | "isTime">) {
  const kinds = [
    { kind: "histogram", words: "bins of equal widths" },
    { kind: "quantiles", words: "bins of equal counts" },
  ] as const;
  return (
    <>
      {kinds.map(({ kind, words }) => {
        const found = picturesOf(feature, splits, kind);
        if (found === null) return null;
        return (
          <div key={kind} class="beside">
            {found.pictures.map((picture) => (
              <figure key={picture.split}>
                <Histogram picture={picture} name={feature.name} words={words} ends={found} isTime={isTime} />
              </figure>
            ))}
          </div>
        );
      })}
    </>
  );
}
