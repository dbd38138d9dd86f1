"""Guards of the product, each taken away by one change, and the invariant that must break then.

A simulator that finds nothing says nothing, unless it finds what is known to be there. `FIRST` holds the first seed
that kills each, so that CI need not search for it; when the schedules have changed it searches again.

    python -m tests.simulation.mutants          finds the first seeds anew
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from functions import effects, reconcile, sweep
from functions.adapters import records
from functions.adapters.ports import Unseen
from functions.outcomes import Outcome
from functions.services import Services
from shared import paths
from shared.errors import RunError
from shared.facts import Build, Facts
from shared.lifecycle import LEASES, Decision, decide, deciding, deleting, retrying
from shared.parameters import SpecOptions, compiler_arguments
from shared.quota import Queue, Waiting, in_order
from shared.runs import Effect, Run
from tests.simulation.adapters import SimStore
from tests.simulation.plan import Plan
from tests.simulation.replaced import replaced
from tests.simulation.scheduler import Simulation

MOST_SEEDS = 20_000


@dataclass(frozen=True)
class Mutant:
    """`change` takes the guard away; `breaks` are the numbers of invariants that may tell; `plan` is drawn, but for a
    guard against what happens in one of many thousand schedules."""

    name: str
    change: Callable[[], AbstractContextManager[Any]]
    breaks: frozenset[int]
    plan: Plan | None = None

    @property
    def first(self) -> int:
        return FIRST.get(self.name, 0)


def _conflict_but(ignored: str) -> Callable[..., str | None]:
    """The store's check without one of its reasons."""
    conflict = SimStore._conflict

    def check(self: SimStore, loaded: Any, stored: Run | None, before: Run, decision: Decision) -> str | None:
        wrong = conflict(self, loaded, stored, before, decision)
        return None if wrong == ignored else wrong

    return check


def _without_stored_intents(request: Any, run: Run, facts: Facts, now: Any) -> Decision:
    decision = decide(request, run, facts, now)
    return replace(decision, run=decision.run.without(*decision.intents))


def _build_without_listing(run: Run, services: Services) -> Outcome:
    spec = run.spec or {}
    images, options = spec["images"], SpecOptions(**spec["options"])
    arguments = compiler_arguments(spec["key"], images, "bucket", spec["beam_arguments"], options)
    tag = paths.attempt_name(run.experiment, run.attempt)
    return Outcome(builds=(services.builds.start(tag, images["compiler"], arguments),))


def _any_build(run: Run, facts: Facts) -> Build | None:
    return min(facts.builds, key=lambda build: (build.created_at, build.id), default=None)


def _look_as_if_nothing_were_there(run: Run, facts: Facts, now: Any) -> Decision:
    return deciding._DECIDE[run.state](run, facts, now)


def _retries_for_ever(run: Run, error: RunError, now: Any) -> bool:
    return error.retry != "no"


def _keeps_the_history(run: Run, error: RunError, facts: Facts, now: Any) -> Decision:
    return replace(retrying_next_attempt(run, error, facts, now), details={})


def _keeps_the_insights(run: Run, error: RunError, facts: Facts, now: Any) -> Decision:
    decision = retrying_next_attempt(run, error, facts, now)
    return replace(decision, run=replace(decision.run, insights=run.insights))


retrying_next_attempt = retrying.next_attempt


def _last_come_first_served(queue: Queue) -> list[Waiting]:
    return in_order(queue)[::-1]


def _forgets_the_run_alone(self: SimStore, run: Run, now: Any) -> None:
    self.tombstones[run.experiment] = {}
    self.runs.pop(run.experiment, None)


def _forgets_at_once(run: Run, facts: Facts, now: Any) -> Decision:
    decision = deleting.decide_deleting(run, facts, now)
    return replace(decision, forgets=run.deletion is not None)


def _purges_at_once(run: Run, facts: Facts, now: Any) -> Decision:
    return deleting._next(replace(run, intents={}), "cloud: nobody looked")


def _of_mirrors_alone(run: Run) -> Any:
    return written_until(run.without(Effect.KEEP_LOGS))


written_until = deleting._written_until


def _ignores_readers(run: Run, facts: Facts, now: Any) -> Decision:
    return decide_cloud(run, replace(facts, readers=0), now)


decide_cloud = deleting._decide_cloud


def _repairs_what_moves(self: Any) -> None:
    """The runs first, and the holders, as they are then, replaced whatever happened in between."""
    seated = self._store.seated_runs()
    queue = self._store.queue(self._now)
    if dict(queue.holders) != seated:
        self._store.repair_places(seated, queue, self._now)


def _none_unseen(*_: Any, **__: Any) -> Unseen:
    return Unseen([], None)


