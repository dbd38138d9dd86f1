import { Empty } from "../../views/parts";
import type { PageProps } from "../context";

export default function ModelPage({ route }: PageProps<"configs" | "new-config">) {
  return <Empty title={route.kind} />;
}
