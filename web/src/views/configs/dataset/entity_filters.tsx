/** Which products and customers a dataset keeps, by what they add up to (domain S1.19, S1.20). */
import { capitalised } from "../../../model/common/format";
import { groups, textOf, withField } from "../../../model/common/values";
import type { Entity } from "../../../model/configs/dataset/filters";
import type { Group, Problem } from "../../../model/run/run";
import { FindingsView } from "../parts";
import { Field } from "./fields";
import { COMPARISONS, Sentence } from "./filter_parts";

interface EntityProps {
  entity: Entity;
  rule: Group;
  problems: readonly Problem[];
  sentence: string | undefined;
  onRule: (rule: Group) => void;
}

export function EntityFields({ entity, rule, problems, sentence, onRule }: EntityProps) {
  const path = `filters.${entity}`;
  const aggregates = groups(rule.aggregates);
  const setAggregates = (next: readonly Group[]) =>
    onRule(withField(rule, "aggregates", next.length === 0 ? undefined : [...next]));
  return (
    <>
      <h3>{capitalised(entity)}</h3>
      <Sentence words={sentence} />
      <div class="fields">
        <Field
          label={`The top of the revenue, in percent`}
          part="EntityFilter"
          field="top_revenue_percent"
          path={`${path}.top_revenue_percent`}
          problems={problems}
          value={rule.top_revenue_percent}
          hint={`80 keeps the ${entity} that make 80% of it.`}
          onEdit={(value) => onRule(withField(rule, "top_revenue_percent", value))}
        />
        <Field
          label="Purchases, at least"
          part="EntityFilter"
          field="min_transactions"
          path={`${path}.min_transactions`}
          problems={problems}
          value={rule.min_transactions}
          onEdit={(value) => onRule(withField(rule, "min_transactions", value))}
        />
      </div>
      <ul class="items">
        {aggregates.map((aggregate, index) => (
          <li key={`${index} ${textOf(aggregate.measure)}`} class="panel">
            <AggregateFields
              aggregate={aggregate}
              entity={entity}
              path={`${path}.aggregates.${index}`}
              problems={problems}
              onAggregate={(next) => setAggregates(aggregates.map((each, i) => (i === index ? next : each)))}
            />
            <button
              type="button"
              class="quiet"
              aria-label={`Remove condition ${index + 1} of the ${entity}`}
              onClick={() => setAggregates(aggregates.filter((_, i) => i !== index))}
            >
              Remove
            </button>
          </li>
        ))}
      </ul>
      <FindingsView problems={problems.filter((each) => each.path === path || each.path === `${path}.aggregates`)} />
      <button
        type="button"
        class="quiet"
        onClick={() => setAggregates([...aggregates, { measure: "transactions", op: "ge" }])}
      >
        Add a condition for {entity}
      </button>
    </>
  );
}

interface AggregateProps {
  aggregate: Group;
  entity: Entity;
  path: string;
  problems: readonly Problem[];
  onAggregate: (aggregate: Group) => void;
}

function AggregateFields({ aggregate, entity, path, problems, onAggregate }: AggregateProps) {
  const measures: Record<string, string> = {
    transactions: "purchases",
    revenue: "revenue",
    average_revenue: "revenue by purchase",
    distinct_counterparts: entity === "products" ? "customers" : "products",
    last_seen_days: "days since the last purchase",
  };
  const field = (name: string, label: string, meanings?: Record<string, string>) => (
    <Field
      key={name}
      label={label}
      part="Aggregate"
      field={name}
      path={`${path}.${name}`}
      problems={problems}
      value={aggregate[name]}
      onEdit={(value) => onAggregate(withField(aggregate, name, value))}
      {...(meanings === undefined ? {} : { meanings })}
    />
  );
  return (
    <>
      <div class="fields">
        {field("measure", "What they add up to", measures)}
        {field("op", "Is", COMPARISONS)}
        {aggregate.op === "between"
          ? [field("min", "From"), field("max", "To, this one too")]
          : field("value", "Value")}
      </div>
      <FindingsView problems={problems.filter((each) => each.path === path)} />
    </>
  );
}
