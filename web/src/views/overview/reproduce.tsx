/** How to get the same again, and how long what belongs to the run is there. */

import { experimentPath } from "../../model/common/routes";
import { day, exact } from "../../model/common/time";
import type { Kept } from "../../model/run/retention";
import type { Run } from "../../model/run/run";
import { Prose, Section } from "../parts";
import { CopyButton } from "../ui/copy";

export function ReproduceView({ run, images }: { run: Run; images: Record<string, string> }) {
  const name = run.number ?? run.id;
  const commands = [
    { command: `quicktest rerun ${name} --watch`, what: "The same again: rows, code, images and seeds" },
    { command: `quicktest clone ${name} --set epochs=50`, what: "The same but for what you set" },
    { command: `quicktest code ${name} --output exp-${name}`, what: "Its modules and queries as files" },
  ];
  const version = run.parameters?.data_version; // what follows `-g` ends reuse, and is no other data
  return (
    <Section id="reproduce" title="Reproduce">
      <ul class="commands">
        {commands.map(({ command, what }) => (
          <li key={command}>
            <span class="faint">{what}</span>
            <span class="actions">
              <code class="command">{command}</code> <CopyButton text={command} />
            </span>
          </li>
        ))}
      </ul>
      {Object.entries(images).map(([image, digest]) => (
        <p key={image} class="faint">
          Image of the {image.replace("_", " ")}: <code>{digest}</code>
        </p>
      ))}
      {typeof version === "string" && (
        <p class="faint">
          Version of the data: <code>{version.split("-g")[0]}</code>
        </p>
      )}
      <p class="faint">
        Weights may differ in the last digits on other hardware. <a href={experimentPath(run.id, "code")}>All code</a>
      </p>
    </Section>
  );
}

/** What is still there, what has expired and when the rest will (S5.14). */
export function KeptView({ kept, words }: { kept: readonly Kept[]; words: string }) {
  return (
    <Section id="kept" title="What is kept">
      <dl class="pairs kept">
        {kept.map(({ what, until, expired }) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>
              {until === null ? (
                "until it is deleted"
              ) : (
                <>
                  {expired ? <b>expired on </b> : "until "}
                  <time dateTime={new Date(until).toISOString()} title={exact(until)}>
                    {day(until)}
                  </time>
                </>
              )}
            </dd>
          </div>
        ))}
      </dl>
      <p class="faint">
        <Prose text={words} />
      </p>
    </Section>
  );
}
