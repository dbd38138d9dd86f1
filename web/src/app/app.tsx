import { useEffect, useState } from "preact/hooks";
import type { Config } from "../data/config";
import type { Connection } from "../data/connect";
import { toFeedError } from "../data/errors";
import { enter, leave, renew, type Session, signIn, watchSession } from "../data/session";
import { errorWords } from "../model/feed";
import type { User } from "../model/roles";
import { type Route, safeUrl } from "../model/routes";
import { Frame, NotFoundView, SignInView } from "../views/frame";
import { Failed, Loading } from "../views/parts";
import { NoRoleView, RoleMenu, WhoView } from "../views/who";
import { ClonePage } from "./clone";
import { ExperimentPage } from "./experiment";
import { useRoute } from "./hooks";
import { ListPage } from "./list";

interface AppProps {
  config: Config;
  connection: Connection;
}

export function App({ config, connection }: AppProps) {
  const [session, setSession] = useState<Session>({ status: "checking" });
  useEffect(() => watchSession(connection, setSession), [connection]);
  return (
    <Frame
      projectId={config.projectId}
      local={connection.local}
      mlflow={safeUrl(config.mlflow)}
      who={<Who session={session} connection={connection} />}
    >
      <Body session={session} connection={connection} />
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

function Body({ session, connection }: { session: Session; connection: Connection }) {
  const route = useRoute();
  switch (session.status) {
    case "checking":
      return <Loading what="your session" />;
    case "signed-out":
      return <SignIn connection={connection} />;
    case "failed":
      return <Failed title="You could not be signed in" error={session.error} onRetry={() => location.reload()} />;
    case "signed-in":
      return <Page key={session.uid} route={route} connection={connection} user={session} />;
    case "no-role":
      return <NoRole connection={connection} name={session.name} />;
  }
}

interface PageProps {
  route: Route;
  connection: Connection;
  user: User;
}

function Page({ route, connection, user }: PageProps) {
  const { db } = connection;
  const [deleted, setDeleted] = useState<readonly string[]>([]); // what was asked to go since the page was opened
  const toDelete = (...ids: string[]) => setDeleted((before) => [...new Set([...before, ...ids])]);
  switch (route.view) {
    case "list":
      return <ListPage db={db} user={user} deleted={deleted} onDelete={toDelete} onDismiss={() => setDeleted([])} />;
    case "experiment":
    case "code": {
      const code = route.view === "code" ? { file: route.file } : null;
      return <ExperimentPage key={route.id} {...{ db, user, deleted, code }} id={route.id} onDelete={toDelete} />;
    }
    case "clone":
      return <ClonePage key={route.id} db={db} user={user} id={route.id} />;
    case "unknown":
      return <NotFoundView what="view" />;
  }
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