def _nothing(*_: Any, **__: Any) -> list[Any]:
    return []


def _p(target: Any, name: str, change: Any) -> Callable[[], AbstractContextManager[Any]]:
    return lambda: patch.object(target, name, change)


def _effect(effect: Effect, act: Callable[..., Outcome]) -> Callable[[], AbstractContextManager[Any]]:
    return lambda: patch.dict(effects._ACT, {effect: act})  # type: ignore[arg-type]


def _lease(effect: Effect, seconds: float) -> Callable[[], AbstractContextManager[Any]]:
    return lambda: patch("shared.lifecycle.decision.LEASES", {**LEASES, effect: timedelta(seconds=seconds)})


MUTANTS = (
    Mutant("no sweep", lambda: patch("tests.simulation.scheduler.sweep", _nothing), frozenset({3, 7, 13, 14})),
    Mutant("no compare-and-swap", _p(SimStore, "_conflict", _conflict_but("it is not as it was loaded")),
           frozenset({2})),
    Mutant("an effect without a stored intent", _p(reconcile, "decide", _without_stored_intents), frozenset({10})),
    Mutant("no look for a cancel where money is spent", _p(SimStore, "_conflict", _conflict_but("a cancel arrived")),
           frozenset({8}), Plan(pause=0.3, cancel=3.0, double=0.8)),
    Mutant("a build is not adopted", _effect(Effect.START_BUILD, _build_without_listing), frozenset({5, 10})),
    Mutant("the recorded build is not kept", _p(deciding, "_own_build", _any_build),
           frozenset({5}), Plan(late=0.6, lag_s=600, hang=1.0, double=0.5)),
    Mutant("no lease of a build", _lease(Effect.START_BUILD, 2), frozenset({5})),
    Mutant("a cancel does not wait for what may still start", _p(deciding, "may_still_start", lambda run, now: False),
           frozenset({8}), Plan(late=0.5, cancel=2.0, double=0.5, pause=0.1)),
    Mutant("no wait after an ambiguous error", lambda: patch("shared.lifecycle.decision.SETTLE", timedelta(0)),
           frozenset({5, 8})),
    Mutant("no attempt in names", _p(paths, "attempt_name", lambda experiment, attempt: f"{experiment}-a1"),
           frozenset({2, 3, 4, 5, 6, 10})),
    Mutant("no look whose results they are", lambda: patch("functions.observe._check_owner", _nothing),
           frozenset({6})),
    Mutant("the next attempt keeps the history", lambda: patch("shared.lifecycle.retrying.next_attempt",
           _keeps_the_history), frozenset({6})),
    Mutant("the next attempt keeps the insights", lambda: patch("shared.lifecycle.retrying.next_attempt",
           _keeps_the_insights), frozenset({6})),
    Mutant("nobody looks at the data at last", lambda: patch("functions.observe._late_insights", _nothing),
           frozenset({9})),
    Mutant("no collector of orphans", _p(sweep, "orphans", _nothing),
           frozenset({7}), Plan(hang=0.5, cancel=0.5, late=0.5, lag_s=240, sleep=0.5)),
    Mutant("places are not given back", _p(records, "gives_back", lambda before, run: False), frozenset({11})),
    Mutant("places are taken without looking again", _p(SimStore, "_conflict",
           _conflict_but("the places are not as they were seen")), frozenset({11})),
    Mutant("places are never repaired", _p(sweep._Sweep, "_repair_places", _nothing), frozenset({3, 11})),
    Mutant("places are repaired while they move", _p(sweep._Sweep, "_repair_places", _repairs_what_moves),
           frozenset({11})),
    Mutant("last come, first served", lambda: patch("shared.quota.in_order", _last_come_first_served),
           frozenset({11})),
    Mutant("no deadlines", _p(deciding, "_overdue", lambda run, now: False), frozenset({3})),
    Mutant("attempts without end", _p(retrying, "_may_retry", _retries_for_ever), frozenset({2})),
    Mutant("what may not be seen is not there", _p(deciding, "decide_unseen", _look_as_if_nothing_were_there),
           frozenset({4, 5, 7, 8, 9})),
    Mutant("purged before its time", _p(deleting, "_decide_cloud", _purges_at_once), frozenset({13})),
    Mutant("readers are not waited for", _p(deleting, "_decide_cloud", _ignores_readers), frozenset({13})),
    Mutant("outputs from before a deletion are reused", _p(records, "begins_deletion", lambda before, run: False),
           frozenset({13}), Plan(experiments=3, steps=90, delete=2.0, rerun=1.0, double=0.5)),
    Mutant("whoever may still be writing is not waited for", _p(deleting, "_written_until", lambda run: None),
           frozenset({13}), Plan(pause=0.2, cancel=2.0, delete=3.0, double=0.5)),
    Mutant("a mirror's lease ends before its handler", _lease(Effect.MIRROR, 5), frozenset({13}),
           Plan(steps=80, pause=0.15, delete=3.0, double=0.8, sleep=0.2)),
    Mutant("what an effect told counts for ever", _p(reconcile, "_is_wanted", lambda run, intents: True),
           frozenset({5, 6}), Plan(steps=60, pause=0.05, fail=0.95, double=0.95)),
    Mutant("forgotten with finalizers", _p(deciding, "decide_deleting", _forgets_at_once), frozenset({13})),
    Mutant("the request outlives the run", _p(SimStore, "_forget", _forgets_the_run_alone), frozenset({3, 13})),
    Mutant("a run without its request", _p(SimStore, "_conflict", _conflict_but("its request is gone")),
           frozenset({13})),
    Mutant("requests are not searched for", _p(SimStore, "requests_without_run", _none_unseen), frozenset({3})),
    Mutant("deletions are not searched for", _p(SimStore, "to_delete", _nothing), frozenset({13})),
    Mutant("mirrors are not searched for", _p(SimStore, "pending_mirrors", _nothing),
           frozenset({14}), Plan(kill=0.05, transient=0.05)),
    Mutant("logs are not searched for", _p(SimStore, "pending_logs", _nothing),
           frozenset({17}), Plan(kill=0.05, transient=0.05)),
    Mutant("a deletion does not wait for whoever copies logs", _p(deleting, "_written_until", _of_mirrors_alone),
           frozenset({13}), Plan(steps=120, pause=0.2, delete=3.0, double=0.8, sleep=0.2)),
    Mutant("an end without its entry", _p(SimStore, "_write_entry", _nothing), frozenset({16})),
    Mutant("who edits labels of an ended run is not heard", _p(sweep, "relabel", _nothing),
           frozenset({16}), Plan(edit=4.0, lose=0.95)),
    Mutant("read models are stored over newer marks", _p(SimStore, "_as_loaded", _nothing),
           frozenset({15}), Plan(experiments=3, steps=160, places=3, endpoint_places=(3, 3), pause=0.15, double=0.9)),
    Mutant("read models are brought up to date by ends alone", _p(sweep._Sweep, "_refresh", _nothing),
           frozenset({15})),
    Mutant("dead letters are not drained", _p(sweep._Sweep, "_drain", _nothing), frozenset({14})),
)  # fmt: skip


