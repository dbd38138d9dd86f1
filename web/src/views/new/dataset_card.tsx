/** The dataset of a new experiment, which follows from the feature config. */
import { count, MISSING } from "../../model/common/format";
import { group, numberOf, textOf } from "../../model/common/values";
import type { ConfigReport } from "../../model/configs/configs";
import { dayWords } from "../../model/new/forecast";
import { optionOf } from "../../model/new/options";
import { Findings } from "./picker";
import type { WhatProps } from "./what";

export function DatasetCard({ form, options, reports, placed }: WhatProps) {
  const features = optionOf(options, "feature_config", form.feature_config);
  if (features === null) return null;
  const report = reports.dataset;
  const problems = [...(placed.dataset ?? []), ...(report?.problems ?? [])];
  return (
    <section id="dataset" class="new-card" tabIndex={-1} aria-labelledby="dataset-title">
      <h2 id="dataset-title">Dataset</h2>
      <p>
        <b>{textOf(report?.fields.name) || features.dataset}</b>{" "}
        <span class="faint">It follows from the feature config.</span>
      </p>
      {report === null ? (
        <p class="faint">The service has not looked at it yet.</p>
      ) : (
        <dl class="new-facts">
          {factsOf(report).map(([label, text]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd class="number">{text}</dd>
            </div>
          ))}
        </dl>
      )}
      <Findings kind="datasets" id={features.dataset} stored problems={problems} />
    </section>
  );
}

function factsOf({ fields }: ConfigReport): [string, string][] {
  const { grade, score } = group(fields.quality);
  const funnel = Array.isArray(fields.funnel) ? fields.funnel.map((each) => group(each)) : [];
  const [first, last] = [textOf(fields.first_day), textOf(fields.last_day)];
  const customers = group(group(fields.counts).customers);
  const quality = textOf(grade) === "" ? MISSING : `${textOf(grade)}, ${count(numberOf(score))} of 100`;
  return [
    ["Quality", quality],
    ["Rows after its filters", count(numberOf(funnel.at(-1)?.rows))],
    ["Days", first === "" ? MISSING : `${dayWords(first)} to ${dayWords(last)}`],
    ["Customers in train", count(numberOf(customers.train))],
  ];
}
