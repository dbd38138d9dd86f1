import { Empty } from "../../views/parts";
import type { TabProps } from "./tab";

export default function DataTab({ run }: TabProps) {
  return <Empty title={`data of ${run.id}`} />;
}
