import { configPath, experimentPath, newConfigPath, newPath } from "../../model/common/routes";
import { type Config, type ConfigReport, stateOf } from "../../model/configs/configs";
import type { Time } from "../../model/run/run";
import { Prose, When } from "../parts";
import { Dialog } from "../ui/dialog";
import { ConfigCrumbs, ConfigStateView } from "./parts";

interface HeadProps {
  config: Config;
  report: ConfigReport | null;
  now: Time;
  mayEdit: boolean;
  /** null: this person may not. */
  onDelete: (() => void) | null;
}

/** The name of a config, how it is, and where to go from here. */
export function ConfigHeadView({ config, report, now, mayEdit, onDelete }: HeadProps) {
  const { kind, id, name, updatedAt } = config;
  const used = { feature_configs: "feature_config", model_configs: "model_config" } as const;
  return (
    <>
      <ConfigCrumbs kind={kind} config={null} />
      <div class="heading">
        <h1 tabIndex={-1}>{name}</h1>
        <div class="actions">
          {mayEdit && kind !== "datasets" && (
            <a class="button primary" href={newPath({ [used[kind]]: id })}>
              New experiment
            </a>
          )}
          {mayEdit && (
            <>
              <a class="button" href={configPath(kind, id, "edit")}>
                Edit
              </a>
              <a class="button" href={newConfigPath(kind, { clone: id })}>
                Clone
              </a>
            </>
          )}
          <a class="button" href={configPath(kind, id, "versions")}>
            Versions
          </a>
          <a class="button" href={configPath(kind, id, "compare")}>
            Compare
          </a>
          {onDelete !== null && (
            <button type="button" class="danger" onClick={onDelete}>
              Delete
            </button>
          )}
        </div>
      </div>
      <p class="config-facts">
        <code>{id}</code>
        <ConfigStateView state={stateOf(config, report)} />
        {report?.version !== null && report !== null && <span>version {report.version}</span>}
        {updatedAt !== null && (
          <span class="faint">
            changed <When time={updatedAt} now={now} /> by {config.owner}
          </span>
        )}
      </p>
      {config.description !== "" && <p>{config.description}</p>}
    </>
  );
}

interface DeletionProps {
  what: string;
  name: string;
  step: "asked" | "sent" | "refused";
  /** Those that refer to it. */
  experiments: readonly { id: string; title: string }[];
  refused: string | null;
  problem: string | null;
  onConfirm: () => void;
  onClose: () => void;
}

export function DeletionView({ what, name, step, experiments, refused, problem, onConfirm, onClose }: DeletionProps) {
  return (
    <Dialog title={`Delete the ${what}?`} onClose={onClose}>
      {step !== "refused" && (
        <p>
          <b>{name}</b> is deleted with its report and its versions. Runs keep their own copy. While an experiment
          refers to it, it stays.
        </p>
      )}
      {problem !== null && (
        <p class="error-text" role="alert">
          {problem}
        </p>
      )}
      {step === "refused" && (
        <div role="alert">
          <p>
            <b>{name}</b> stays. {refused !== null && <Prose text={refused} />}
          </p>
          <ul>
            {experiments.map(({ id, title }) => (
              <li key={id}>
                <a href={experimentPath(id)}>{title}</a>
              </li>
            ))}
          </ul>
        </div>
      )}
      {step === "sent" && <p role="status">The service looks for experiments that refer to it…</p>}
      {step !== "refused" && (
        <button type="button" class="danger" disabled={step === "sent"} onClick={onConfirm}>
          Delete
        </button>
      )}
    </Dialog>
  );
}
