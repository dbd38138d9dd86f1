import type { ComponentChildren } from "preact";

interface FrameProps {
  projectId: string | null;
  local: boolean;
  mlflow: string | null;
  who: ComponentChildren;
  children: ComponentChildren;
}

/** What stands around every view. */
export function Frame({ projectId, local, mlflow, who, children }: FrameProps) {
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="top">
        <a class="brand" href="/">
          Quicktest
        </a>
        <span class="faint project">
          {projectId}
          {local && " on this machine"}
        </span>
        {mlflow !== null && (
          <a href={mlflow} target="_blank" rel="noopener noreferrer">
            MLflow
          </a>
        )}
        {who}
      </header>
      <main id="main">{children}</main>
    </>
  );
}

export function SignInView({ problem, onSignIn }: { problem: string | null; onSignIn: () => void }) {
  return (
    <div class="notice notice-empty">
      <h1 tabIndex={-1}>Sign in</h1>
      <p>Experiments are shown to people of this project.</p>
      {problem !== null && (
        <p class="error-text" role="alert">
          {problem}
        </p>
      )}
      <button type="button" onClick={onSignIn}>
        Sign in with Google
      </button>
    </div>
  );
}

export function NotFoundView({ what }: { what: string }) {
  return (
    <div class="notice notice-empty">
      <h1 tabIndex={-1}>Nothing here</h1>
      <p>
        There is no {what} at this address. <a href="/">See all experiments</a>
      </p>
    </div>
  );
}
