import { useState } from "preact/hooks";
import { errorWords, type FeedError } from "../../model/common/feed";
import { count } from "../../model/common/format";
import { contentOf, type Limits, limitsOf, mistakeOf, rangeWords } from "../../model/common/schema";
import { usd } from "../../model/run/estimate";
import type { Group } from "../../model/run/run";
import type { EndpointRules } from "../../model/settings/health";
import { TextField } from "../ui/fields";

const FIELDS = ["name", "description", "max_running", "max_cost_usd", "monthly_budget_usd"] as const;
type FieldName = (typeof FIELDS)[number];
type Draft = Record<FieldName, string>;

const LIMITS = Object.fromEntries(FIELDS.map((name) => [name, limitsOf("ModelEndpoint", name)])) as Record<
  FieldName,
  Limits
>;
const DEFAULT_RUNNING = Number(LIMITS.max_running.default);

/** What the endpoint allows, in words. */
export function RulesView({ rules }: { rules: EndpointRules | null }) {
  const money = (value: number | null, nothing: string) => (value === null ? nothing : usd(value));
  return (
    <>
      {rules !== null && rules.description !== "" && <p>{rules.description}</p>}
      <dl class="set-tiles">
        <div>
          <dt>Experiments at once</dt>
          <dd class="number">
            {count(rules?.maxRunning ?? DEFAULT_RUNNING)}
            {rules?.maxRunning == null && <small>the default; the others wait</small>}
          </dd>
        </div>
        <div>
          <dt>Most that one may cost</dt>
          <dd class="number">{money(rules?.maxCostUsd ?? null, "no cap of the endpoint")}</dd>
        </div>
        <div>
          <dt>Budget of a month</dt>
          <dd class="number">{money(rules?.monthlyBudgetUsd ?? null, "no budget")}</dd>
        </div>
      </dl>
    </>
  );
}

export type SaveState =
  | { step: "editing" }
  | { step: "saving" }
  | { step: "saved" }
  | { step: "failed"; error: FeedError };

interface FormProps {
  endpoint: string;
  rules: EndpointRules | null;
  state: SaveState;
  /** Fields that are null are taken away. */
  onSave: (content: Group) => void;
  onLeave: () => void;
}

/** The rules as a form; what is empty has no limit, or its default. */
export function RulesForm({ endpoint, rules, state, onSave, onLeave }: FormProps) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(endpoint, rules));
  const mistakes = Object.fromEntries(FIELDS.map((name) => [name, mistakeOf(LIMITS[name], draft[name])])) as Record<
    FieldName,
    string | null
  >;
  const wrong = FIELDS.find((name) => mistakes[name] !== null);
  const field = (name: FieldName, label: string, hint: string) => (
    <TextField
      id={`rules-${name}`}
      label={label}
      hint={hint}
      value={draft[name]}
      problem={mistakes[name]}
      {...(name.startsWith("m") ? { mode: "decimal" as const } : {})}
      onEdit={(text) => setDraft((before) => ({ ...before, [name]: text }))}
    />
  );
  const save = () => {
    if (wrong !== undefined) return document.getElementById(`rules-${wrong}`)?.focus();
    const content = FIELDS.map((name) => [name, contentOf(LIMITS[name], draft[name]) ?? null]);
    onSave(Object.fromEntries(content));
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <div class="fields">
        {field("name", "Name", rangeWords(LIMITS.name))}
        {field("description", "Description", rangeWords(LIMITS.description))}
        {field("max_running", "Experiments at once", `${rangeWords(LIMITS.max_running)}; empty: ${DEFAULT_RUNNING}`)}
        {field("max_cost_usd", "Most that one may cost, USD", `${rangeWords(LIMITS.max_cost_usd)}; empty: no cap`)}
        {field(
          "monthly_budget_usd",
          "Budget of a month, USD",
          `${rangeWords(LIMITS.monthly_budget_usd)}; empty: no budget`,
        )}
      </div>
      {state.step === "failed" && (
        <p class="error-text" role="alert">
          It was not saved. {errorWords(state.error).problem} {errorWords(state.error).remedy}
        </p>
      )}
      <div class="actions">
        <button type="submit" class="primary" disabled={state.step === "saving"}>
          {state.step === "saving" ? "Saving…" : "Save"}
        </button>
        <button type="button" onClick={onLeave}>
          Leave it as it is
        </button>
      </div>
    </form>
  );
}

function draftOf(endpoint: string, rules: EndpointRules | null): Draft {
  const number = (value: number | null | undefined) => (value == null ? "" : String(value));
  return {
    name: rules?.name ?? endpoint,
    description: rules?.description ?? "",
    max_running: number(rules?.maxRunning),
    max_cost_usd: number(rules?.maxCostUsd),
    monthly_budget_usd: number(rules?.monthlyBudgetUsd),
  };
}
