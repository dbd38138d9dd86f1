/** What a new experiment is begun from, as its form shows it; a suggestion's model config is stored on the way. */
import { useState } from "preact/hooks";
import { writeOnce } from "../../data/commands";
import { toFeedError } from "../../data/errors";
import type { FeedError } from "../../model/common/feed";
import { type Options, optionOf } from "../../model/new/options";
import type { Origin } from "../../views/new/origin";
import type { Context } from "../context";
import type { Source } from "./source";

export function useOrigin({ db, user }: Context, { parent, suggestion }: Source, options: Options): Origin {
  const [storing, setStoring] = useState(false);
  const [failed, setFailed] = useState<FeedError | null>(null);
  if (suggestion !== null) {
    const brought = suggestion.modelConfig;
    const store = () => {
      if (brought === null) return;
      setStoring(true);
      setFailed(null);
      writeOnce(db, "model_configs", brought.id, brought.content, user.uid)
        .catch((error) => setFailed(toFeedError(error)))
        .finally(() => setStoring(false));
    };
    return {
      kind: "suggestion",
      parent: { id: suggestion.base, title: parent?.title ?? `Exp #${suggestion.baseNumber ?? "?"}` },
      suggestion,
      stored: brought === null || optionOf(options, "model_config", brought.id) !== null,
      onStore: store,
      storing,
      failed,
    };
  }
  return parent === null ? { kind: "nothing" } : { kind: "clone", parent };
}
