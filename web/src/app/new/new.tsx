/** The form of a new experiment at `/new`, and where its parts come from. */

import { useCallback } from "preact/hooks";
import { toFeedError } from "../../data/errors";
import { watchFrozen, watchRequest, watchRun } from "../../data/feeds";
import { watchGroups } from "../../data/insights";
import { readSuggestion } from "../../data/suggestions";
import { type Feed, latest, nothingKnown, together } from "../../model/common/feed";
import { mayEdit } from "../../model/common/roles";
import { experimentPath, newSource } from "../../model/common/routes";
import type { Config } from "../../model/configs/configs";
import type { GroupHead } from "../../model/dashboard/insights";
import type { Suggestion } from "../../model/dashboard/suggestions";
import type { Frozen } from "../../model/new/clone";
import { featureOption, modelOption, type Options } from "../../model/new/options";
import { clonedOf } from "../../model/new/rerun";
import { shortName } from "../../model/run/deletion";
import type { Request, Run } from "../../model/run/run";
import { NotFoundView } from "../../views/frame";
import { MayNotStart } from "../../views/new/new";
import { PageFailed, PageLoading, PageOffline } from "../../views/parts";
import { useConfigs } from "../configs/use_config";
import type { Context, PageProps } from "../context";
import { type Start, useDocument, useFeed } from "../hooks";
import { useTitle } from "../navigation";
import type { Source } from "./source";
import { Wizard } from "./wizard";

const HEADING = "New experiment"; // until it is known what it is a clone of

export default function NewPage({ app, route }: PageProps<"new">) {
  const asked = new URLSearchParams(route.search);
  useTitle(`${HEADING} · Quicktest`);
  const parent = asked.get("parent");
  if (!mayEdit(app.user.role)) return <Refused parent={parent} />;
  const suggestion = asked.get("suggestion");
  if (suggestion !== null) return <FromSuggestion app={app} search={route.search} wanted={suggestion} />;
  return <From app={app} search={route.search} parentId={parent} suggestion={null} />;
}

function Refused({ parent }: { parent: string | null }) {
  return (
    <MayNotStart>
      {parent === null ? (
        <a href="/">Back to the experiments</a>
      ) : (
        <a href={experimentPath(parent)}>Back to the experiment</a>
      )}
    </MayNotStart>
  );
}

interface SuggestedProps {
  app: Context;
  search: string;
  wanted: string;
}

/** A suggestion is read once: newer ones must not change what is being filled in. */
function FromSuggestion({ app, search, wanted }: SuggestedProps) {
  const { db } = app;
  const read = useCallback<Start<Suggestion | null>>(
    (onValue, onError) => {
      let listening = true;
      readSuggestion(db, wanted).then(
        (found) => listening && onValue(found, true),
        (error) => listening && onError(toFeedError(error)),
      );
      return () => {
        listening = false;
      };
    },
    [db, wanted],
  );
  const [feed, retry] = useFeed(read);
  if (feed.status === "failed")
    return <PageFailed heading={HEADING} title="The suggestion could not be read" error={feed.error} onRetry={retry} />;
  if (feed.status === "loading") return <PageLoading title={HEADING} what="the suggestion" />;
  if (feed.value === null) return <GoneSuggestion />;
  return <From app={app} search={search} parentId={feed.value.base} suggestion={feed.value} />;
}

function GoneSuggestion() {
  return (
    <div class="notice notice-empty">
      <h1 tabIndex={-1}>This suggestion is not made any more</h1>
      <p>
        Suggestions are computed anew when experiments end. <a href="/dashboard">Look at the present ones</a>, or{" "}
        <a href="/new">begin from nothing</a>.
      </p>
    </div>
  );
}

interface FromProps {
  app: Context;
  search: string;
  parentId: string | null;
  suggestion: Suggestion | null;
}

/** Reads what the form is filled from, once all of it is there: what is edited then stays whatever happens around it. */
function From({ app, search, parentId, suggestion }: FromProps) {
  const { db, endpoint } = app;
  const [request, retry] = useDocument(watchRequest, db, parentId);
  const [run] = useDocument(watchRun, db, parentId);
  const [frozen] = useDocument(watchFrozen, db, parentId);
  const [options, retryOptions] = useOptions(app);
  const [boards] = useFeed<GroupHead[]>(
    useCallback<Start<GroupHead[]>>((...on) => watchGroups(db, endpoint, ...on), [db, endpoint]),
  );
  const parts = parentId === null ? options : together(options, request, run, frozen);
  const again = () => {
    retry();
    retryOptions();
  };
  if (parts.status === "failed")
    return <PageFailed heading={HEADING} title="The form could not be filled" error={parts.error} onRetry={again} />;
  if (parts.status === "loading" || options.status !== "ready") return <PageLoading title={HEADING} what="the form" />;
  if (nothingKnown(options)) return <PageOffline title={HEADING} />;
  const parent = parentId === null ? null : latest(request);
  if (parentId !== null && parent === null && suggestion === null) {
    if (nothingKnown(request)) return <PageOffline title={HEADING} />;
    return <NotFoundView what="experiment" />;
  }
  const source: Source = {
    key: newSource(search),
    request: suggestion?.experiment ?? (parent === null ? {} : clonedOf(parent.document)),
    parent: parent && sourceOf(parent, latest(run), latest(frozen)),
    suggestion,
  };
  return (
    <Wizard app={app} search={search} source={source} options={options} boards={latest(boards)} fresh={parts.fresh} />
  );
}

function sourceOf(request: Request, run: Run | null, frozen: Frozen | null): Source["parent"] {
  const title = shortName({ number: run?.number ?? null, name: request.name });
  return { id: request.id, title, request: request.document, endpoint: request.modelEndpoint, frozen };
}

function useOptions({ db }: Context): [Feed<Options>, () => void] {
  const [features, retryFeatures] = useConfigs(db, "feature_configs");
  const [models, retryModels] = useConfigs(db, "model_configs");
  const both = together(features, models);
  const retry = () => {
    retryFeatures();
    retryModels();
  };
  if (both.status !== "ready") return [both, retry];
  const [feature, model] = both.value;
  const byName = (a: Config, b: Config) => a.name.localeCompare(b.name);
  const value = {
    feature_config: feature.toSorted(byName).map(featureOption),
    model_config: model.toSorted(byName).map(modelOption),
  };
  return [{ ...both, value }, retry];
}
