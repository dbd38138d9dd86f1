import { ClonePage } from "./clone";
import type { PageProps } from "./context";

export default function NewPage({ app, route }: PageProps<"new">) {
  return <ClonePage db={app.db} user={app.user} id={new URLSearchParams(route.search).get("parent") ?? ""} />;
}
