import { errorWords, type FeedError } from "../../model/common/feed";
import { experimentPath, newPath } from "../../model/common/routes";
import { sampleWords } from "../../model/dashboard/insights";
import { minutesWords } from "../../model/dashboard/kpis";
import {
  changeWords,
  expectedWords,
  type Suggestion,
  type SuggestionGroup,
  type Suggestions,
} from "../../model/dashboard/suggestions";
import { usd } from "../../model/run/estimate";

/** Where the starting of a suggestion stands. */
export type StartState =
  | { step: "asking" }
  | { step: "sending" }
  | { step: "started"; experiment: string }
  | { step: "failed"; error: FeedError };

interface SuggestionsProps {
  suggestions: Suggestions;
  samplePercent: number;
  states: ReadonlyMap<string, StartState>;
  /** Why it may not be started; null when it may. */
  problem: (suggestion: Suggestion) => string | null;
  onAsk: (suggestion: Suggestion) => void;
  onStart: (suggestion: Suggestion) => void;
  onLeave: (suggestion: Suggestion) => void;
}

/** What to run next: of the sample size that is looked at first, then of the others. */
export function SuggestionsView({ suggestions, samplePercent, ...rest }: SuggestionsProps) {
  const mine = (group: SuggestionGroup) => group.samplePercent === samplePercent;
  const groups = [...suggestions.groups.filter(mine), ...suggestions.groups.filter((group) => !mine(group))];
  return (
    <>
      {suggestions.budgetLeftUsd !== null && (
        <p class="number">{suggestions.budgetLeftUsd.toFixed(2)} USD are left of this month's budget.</p>
      )}
      {groups.map((group, place) =>
        place === 0 ? (
          <Group key={group.samplePercent} group={group} {...rest} />
        ) : (
          <details key={group.samplePercent}>
            <summary>
              {sampleWords(group.samplePercent)}: {group.items.length} suggestions
            </summary>
            <Group group={group} {...rest} />
          </details>
        ),
      )}
    </>
  );
}

function Group({
  group,
  ...rest
}: { group: SuggestionGroup } & Omit<SuggestionsProps, "suggestions" | "samplePercent">) {
  return (
    <>
      <p class="faint">{group.sentence}</p>
      <ul class="dash-suggestions">
        {group.items.map((item) => (
          <li key={item.key}>
            <Card suggestion={item} {...rest} />
          </li>
        ))}
      </ul>
    </>
  );
}

type CardProps = { suggestion: Suggestion } & Omit<SuggestionsProps, "suggestions" | "samplePercent">;

function Card({ suggestion, ...rest }: CardProps) {
  const { difference, base, baseNumber, reason, expected, costUsd, minutes, label, number } = suggestion;
  return (
    <article class="dash-suggestion" aria-label={`Suggestion ${number}`}>
      <h3>
        {difference.map((change) => (
          <span key={change.name} class="dash-change">
            {changeWords(change)}
          </span>
        ))}
      </h3>
      <dl>
        <div>
          <dt>Of</dt>
          <dd>
            <a href={experimentPath(base)}>Exp #{baseNumber}</a> <span class="badge dash-label">{label}</span>
          </dd>
        </div>
        <div>
          <dt>Why</dt>
          <dd>{reason}</dd>
        </div>
        <div>
          <dt>Expected</dt>
          <dd class="number">{expectedWords(expected)}</dd>
        </div>
        <div>
          <dt>Costs</dt>
          <dd class="number">
            {costUsd === null ? "not known" : `about ${usd(costUsd)}`}
            {minutes !== null && `, ${minutesWords(minutes)}`}
          </dd>
        </div>
      </dl>
      <Start suggestion={suggestion} {...rest} />
    </article>
  );
}

function Start({ suggestion, states, problem, onAsk, onStart, onLeave }: CardProps) {
  const state = states.get(suggestion.key);
  const why = problem(suggestion);
  const named = <span class="visually-hidden"> suggestion {suggestion.number}</span>;
  if (state?.step === "started")
    return (
      <p role="status" class="dash-started">
        Started: <a href={experimentPath(state.experiment)}>{String(suggestion.experiment.name ?? "the experiment")}</a>
      </p>
    );
  if (why !== null) return <p class="faint">{why}</p>;
  if (state?.step === "asking" || state?.step === "sending") {
    const sending = state.step === "sending";
    return (
      <div class="actions asked" role="status">
        <p>
          This starts an experiment for{" "}
          {suggestion.costUsd === null ? "a cost nobody knows" : `about ${usd(suggestion.costUsd)}`}
          {suggestion.modelConfig !== null && ", and stores a new model config"}.
        </p>
        <button type="button" class="primary" disabled={sending} onClick={() => onStart(suggestion)}>
          {sending ? "Starting…" : "Yes, start it"}
        </button>
        <button type="button" disabled={sending} onClick={() => onLeave(suggestion)}>
          No
        </button>
      </div>
    );
  }
  return (
    <div class="actions">
      {state?.step === "failed" && (
        <p class="error-text" role="alert">
          It was not started. {errorWords(state.error).problem} {errorWords(state.error).remedy}
        </p>
      )}
      <button type="button" class="primary" onClick={() => onAsk(suggestion)}>
        Start it{named}
      </button>
      <a class="button" href={newPath({ suggestion: suggestion.key })}>
        Open in the form{named}
      </a>
    </div>
  );
}
