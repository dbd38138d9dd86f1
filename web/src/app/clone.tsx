import type { Firestore } from "firebase/firestore";
import { useCallback, useRef, useState } from "preact/hooks";
import { createExperiment } from "../data/commands";
import { toFeedError } from "../data/errors";
import { watchChoices, watchFrozen, watchRequest, watchRun } from "../data/feeds";
import {
  type Choice,
  type Choices,
  type Draft,
  differencesOf,
  draftOf,
  type FieldName,
  type Frozen,
  mistakesOf,
  requestOf,
} from "../model/clone";
import { shortName } from "../model/deletion";
import { type Feed, latest } from "../model/feed";
import { newExperimentId } from "../model/ids";
import { mayEdit, type User } from "../model/roles";
import { experimentPath } from "../model/routes";
import type { Request } from "../model/run";
import { CloneView, MayNotStart, type SendState } from "../views/clone";
import { NotFoundView } from "../views/frame";
import { Failed, Loading } from "../views/parts";
import { type Start, useDocument, useFeed } from "./hooks";
import { navigate, useHeadingFocus, useTitle } from "./navigation";

interface ClonePageProps {
  db: Firestore;
  id: string;
  user: User;
}

/** The form at `/experiments/{id}/clone`. It is filled once, so that what is edited stays whatever happens around it. */
export function ClonePage({ db, id, user }: ClonePageProps) {
  const [request, retry] = useDocument(watchRequest, db, id);
  const [run] = useDocument(watchRun, db, id);
  const [frozen] = useDocument(watchFrozen, db, id);
  const features = useChoices(db, "feature_configs");
  const models = useChoices(db, "model_configs");
  const title = shortName({ number: latest(run)?.number ?? null, name: latest(request)?.name ?? "" });
  useTitle(`Clone of ${title} · Quicktest`);
  const parts = [request, run, frozen, features, models];
  const ready = !parts.some((part) => part.status === "loading");
  useHeadingFocus(ready);
  const failed = parts.find((part) => part.status === "failed");

  if (!mayEdit(user.role)) return <MayNotStart>{<a href={experimentPath(id)}>Back to the experiment</a>}</MayNotStart>;
  if (failed !== undefined) return <Failed title="The form could not be filled" error={failed.error} onRetry={retry} />;
  if (!ready) return <Loading what="the experiment" />;
  const parent = latest(request);
  if (parent === null) return isFresh(request) ? <NotFoundView what="experiment" /> : <Loading what="the experiment" />;
  const choices = { feature_config: latest(features) ?? [], model_config: latest(models) ?? [] };
  return <Form {...{ db, user, parent, choices, title }} frozen={latest(frozen)} fresh={isFresh(request)} />;
}

interface FormProps {
  db: Firestore;
  user: User;
  parent: Request;
  title: string;
  choices: Choices;
  frozen: Frozen | null;
  fresh: boolean;
}

function Form({ db, user, parent, title, choices, frozen, fresh }: FormProps) {
  const before = useRef(draftOf(parent.document)).current;
  const id = useRef(newExperimentId(Date.now())).current; // of one experiment, however often it is sent
  const [draft, setDraft] = useState<Draft>(before);
  const [left, setLeft] = useState<ReadonlySet<FieldName> | "all">(new Set());
  const [state, setState] = useState<SendState>({ step: "editing" });
  const mistakes = mistakesOf(draft, choices);
  const shown = Object.fromEntries(
    Object.entries(mistakes).filter(([field]) => left === "all" || left.has(field as FieldName)),
  );
  const start = () => {
    setLeft("all");
    const [first] = Object.keys(mistakes);
    if (first !== undefined) return document.getElementById(first)?.focus();
    setState({ step: "sending" });
    createExperiment(db, id, requestOf(draft, parent.document, parent.id), user.uid).then(
      () => navigate(experimentPath(id), { replace: true }), // going back leads to the parent, not to a used form
      (error) => setState({ step: "failed", error: toFeedError(error) }),
    );
  };
  return (
    <CloneView
      parent={{ title, id: parent.id }}
      modelEndpoint={parent.modelEndpoint}
      draft={draft}
      mistakes={shown}
      differences={differencesOf(before, draft, choices, frozen)}
      choices={choices}
      state={state}
      fresh={fresh}
      onEdit={(field, text) => setDraft((now) => ({ ...now, [field]: text }))}
      onLeave={(field) => setLeft((now) => (now === "all" ? now : new Set([...now, field])))}
      onStart={start}
    />
  );
}

function useChoices(db: Firestore, kind: "feature_configs" | "model_configs"): Feed<Choice[]> {
  const [feed] = useFeed<Choice[]>(useCallback<Start<Choice[]>>((...on) => watchChoices(db, kind, ...on), [db, kind]));
  return feed;
}

function isFresh(feed: Feed<unknown>): boolean {
  return feed.status === "ready" && feed.fresh;
}
