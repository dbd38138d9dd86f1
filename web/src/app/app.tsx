import { useCallback, useEffect, useState } from "preact/hooks";
import type { Config } from "../data/config";
import type { Connection } from "../data/connect";
import { toFeedError } from "../data/errors";
import { enter, leave, renew, type Session, signIn, watchSession } from "../data/session";
import { errorWords } from "../model/common/feed";
import type { User } from "../model/common/roles";
import { newSource, type Route, safeUrl, subject } from "../model/common/routes";
import { Frame, NotFoundView, SignInView } from "../views/frame";
import { Failed, Loading } from "../views/parts";
import { NoRoleView, RoleMenu, WhoView } from "../views/who";
import type { Context, Deletions, PageProps } from "./context";
import { EndpointMenu, useEndpoint } from "./endpoint";
import { Keys } from "./keys";
import { lazy } from "./lazy";
import { useHeadingFocus, useRoute, useTitle } from "./navigation";

const ListPage = lazy("the experiments", () => import("./list/list"), "Experiments");
const ExperimentPage = lazy("the experiment", () => import("./experiment"), "Experiment");
const NewPage = lazy("the form", () => import("./new/new"), "New experiment");
const ComparePage = lazy("the comparison", () => import("./compare"), "Compare");
const DashboardPage = lazy("the dashboard", () => import("./dashboard/dashboard"), "Dashboard");
const ConfigsPage = lazy("the configs", () => import("./configs"), "Configs");
const CoveragePage = lazy("the coverage", () => import("./coverage"), "Coverage");
const SettingsPage = lazy("the settings", () => import("./settings"), "Settings and health");

interface AppProps {
  config: Config;
  connection: Connection;
}

export function App({ config, connection }: AppProps) {
  const [session, setSession] = useState<Session>({ status: "checking" });
  const route = useRoute();
  useEffect(() => watchSession(connection, setSession), [connection]);
  const who = <Who session={session} connection={connection} />;
  const mlflow = safeUrl(config.mlflow);
  const frame = { projectId: config.projectId, local: connection.local, mlflow, route, who };
  if (session.status === "signed-in") {
    return <Signed key={session.uid} {...{ frame, route, connection, mlflow }} user={session} />;
  }
  return (
    <Frame {...frame} navigation={false}>
      <Unsigned session={session} connection={connection} />
    </Frame>
  );
}

/** Who is signed in; on the one-machine stack, the choice of its roles. */
function Who({ session, connection }: { session: Session; connection: Connection }) {
  const [attempt, problem] = useAttempt();
  if (session.status !== "signed-in" && session.status !== "no-role") return null;
  const role = session.status === "signed-in" ? session.role : null;
  if (connection.local && role !== null) {
    return <RoleMenu role={role} problem={problem} onRole={(next) => attempt(enter(connection, next))} />;
  }
  return <WhoView name={session.name} role={role} onLeave={() => leave(connection)} />;
}

interface UnsignedProps {
  session: Exclude<Session, { status: "signed-in" }>;
  connection: Connection;
}

function Unsigned({ session, connection }: UnsignedProps) {
  switch (session.status) {
    case "checking":
      return <Loading what="your session" />;
    case "signed-out":
      return <SignIn connection={connection} />;
    case "failed":
      return <Failed title="You could not be signed in" error={session.error} onRetry={() => location.reload()} />;
    case "no-role":
      return <NoRole connection={connection} name={session.name} />;
  }
}

interface SignedProps {
  frame: Omit<Parameters<typeof Frame>[0], "children" | "navigation">;
  route: Route;
  connection: Connection;
  mlflow: string | null;
  user: User;
}

function Signed({ frame, route, connection, mlflow, user }: SignedProps) {
  const { db, local } = connection;
  const { endpoint, endpoints, choose } = useEndpoint(db, route);
  const deletions = useDeletions();
  const app: Context = { db, user, local, mlflow, endpoint, endpoints, deletions };
  return (
    <Frame {...frame} navigation endpoint={<EndpointMenu {...{ endpoint, endpoints }} onChoose={choose} />}>
      <Page app={app} route={route} />
      <Keys />
    </Frame>
  );
}

function Page({ app, route }: PageProps) {
  useHeadingFocus(subject(route));
  switch (route.view) {
    case "list":
      return <ListPage app={app} route={route} />;
    case "experiment":
      return <ExperimentPage key={route.id} app={app} route={route} />;
    case "new":
      return <NewPage key={newSource(route.search)} app={app} route={route} />;
    case "compare":
      return <ComparePage key={route.id} app={app} route={route} />;
    case "dashboard":
      return <DashboardPage app={app} route={route} />;
    case "configs":
    case "new-config":
      return <ConfigsPage app={app} route={route} />;
    case "coverage":
      return <CoveragePage app={app} route={route} />;
    case "settings":
      return <SettingsPage app={app} route={route} />;
    case "unknown":
      return <Unknown />;
  }
}

function Unknown() {
  useTitle("Nothing here · Quicktest");
  return <NotFoundView what="view" />;
}

function useDeletions(): Deletions {
  const [ids, setIds] = useState<readonly string[]>([]);
  const add = useCallback((...more: string[]) => setIds((before) => [...new Set([...before, ...more])]), []);
  const dismiss = useCallback(() => setIds([]), []);
  return { ids, add, dismiss };
}

function SignIn({ connection }: { connection: Connection }) {
  const [attempt, problem] = useAttempt();
  return <SignInView problem={problem} onSignIn={() => attempt(signIn(connection))} />;
}

function NoRole({ connection, name }: { connection: Connection; name: string }) {
  const [attempt, problem] = useAttempt();
  return <NoRoleView name={name} problem={problem} onRenew={() => attempt(renew(connection))} />;
}

/** Something to try, and what went wrong with it the last time. */
function useAttempt(): [(trying: Promise<void>) => void, string | null] {
  const [problem, setProblem] = useState<string | null>(null);
  const attempt = (trying: Promise<void>) => {
    setProblem(null);
    trying.catch((error) => setProblem(errorWords(toFeedError(error)).problem));
  };
  return [attempt, problem];
}
