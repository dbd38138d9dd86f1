import { Empty } from "../../views/parts";
import type { PageProps } from "../context";

export default function ComparePage({ route }: PageProps<"configs">) {
  return <Empty title={route.kind} />;
}
