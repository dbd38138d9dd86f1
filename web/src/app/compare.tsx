import { Empty } from "../views/parts";
import type { PageProps } from "./context";

export default function ComparePage({ route }: PageProps<"compare">) {
  return <Empty title={route.view} />;
}
