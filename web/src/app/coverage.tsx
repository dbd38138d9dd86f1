import { Empty } from "../views/parts";
import type { PageProps } from "./context";

export default function CoveragePage({ route }: PageProps<"coverage">) {
  return <Empty title={route.view} />;
}
