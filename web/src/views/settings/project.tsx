interface ProjectProps {
  projectId: string;
  local: boolean;
  mlflow: string | null;
}

/** Where all of this is. */
export function ProjectView({ projectId, local, mlflow }: ProjectProps) {
  return (
    <dl class="set-facts">
      <div>
        <dt>Project</dt>
        <dd>
          <code>{projectId}</code>
        </dd>
      </div>
      <div>
        <dt>Runs on</dt>
        <dd>{local ? "this machine, with emulators" : "Google Cloud"}</dd>
      </div>
      <div>
        <dt>MLflow</dt>
        <dd>
          {mlflow === null ? (
            "not connected: results stay in Quicktest"
          ) : (
            <a href={mlflow} target="_blank" rel="noopener noreferrer">
              Open MLflow
            </a>
          )}
        </dd>
      </div>
      <div>
        <dt>Versions</dt>
        <dd>Each experiment says its own: images, TFX and TensorFlow are frozen in its snapshot.</dd>
      </div>
    </dl>
  );
}
