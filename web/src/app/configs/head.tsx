import { useRef, useState } from "preact/hooks";
import { sendConfigCommand } from "../../data/configs";
import { toFeedError } from "../../data/errors";
import { errorWords, latest } from "../../model/common/feed";
import { mayDelete, mayEdit } from "../../model/common/roles";
import { type Config, type ConfigReport, KIND_WORDS } from "../../model/configs/configs";
import type { Entry } from "../../model/list/entry";
import { ConfigHeadView, DeletionView } from "../../views/configs/head";
import type { Context } from "../context";
import { useNow } from "../hooks";
import { useIndex } from "../use_index";
import { useDeletionWaiting } from "./use_config";

interface HeadProps {
  app: Context;
  config: Config;
  report: ConfigReport | null;
}

/** The name of a config, how it is, and what can be done with it. */
export function ConfigHead({ app, config, report }: HeadProps) {
  const { user } = app;
  const now = useNow(false);
  const [asked, ask] = useState(false);
  return (
    <>
      <ConfigHeadView
        {...{ config, report, now }}
        mayEdit={mayEdit(user.role)}
        onDelete={mayDelete(user.role, user.uid, config.owner) ? () => ask(true) : null}
      />
      {asked && <Deletion {...{ app, config, report }} onClose={() => ask(false)} />}
    </>
  );
}

function Deletion({ app, config, report, onClose }: HeadProps & { onClose: () => void }) {
  const { db, user } = app;
  const [index] = useIndex(db, app.endpoint);
  const titles = new Map(latest(index)?.entries.map((entry) => [entry.experiment, titleOf(entry)]));
  const [sent, setSent] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const waits = useDeletionWaiting(db, config.kind, config.id, sent);
  const waiting = latest(waits) === true;
  const seen = useRef(false);
  seen.current = sent && (seen.current || waiting);
  const send = () => {
    setProblem(null);
    setSent(true);
    sendConfigCommand(db, "delete_config", config.kind, config.id, user.uid).catch((error) => {
      setSent(false);
      setProblem(errorWords(toFeedError(error)).problem);
    });
  };
  // the service takes the command away when it has decided: the document is gone then, or the report says why not
  const refused = seen.current && !waiting ? (report?.deletion ?? null) : null;
  return (
    <DeletionView
      what={KIND_WORDS[config.kind].one}
      name={config.name}
      step={refused !== null ? "refused" : sent ? "sent" : "asked"}
      experiments={refused?.experiments.map((id) => ({ id, title: titles.get(id) ?? id })) ?? []}
      refused={refused?.refused ?? null}
      problem={problem}
      onConfirm={send}
      onClose={onClose}
    />
  );
}

/** `#12 Longer`; of a run that has neither a number nor a name its id. */
function titleOf({ experiment, number, name }: Entry): string {
  return [number > 0 ? `#${number}` : "", name].filter(Boolean).join(" ") || experiment;
}
