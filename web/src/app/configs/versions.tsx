import { Empty } from "../../views/parts";
import type { PageProps } from "../context";

export default function VersionsPage({ route }: PageProps<"configs">) {
  return <Empty title={route.kind} />;
}
