/** How the rows are divided: the kind of split, its days, and what comes of them on a timeline. */

import { capitalised, count } from "../../model/common/format";
import {
  daysWords,
  dayWords,
  type Forecast,
  type Segment,
  SPLIT_NAMES,
  segmentsOf,
  shortDay,
} from "../../model/new/forecast";
import { SPLIT_WORDS } from "../../model/new/options";
import { type Placed, sentence } from "../../model/new/placing";
import {
  type FieldName,
  type Form,
  fieldsOf,
  hintOf,
  labelOf,
  type Mistakes,
  SPLIT_KINDS,
} from "../../model/new/wizard";
import { ChartFrame } from "../charts/frame";
import { TextField } from "../ui/fields";
import { Table } from "../ui/table";
import { Choices } from "./parts";

interface SplitProps {
  form: Form;
  forecast: Forecast | null;
  /** Of the oldest row of the dataset. */
  firstDay: string | null;
  mistakes: Mistakes;
  placed: Placed;
  onEdit: (field: FieldName, text: string) => void;
  onLeave: (field: FieldName) => void;
}

const DAYS = ["test_days", "val_days", "train_days", "holdout_days"] as const;
const MEANING = {
  default: "By time where the data allow it, else at random.",
  strict_time: "Train days, then validation days, then test days: measured on the future, as it will be used.",
  time_holdout: "The last days are measured; train and validation are mixed by order.",
  random: "80, 15 and 5 percent by order. The model sees purchases made after those it must predict: optimistic.",
} as const;

export function SplitFields({ form, forecast, firstDay, mistakes, placed, onEdit, onLeave }: SplitProps) {
  const shown = fieldsOf(form);
  const choices = SPLIT_KINDS.map((value) => ({ value, title: SPLIT_WORDS[value], what: MEANING[value] }));
  return (
    <section class="new-card" aria-label="Split">
      <Choices
        name="split"
        legend="Split"
        value={form.split}
        choices={choices}
        onPick={(kind) => onEdit("split", kind)}
        problem={mistakes.split ?? sentence(placed.split, "error")}
        warning={sentence(placed.split, "warning")}
        look="pairs"
      />
      <div class="fields">
        {DAYS.filter((field) => shown.includes(field)).map((field) => (
          <TextField
            key={field}
            id={field}
            label={labelOf(field)}
            hint={hintOf(field)}
            mode="numeric"
            value={form[field]}
            problem={mistakes[field] ?? sentence(placed[field], "error")}
            warning={sentence(placed[field], "warning")}
            onEdit={(text) => onEdit(field, text)}
            onLeave={() => onLeave(field)}
          />
        ))}
      </div>
      {forecast !== null && <Splits forecast={forecast} firstDay={firstDay} />}
    </section>
  );
}

function Splits({ forecast, firstDay }: { forecast: Forecast; firstDay: string | null }) {
  const segments = forecast.bounds === null ? [] : segmentsOf(forecast.bounds, firstDay);
  return (
    <>
      {segments.length > 0 && <Timeline segments={segments} forecast={forecast} />}
      <Table
        caption="Rows by split"
        file="splits"
        id={({ split }) => split}
        rows={forecast.counts}
        columns={[
          { name: "split", title: "Split", value: ({ split }) => SPLIT_NAMES[split] },
          ...(["rows", "customers", "products", "days"] as const).map((name) => ({
            name,
            title: name === "days" ? "Days with rows" : capitalised(name),
            number: true,
            value: (each: Forecast["counts"][number]) => each[name],
            show: (each: Forecast["counts"][number]) => count(each[name]),
          })),
        ]}
      />
      <p class="faint">
        {count(forecast.catalogue)} products can be recommended.
        {forecast.dropped > 0 && ` ${count(forecast.dropped)} rows are older than the train split and left out.`}
      </p>
    </>
  );
}

const HEIGHT = 64;
const MARGIN = { top: 2, right: 2, bottom: 20, left: 2 };

/** The days of each split beside each other; the table below says the same in numbers. */
function Timeline({ segments, forecast }: { segments: readonly Segment[]; forecast: Forecast }) {
  return (
    <ChartFrame label={timelineWords(segments, forecast)} height={HEIGHT} margin={MARGIN}>
      {({ width, height }) => {
        // a split of a few days must be seen beside years: each has room for its name, the rest is shared by days
        const least = Math.min(78, width / segments.length);
        const all = segments.reduce((sum, { days }) => sum + days, 0);
        const left = width - least * segments.length;
        let x = 0;
        return segments.map((segment, i) => {
          const [at, size] = [x, least + (left * segment.days) / all];
          x += size;
          const name = segment.splits.map((split) => SPLIT_NAMES[split]).join(", ");
          return (
            <g key={name} transform={`translate(${at} 0)`} class={`new-segment new-segment-${segment.splits.at(-1)}`}>
              <rect width={Math.max(0, size - 2)} height={height} rx={3} />
              <text x={6} y={17}>
                {name}
              </text>
              <text x={6} y={33} class="new-segment-days">
                {daysWords(segment.days)}
              </text>
              <text x={0} y={height + 16} class="new-segment-from">
                {i === 0 ? dayWords(segment.from) : shortDay(segment.from)}
              </text>
            </g>
          );
        });
      }}
    </ChartFrame>
  );
}

function timelineWords(segments: readonly Segment[], { counts }: Forecast): string {
  const told = segments.map(({ splits, from, to, days }) => {
    const rows = counts.filter(({ split }) => splits.includes(split)).reduce((sum, each) => sum + (each.rows ?? 0), 0);
    const names = splits.map((split) => SPLIT_NAMES[split].toLowerCase()).join(" and ");
    return `${names} ${dayWords(from)} to ${dayWords(to)}, ${daysWords(days)}, ${count(rows)} rows`;
  });
  return `Timeline of the splits: ${told.join("; ")}`;
}
