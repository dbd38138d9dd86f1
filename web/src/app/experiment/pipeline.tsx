import { Empty } from "../../views/parts";
import type { TabProps } from "./tab";

export default function PipelineTab({ run }: TabProps) {
  return <Empty title={`pipeline of ${run.id}`} />;
}
