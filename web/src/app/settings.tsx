import { Empty } from "../views/parts";
import type { PageProps } from "./context";

export default function SettingsPage({ route }: PageProps<"settings">) {
  return <Empty title={route.view} />;
}
