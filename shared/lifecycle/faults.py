"""What becomes of a run that meets a fault of ours at every look: nothing else would ever end it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from shared import stages
from shared.errors import classify
from shared.facts import Facts
from shared.lifecycle.deciding import LOOKED_AT, decide_unseen
from shared.lifecycle.decision import Decision, end, fail
from shared.lifecycle.showing import spent_before
from shared.lifecycle.table import UNSEEN_FOR
from shared.runs import SEATED, Run, State


def decide_fault(run: Run, facts: Facts, now: datetime) -> Decision:
    """As of a run that may not be seen: `facts` are the wishes, and the fault as `unseen`. A version of ours without it
    may come, so it is waited for; then what may be live is stopped, and the run fails with the fault's words.

    Nothing is computed anew, for that may be the fault.
    """
    assert facts.unseen is not None
    if run.deletion is not None:
        return Decision(replace(run, reason=run.reason or f"cannot be deleted: {facts.unseen.message}"))
    if not run.live:
        return Decision(run)
    return _with_shown_charges(run, _decide_live(run, facts, now))


def _decide_live(run: Run, facts: Facts, now: datetime) -> Decision:
    assert facts.unseen is not None
    cancelled = facts.cancel_requested_at is not None
    if run.state in LOOKED_AT or (run.state is State.PREPARING and cancelled):
        return decide_unseen(run, facts, now)
    if cancelled:
        ended = replace(end(run, State.CANCELLED, now), stages=stages.close_cancelled(run.stages, now))
        return Decision(ended, why="a cancel was asked for")
    since = run.unseen_since or now
    if run.state is State.PREPARING or now - since > UNSEEN_FOR:  # nothing is paid yet, and nothing can be live
        return fail(run, classify(facts.unseen), now, replace(facts, evidence=facts.unseen))
    reason = run.reason if run.unseen_since else f"cannot begin: {classify(facts.unseen).raw}"
    return Decision(replace(run, unseen_since=since, reason=reason), why="" if run.unseen_since else "it met a fault")


def _with_shown_charges(before: Run, decision: Decision) -> Decision:
    """An attempt that ends is charged as much as was shown of it last."""
    if before.state not in SEATED or decision.run.state in SEATED:
        return decision
    shown = float((before.cost or {}).get("computed", 0.0)) - spent_before(before)
    return replace(decision, charges=round(max(0.0, shown), 6))
