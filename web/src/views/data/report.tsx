/** The whole report as one page that needs no network: from the command line, or saved from here. */
import { type ComponentChild, render } from "preact";
import { count } from "../../model/common/format";
import { byFeature, type DriftRow, driftSentence, isTold } from "../../model/data/drift";
import { type Schema, timesOf } from "../../model/data/schema_table";
import type { Statistics } from "../../model/data/statistics";
import type { Run } from "../../model/run/run";
import { runTitle } from "../../model/run/states";
import base from "../../styles/base.css?inline";
import data from "../../styles/data.css?inline";
import experiment from "../../styles/experiment.css?inline";
import ui from "../../styles/ui.css?inline";
import { CopyButton } from "../ui/copy";
import { save } from "../ui/download";
import { FeatureDetails } from "./features";

interface ReportProps {
  run: Run;
  statistics: Statistics | null;
  drift: readonly DriftRow[] | null;
  schema: Schema | null;
}

export function ReportView({ run, statistics, drift, schema }: ReportProps) {
  if (statistics === null) return null;
  const command = `quicktest stats ${run.number ?? run.id} --html statistics.html`;
  const saveIt = () =>
    save(
      `statistics-${run.number ?? run.id}.html`,
      wholePage(runTitle(run), <Report {...{ run, statistics, drift, schema }} />),
      "text/html",
    );
  return (
    <section class="panel" aria-labelledby="report">
      <h2 id="report">The whole report</h2>
      <p>All features with everything of them, as one page to keep or to send.</p>
      <p class="actions">
        <button type="button" onClick={saveIt}>
          Save as one page
        </button>
        <code class="command">{command}</code>
        <CopyButton text={command} label="Copy the command" />
      </p>
    </section>
  );
}

function Report({ run, statistics, drift, schema }: ReportProps & { statistics: Statistics }) {
  const splits = statistics.splits.map(({ name }) => name);
  const [times, drifted] = [timesOf(schema), byFeature(drift ?? [])];
  const rows = new Map(schema?.features.map((row) => [row.name, row]));
  return (
    <main>
      <h1>Statistics of {runTitle(run)}</h1>
      <p class="faint">
        {[run.id, ...statistics.splits.map((split) => `${split.name} ${count(split.rows)} rows`)].join(" · ")}
      </p>
      <h2>Drift from train</h2>
      <ul class="told">
        {(drift ?? []).filter(isTold).map((row) => (
          <li key={`${row.feature} ${row.split}`}>{driftSentence(row)}</li>
        ))}
      </ul>
      {schema !== null && (
        <>
          <h2>Against the schema of train</h2>
          <ul class="told">
            {schema.anomalies.map((anomaly, i) => (
              <li key={i}>{[anomaly.split, anomaly.words].filter(Boolean).join(": ")}</li>
            ))}
            {schema.anomalies.length === 0 && <li>Nothing contradicts it.</li>}
          </ul>
        </>
      )}
      <h2>Each feature</h2>
      {statistics.features.map((feature) => (
        <article key={feature.name} class="feature panel">
          <h3>{feature.name}</h3>
          <FeatureDetails
            feature={feature}
            splits={splits}
            isTime={times.has(feature.name)}
            drift={drifted.get(feature.name)}
            schema={rows.get(feature.name)}
            entries={[]}
          />
        </article>
      ))}
    </main>
  );
}

/** What is rendered becomes text nodes before it becomes a file, so nothing in it can be markup. */
function wholePage(title: string, content: ComponentChild): string {
  const page = document.implementation.createHTMLDocument(`Statistics of ${title}`);
  page.documentElement.lang = "en";
  const charset = page.createElement("meta"); // a file has no header that tells it
  charset.setAttribute("charset", "utf-8");
  page.head.prepend(charset);
  const meta = (name: string, value: string) => {
    const element = page.createElement("meta");
    element.setAttribute(name.startsWith("Content") ? "http-equiv" : "name", name);
    element.content = value;
    page.head.append(element);
  };
  meta("viewport", "width=device-width, initial-scale=1");
  meta("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  render(content, page.body);
  // The page's own policy would refuse a style element, even in a document that is never shown.
  const style = `<style>\n${[base, ui, experiment, data].join("\n")}\n</style></head>`;
  const text = `<!doctype html>\n${page.documentElement.outerHTML.replace("</head>", () => style)}\n`;
  render(null, page.body);
  return text;
}