# The first seed that tells; of those that are not here it is 0.
FIRST = {
    "a mirror's lease ends before its handler": 19,
    "no look for a cancel where money is spent": 24,
    "a build is not adopted": 6,
    "no lease of a build": 5,
    "a cancel does not wait for what may still start": 20,
    "no wait after an ambiguous error": 120,
    "no attempt in names": 2,
    "no look whose results they are": 7,
    "the next attempt keeps the history": 6,
    "the next attempt keeps the insights": 78,
    "nobody looks at the data at last": 149,
    "no collector of orphans": 2,
    "places are taken without looking again": 306,
    "places are never repaired": 170,
    "places are repaired while they move": 20,
    "last come, first served": 19,
    "no deadlines": 4,
    "attempts without end": 19,
    "what may not be seen is not there": 25,
    "purged before its time": 29,
    "readers are not waited for": 29,
    "outputs from before a deletion are reused": 3,
    "whoever may still be writing is not waited for": 68,
    "what an effect told counts for ever": 579,
    "a run without its request": 96,
    "requests are not searched for": 4,
    "deletions are not searched for": 6,
    "mirrors are not searched for": 42,
    "an end without its entry": 1,
    "who edits labels of an ended run is not heard": 1,
    "read models are stored over newer marks": 102,
    "read models are brought up to date by ends alone": 3,
    "dead letters are not drained": 9,
}


def first_killing(mutant: Mutant, start: int = 0, most: int = MOST_SEEDS) -> tuple[int, str] | None:
    """The first seed from `start` on whose schedule breaks an invariant without the guard, and which."""
    with ExitStack() as stack:
        stack.enter_context(replaced())
        stack.enter_context(mutant.change())
        for seed in range(start, start + most):
            told = [each for each in Simulation(seed, mutant.plan).run() if each.number in mutant.breaks]
            if told:
                return seed, str(told[0])
    return None


def main(names: list[str]) -> int:
    """Show the first seed of every mutant, or of those named."""
    survived = 0
    for mutant in MUTANTS:
        if names and not any(name in mutant.name for name in names):
            continue
        found = first_killing(mutant)
        survived += found is None
        print(f"{mutant.name:50}", f"{found[0]:6} {found[1]}" if found else "SURVIVED", flush=True)
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
