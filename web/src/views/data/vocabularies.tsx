/** What the model knows of its categories, and how much of eval and test it does not (S6.18). */
import { capitalised, count } from "../../model/common/format";
import { percent } from "../../model/data/statistics";
import {
  type Counted,
  type Crossed,
  collisionWords,
  type Entry,
  entriesOf,
  type Hashed,
  headline,
  keptWords,
  outsideWords,
  rangesOf,
  usedWords,
  type Vocabulary,
} from "../../model/data/vocabulary";
import type { Run } from "../../model/run/run";
import { StateIcon } from "../icons";
import { Prose } from "../parts";
import { type Column, Table } from "../ui/table";

export function VocabulariesView({ run, entries, open }: { run: Run; entries: readonly Entry[]; open: string }) {
  const [vocabularies, hashed] = [entriesOf(entries, "vocabulary"), entriesOf(entries, "hash")];
  const [ranges, crosses] = [entriesOf(entries, "bucket"), entriesOf(entries, "cross")];
  const file = run.number ?? run.id;
  if (entries.length === 0) return <p class="faint">The model has no categories: there is nothing to know.</p>;
  return (
    <section aria-labelledby="vocabularies">
      <h2 id="vocabularies">Vocabularies</h2>
      <p class="faint">
        {capitalised(headline(entries))}. A value that is not in a vocabulary is one of many that the model cannot tell
        apart (OOV). Judged by the test rows: below 5% good, to 20% fair, above poor.
      </p>
      {vocabularies.length > 0 && (
        <Table
          caption="Values of each vocabulary"
          columns={VOCABULARIES}
          rows={vocabularies}
          id={({ name }) => name}
          file={`vocabularies-${file}`}
        />
      )}
      {vocabularies.map((entry) => (
        <details key={entry.name} open={open === entry.name}>
          <summary>
            Frequent and rare values of <code>{entry.name}</code>
          </summary>
          <EntryDetails entry={entry} />
        </details>
      ))}
      {hashed.length > 0 && (
        <>
          <h3>Hashed categories</h3>
          <Table
            caption="Hashed categories"
            columns={HASHED}
            rows={hashed}
            id={({ name }) => name}
            file={`hashed-${file}`}
          />
        </>
      )}
      {ranges.length > 0 && (
        <>
          <h3>Numbers and times in ranges</h3>
          {ranges.map((entry) => (
            <details key={entry.name} open={open === entry.name}>
              <summary>
                <code>{entry.name}</code>: {count(entry.ranges)} ranges of {entry.column}
              </summary>
              <EntryDetails entry={entry} />
            </details>
          ))}
        </>
      )}
      {crosses.length > 0 && (
        <>
          <h3>Crosses</h3>
          <Table caption="Crosses" columns={CROSSES} rows={crosses} id={({ name }) => name} file={`crosses-${file}`} />
        </>
      )}
    </section>
  );
}

/** Everything of one, below its table or its feature. */
export function EntryDetails({ entry }: { entry: Entry }) {
  switch (entry.kind) {
    case "vocabulary":
      return (
        <>
          <p>
            {keptWords(entry)}. Out of vocabulary in test: {outsideWords(entry.outOfVocabulary.test)}.{" "}
            {entry.remedy !== null && (
              <b>
                <Prose text={entry.remedy} />
              </b>
            )}
          </p>
          <div class="beside">
            <Values title="Most frequent in train" values={entry.mostFrequent} />
            <Values title="Rarest that are kept" values={entry.rarestKept} />
          </div>
        </>
      );
    case "hash":
      return (
        <p>
          {usedWords(entry)}; {collisionWords(entry)}.
        </p>
      );
    case "cross":
      return <p>{usedWords(entry)}.</p>;
    case "bucket":
      return (
        <>
          <ol class="top-values">
            {rangesOf(entry).map(({ words, rows, share }) => (
              <li key={words}>
                <span>{words}</span>
                <span class="number">
                  {count(rows)}, {percent(share)}
                </span>
                <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
                  <rect width={100 * (share ?? 0)} height={1} />
                </svg>
              </li>
            ))}
          </ol>
          <p class="faint">{percent(entry.missingShare)} of train's rows have no value.</p>
        </>
      );
  }
}

function Values({ title, values }: { title: string; values: readonly Counted[] }) {
  return (
    <div>
      <h4>{title}</h4>
      <ol class="top-values">
        {values.map((each) => (
          <li key={each.value}>
            <span class="top-value">{each.value}</span>
            <span class="number">{count(each.count)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

const ICONS = { good: "done", fair: "warning", poor: "failed" } as const;

function Status({ status, remedy }: Vocabulary) {
  return (
    <>
      <span class={`state vocabulary-${status}`}>
        <StateIcon icon={ICONS[status]} />
        <span>{status}</span>
      </span>
      {remedy !== null && (
        <small>
          <Prose text={remedy} />
        </small>
      )}
    </>
  );
}

const outside = (split: string): Column<Vocabulary> => ({
  name: `oov_${split}`,
  title: `OOV ${split}`,
  value: ({ outOfVocabulary }) => outOfVocabulary[split]?.share ?? null,
  show: ({ outOfVocabulary }) => outsideWords(outOfVocabulary[split]),
  number: true,
  descending: true,
});

const VOCABULARIES: Column<Vocabulary>[] = [
  {
    name: "output",
    title: "Output",
    value: ({ name }) => name,
    show: ({ name, column }) => (
      <>
        <code>{name}</code>
        <small>{column}</small>
      </>
    ),
  },
  { name: "status", title: "Status", value: ({ status }) => status, show: (entry) => <Status {...entry} /> },
  {
    name: "distinct",
    title: "Values",
    value: ({ distinct }) => distinct,
    show: ({ distinct }) => count(distinct),
    number: true,
  },
  { name: "kept", title: "Kept", value: ({ kept }) => kept, show: ({ kept }) => count(kept), number: true },
  {
    name: "cut_by_frequency",
    title: "Too rare",
    value: (entry) => entry.cutByFrequency,
    show: (entry) => count(entry.cutByFrequency),
    number: true,
  },
  {
    name: "cut_by_size",
    title: "Too many",
    value: (entry) => entry.cutBySize,
    show: (entry) => count(entry.cutBySize),
    number: true,
  },
  ...["train", "eval", "test"].map(outside),
  {
    name: "missing",
    title: "Missing test",
    value: ({ outOfVocabulary }) => outOfVocabulary.test?.missingShare ?? null,
    show: ({ outOfVocabulary }) => percent(outOfVocabulary.test?.missingShare),
    number: true,
  },
];

const HASHED: Column<Hashed>[] = [
  { name: "output", title: "Output", value: ({ name }) => name, show: ({ name }) => <code>{name}</code> },
  {
    name: "distinct",
    title: "Values",
    value: ({ distinct }) => distinct,
    show: ({ distinct }) => count(distinct),
    number: true,
  },
  { name: "used", title: "Buckets", value: ({ used }) => used, show: usedWords },
  {
    name: "collisions",
    title: "Collisions",
    value: (entry) => entry.measuredCollisions,
    show: collisionWords,
  },
];

const CROSSES: Column<Crossed>[] = [
  { name: "output", title: "Output", value: ({ name }) => name, show: ({ name }) => <code>{name}</code> },
  { name: "used", title: "Buckets", value: ({ used }) => used, show: usedWords },
];
