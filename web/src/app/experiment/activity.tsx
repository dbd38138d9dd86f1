import { Empty } from "../../views/parts";
import type { TabProps } from "./tab";

export default function ActivityTab({ run }: TabProps) {
  return <Empty title={`activity of ${run.id}`} />;
}
