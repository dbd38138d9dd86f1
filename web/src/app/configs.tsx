import { configPath } from "../model/common/routes";
import type { PageProps } from "./context";
import { lazy } from "./lazy";

const ListPage = lazy("the configs", () => import("./configs/list"), "Configs");
const VersionsPage = lazy("the versions", () => import("./configs/versions"), "Versions");
const ComparePage = lazy("the comparison", () => import("./configs/compare"), "Compare configs");
const DatasetPage = lazy("the dataset", () => import("./configs/dataset"), "Dataset");
const FeaturePage = lazy("the feature config", () => import("./configs/feature"), "Feature config");
const ModelPage = lazy("the model config", () => import("./configs/model"), "Model config");

/** Configs of all three kinds: what they have in common is one page each, what is their own another. */
export default function ConfigsPage({ app, route }: PageProps<"configs" | "new-config">) {
  if (route.view === "configs") {
    if (route.id === null) return <ListPage key={route.kind} app={app} route={route} />;
    const key = configPath(route.kind, route.id, route.mode);
    if (route.mode === "versions") return <VersionsPage key={key} app={app} route={route} />;
    if (route.mode === "compare") return <ComparePage key={key} app={app} route={route} />;
  }
  const key = route.view === "configs" ? configPath(route.kind, route.id ?? "", route.mode) : formKey(route.search);
  switch (route.kind) {
    case "datasets":
      return <DatasetPage key={key} app={app} route={route} />;
    case "feature_configs":
      return <FeaturePage key={key} app={app} route={route} />;
    case "model_configs":
      return <ModelPage key={key} app={app} route={route} />;
  }
}

/** A form of another document, or over another dataset, is another form; by which features it is measured is not. */
function formKey(search: string): string {
  const begins = new URLSearchParams(search);
  begins.delete("features");
  return `new ${begins}`;
}
