import { Empty } from "../views/parts";
import type { PageProps } from "./context";

export default function DashboardPage({ route }: PageProps<"dashboard">) {
  return <Empty title={route.view} />;
}
