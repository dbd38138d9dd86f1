"""Deletion with finalizers: a tombstone first, and the run is forgotten when nothing of it is left (domain S5.13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from shared.facts import Facts
from shared.lifecycle.decision import Decision, ask
from shared.runs import FINALIZERS, Deletion, Effect, Run

_EFFECTS = {"mirror": Effect.UNMIRROR, "objects": Effect.DELETE_OBJECTS, "details": Effect.DELETE_DETAILS}


def is_deleting(run: Run, facts: Facts) -> bool:
    """A wish to delete takes effect once the run has ended."""
    return run.deletion is not None or (facts.delete is not None and not run.live)


def decide_deleting(run: Run, facts: Facts, now: datetime) -> Decision:
    """One finalizer after the other; a run that is being deleted does nothing else any more."""
    if run.deletion is None:
        assert facts.delete is not None
        deletion = Deletion(facts.delete.at, facts.delete.by, now, FINALIZERS, facts.object_bytes)
        return Decision(replace(run, deletion=deletion, reason=None), why="its deletion was asked for")
    if run.deletion.bytes is None and facts.object_bytes is not None:
        run = replace(run, deletion=replace(run.deletion, bytes=facts.object_bytes))
    left = run.deletion.finalizers
    if not left:
        return Decision(run, why="everything of it is deleted", forgets=True)
    if left[0] == "cloud":
        return _decide_cloud(run, facts, now)
    effect = _EFFECTS[left[0]]
    if facts.finalized is not None and facts.finalized.finalizer == left[0]:
        return _next(run.without(effect), f"{left[0]}: deleted")
    if left[0] == "mirror" and run.mlflow is None:
        return _next(run, "mirror: there was none")
    if facts.refused is not None:  # a right is missing: the next look tries again, and says so meanwhile
        return Decision(replace(run, reason=f"{left[0]} cannot be deleted: {facts.refused.message}"))
    return ask(run, effect, now)


def _decide_cloud(run: Run, facts: Facts, now: datetime) -> Decision:
    """Nothing of the run may be live, nobody may be writing for it, and nobody may be reading its outputs."""
    if facts.unseen is not None:
        return Decision(replace(run, reason=f"its job cannot be looked at: {facts.unseen.message}"))
    if facts.job is not None and facts.job.live:
        return ask(run, Effect.CANCEL_PIPELINE, now, why="its pipeline job is live")
    if any(build.live for build in facts.builds):
        return ask(run, Effect.CANCEL_BUILD, now, why="a build of it is live")
    if (until := _written_until(run)) is not None and now < until:
        return Decision(replace(run, reason=f"waits until {until:%H:%M:%S} UTC, when nothing can write any more"))
    if facts.readers:
        others = "1 experiment" if facts.readers == 1 else f"{facts.readers} experiments"
        return Decision(replace(run, reason=f"waits for {others} that may be reading its data"))
    return _next(replace(run, intents={}), "cloud: nothing of it is live")


def _written_until(run: Run) -> datetime | None:
    """The end of the last lease whose holder may be writing something of the run."""
    held = [run.intents[effect].until for effect in (Effect.MIRROR, Effect.KEEP_LOGS) if effect in run.intents]
    return max([*held, *([run.busy_until] if run.busy_until else [])], default=None)


def _next(run: Run, why: str) -> Decision:
    assert run.deletion is not None
    left = run.deletion.finalizers[1:]
    return Decision(replace(run, deletion=replace(run.deletion, finalizers=left), reason=None), why=why)
