/** What the run really used, frozen when it was prepared: readable here, exact in the Code tab. */
import { codePath, configPath } from "../../model/common/routes";
import type { Group, Run, Shape } from "../../model/run/run";
import { type SnapshotSection, snapshotSections } from "../../model/run/snapshot";
import { Prose } from "../parts";

export function SnapshotView({ run, configs, shape }: { run: Run; configs: Group; shape: Shape | null }) {
  const sections = snapshotSections(configs, shape);
  if (sections.length === 0) return null;
  return (
    <div class="snapshot">
      <h3>Frozen configs</h3>
      <p class="faint">
        As they were when the run was prepared, and as <a href={codePath(run.id, "snapshot.json")}>snapshot.json</a>.
      </p>
      {sections.map((section) => (
        <SectionView key={section.title} section={section} />
      ))}
    </div>
  );
}

function SectionView({ section: { title, config, parts } }: { section: SnapshotSection }) {
  return (
    <details>
      <summary>
        {title}
        {config !== null && `: ${config.name}`}
      </summary>
      {config !== null && (
        <p>
          <a href={configPath(config.kind, config.id)}>{config.name} as it is now</a>,{" "}
          <a href={configPath(config.kind, config.id, "versions")}>its versions</a>
        </p>
      )}
      <div class="parameters">
        {parts.map((part) => (
          <div key={part.title}>
            <h4>{part.title}</h4>
            <dl class={part.title === "Settings" ? "pairs" : "pairs terms"}>
              {part.lines.map((line, i) => (
                <div key={i}>
                  {line.label !== "" && <dt>{line.label}</dt>}
                  <dd>
                    <Prose text={line.text} />
                  </dd>
                </div>
              ))}
            </dl>
          </div>
        ))}
      </div>
    </details>
  );
}
