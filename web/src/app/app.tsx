import { useEffect, useState } from "preact/hooks";
import type { Config } from "../data/config";
import type { Connection } from "../data/connect";
import { toFeedError } from "../data/errors";
import { leave, type Session, signIn, watchSession } from "../data/session";
import { errorWords } from "../model/feed";
import { type Route, safeUrl } from "../model/routes";
import { Frame, NotFoundView, SignInView } from "../views/frame";
import { Failed, Loading } from "../views/parts";
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
  const user = session.status === "signed-in" && !connection.local ? session.name : null;
  return (
    <Frame
      projectId={config.projectId}
      local={connection.local}
      mlflow={safeUrl(config.mlflow)}
      user={user}
      onLeave={() => leave(connection)}
    >
      <Body session={session} connection={connection} />
    </Frame>
  );
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
      return <Page route={route} connection={connection} uid={session.uid} />;
  }
}

function Page({ route, connection, uid }: { route: Route; connection: Connection; uid: string }) {
  const { db } = connection;
  switch (route.view) {
    case "list":
      return <ListPage db={db} />;
    case "experiment":
      return <ExperimentPage key={route.id} db={db} uid={uid} id={route.id} code={null} />;
    case "code":
      return <ExperimentPage key={route.id} db={db} uid={uid} id={route.id} code={{ file: route.file }} />;
    case "unknown":
      return <NotFoundView what="view" />;
  }
}

function SignIn({ connection }: { connection: Connection }) {
  const [problem, setProblem] = useState<string | null>(null);
  const open = () => {
    setProblem(null);
    signIn(connection).catch((error) => setProblem(errorWords(toFeedError(error)).problem));
  };
  return <SignInView problem={problem} onSignIn={open} />;
}
