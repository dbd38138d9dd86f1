import { watchAsked, watchCancel, watchDelete, watchEvents } from "../../data/activity";
import { together } from "../../model/common/feed";
import { stepsOf } from "../../model/run/activity";
import { ActivityView } from "../../views/experiment/activity";
import { FeedView } from "../../views/feed";
import { useDocument } from "../hooks";
import type { TabProps } from "./tab";

export default function ActivityTab({ app, run, now }: TabProps) {
  const { db, user } = app;
  const [events, retryEvents] = useDocument(watchEvents, db, run.id);
  const [asked, retryAsked] = useDocument(watchAsked, db, run.id);
  const [cancel, retryCancel] = useDocument(watchCancel, db, run.id);
  const [deletion, retryDeletion] = useDocument(watchDelete, db, run.id);
  const retry = () => {
    retryEvents();
    retryAsked();
    retryCancel();
    retryDeletion();
  };
  return (
    <FeedView feed={together(events, asked, cancel, deletion)} what="the activity" onRetry={retry}>
      {([found, request, ...wishes]) => {
        const wished = wishes.filter((wish) => wish !== null);
        return <ActivityView {...{ run, now }} me={user.uid} steps={stepsOf(run, request, found, wished)} />;
      }}
    </FeedView>
  );
}
