/** What forms of filters have in common. */
import { textOf, withField } from "../../../model/common/values";
import { sentenceAt } from "../../../model/configs/draft";
import type { Group, Problem } from "../../../model/run/run";
import { Prose } from "../../parts";
import { TextField } from "../../ui/fields";

export function Sentence({ words }: { words: string | undefined }) {
  if (words === undefined) return null;
  return (
    <p class="sentence">
      <Prose text={words} />
    </p>
  );
}

interface DayProps {
  /** With the days `from` and `to`. */
  rule: Group;
  path: string;
  problems: readonly Problem[];
  onRule: (rule: Group) => void;
}

export function DayFields({ rule, path, problems, onRule }: DayProps) {
  return (["from", "to"] as const).map((end) => (
    <TextField
      key={end}
      label={end === "from" ? "From" : "To, this day too"}
      type="date"
      value={textOf(rule[end])}
      onEdit={(day) => onRule(withField(rule, end, day || undefined))}
      problem={sentenceAt(problems, `${path}.${end}`, "error")}
    />
  ));
}

export const COMPARISONS: Record<string, string> = {
  between: "between",
  lt: "below",
  le: "at most",
  gt: "above",
  ge: "at least",
  eq: "equal to",
  ne: "not equal to",
};
