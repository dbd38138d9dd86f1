import { Empty } from "../../views/parts";
import type { TabProps } from "./tab";

export default function TrainingTab({ run }: TabProps) {
  return <Empty title={`training of ${run.id}`} />;
}
