import type { Firestore } from "firebase/firestore";
import { useRef, useState } from "preact/hooks";
import { createExperiment, sendCommand } from "../data/commands";
import { toFeedError } from "../data/errors";
import { readRequest } from "../data/feeds";
import { newExperimentId } from "../model/common/ids";
import type { User } from "../model/common/roles";
import { experimentPath } from "../model/common/routes";
import { rerunOf } from "../model/new/rerun";
import type { ActionKind } from "../model/run/actions";
import type { Run } from "../model/run/run";
import { type ActionState, ActionsView } from "../views/experiment/actions";
import { navigate } from "./navigation";

interface ActionsProps {
  db: Firestore;
  run: Run;
  user: User;
  fresh: boolean;
  now: number;
  /** Told before a deletion is asked for. */
  onDelete: (id: string) => void;
}

/** What this person may do with an experiment. What was sent stays so until the run itself says what came of it. */
export function Actions({ db, run, user, fresh, now, onDelete }: ActionsProps) {
  const [state, setState] = useState<ActionState>({ step: "idle" });
  const rerunId = useRef(newExperimentId(Date.now())); // of one rerun, however often it is pressed
  const send = async (kind: ActionKind) => {
    if (kind === "rerun") return startRerun(db, run, rerunId.current, user);
    if (kind === "delete") onDelete(run.id);
    if (kind !== "clone") await sendCommand(db, kind, run.id, user.uid);
  };
  const confirm = (kind: ActionKind) => {
    setState({ step: "sending", kind });
    send(kind).catch((error) => setState({ step: "failed", kind, error: toFeedError(error) }));
  };
  return (
    <ActionsView
      run={run}
      user={user}
      state={state}
      fresh={fresh}
      now={now}
      onAsk={(kind) => setState({ step: "asked", kind })}
      onKeep={() => setState({ step: "idle" })}
      onConfirm={confirm}
    />
  );
}

async function startRerun(db: Firestore, run: Run, id: string, user: User): Promise<void> {
  const request = await readRequest(db, run.id);
  if (request === null) throw new Error("The request of this experiment is not stored any more.");
  await createExperiment(db, id, rerunOf(request.document, run.id), user.uid);
  navigate(experimentPath(id));
}
