import type { ComponentChildren } from "preact";
import { CONFIG_KINDS, configPath, newPath, type Route } from "../model/common/routes";

interface FrameProps {
  projectId: string | null;
  local: boolean;
  mlflow: string | null;
  route: Route | null;
  /** Whether there is somewhere to go: not before somebody has signed in. */
  navigation: boolean;
  endpoint?: ComponentChildren;
  who: ComponentChildren;
  children: ComponentChildren;
}

const PLACES: { name: string; path: string; views: Route["view"][] }[] = [
  { name: "Experiments", path: "/", views: ["list", "experiment", "compare"] },
  { name: "Dashboard", path: "/dashboard", views: ["dashboard"] },
  { name: "Configs", path: configPath(CONFIG_KINDS[0]), views: ["configs", "new-config", "coverage"] },
  { name: "Settings", path: "/settings", views: ["settings"] },
];

/** What stands around every view. */
export function Frame({ projectId, local, mlflow, route, navigation, endpoint, who, children }: FrameProps) {
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
        {endpoint}
        {mlflow !== null && (
          <a href={mlflow} target="_blank" rel="noopener noreferrer">
            MLflow
          </a>
        )}
        {who}
        {navigation && route !== null && <Places route={route} />}
      </header>
      <main id="main">{children}</main>
    </>
  );
}

function Places({ route }: { route: Route }) {
  return (
    <nav class="places" aria-label="Quicktest">
      <ul>
        {PLACES.map(({ name, path, views }) => (
          <li key={path}>
            <a href={path} aria-current={views.includes(route.view) ? "page" : undefined}>
              {name}
            </a>
          </li>
        ))}
        <li class="places-new">
          <a href={newPath()} aria-current={route.view === "new" ? "page" : undefined}>
            New experiment
          </a>
        </li>
      </ul>
    </nav>
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
