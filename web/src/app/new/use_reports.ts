/** What the service says of the configs that are chosen. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { watchReport } from "../../data/configs";
import { latest } from "../../model/common/feed";
import type { ConfigKind } from "../../model/common/routes";
import type { ConfigReport } from "../../model/configs/configs";
import { type Options, optionOf } from "../../model/new/options";
import type { Form } from "../../model/new/wizard";
import type { Context } from "../context";
import { type Start, useFeed } from "../hooks";

export function useReports({ db }: Context, form: Form, options: Options) {
  const dataset = optionOf(options, "feature_config", form.feature_config)?.dataset ?? "";
  return {
    features: useReport(db, "feature_configs", form.feature_config),
    model: useReport(db, "model_configs", form.model_config),
    dataset: useReport(db, "datasets", dataset),
  };
}

/** What the service says of a config that is chosen; null while none is, or while it has said nothing. */
function useReport(db: Context["db"], kind: ConfigKind, id: string): ConfigReport | null {
  const watch = useCallback<Start<ConfigReport | null>>((...on) => watchReport(db, kind, id, ...on), [db, kind, id]);
  const [feed] = useFeed(id === "" ? null : watch);
  const [last, setLast] = useState<ConfigReport | null>(null);
  const found = latest(feed);
  useEffect(() => {
    if (found !== null) setLast(found);
  }, [found]);
  const known = found ?? last;
  return known?.id === id ? known : null;
}
