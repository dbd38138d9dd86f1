"""The one thing every trigger does: look, decide, save, act, until nothing changes (design section 5)."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from functions import telemetry
from functions.adapters.ports import Conflict, Loaded, Refused, Transient
from functions.effects import act
from functions.observe import observe
from functions.outcomes import Outcome
from functions.places import Line, line_now
from functions.services import Services
from functions.stage_logs import keep_logs
from shared.documents import ID_PATTERN
from shared.errors import Evidence
from shared.facts import Facts
from shared.lifecycle import Decision, decide, decide_fault, release
from shared.runs import SEATED, TERMINAL, Effect, Intent, Run, State, new_run

log = logging.getLogger(__name__)

BUDGET_S = 50.0  # a step begun within it may take longer; what is left is the sweep's
DEFAULT_ENDPOINT = "default"
_NOTHING: Mapping[Effect, Intent] = MappingProxyType({})


@dataclass
class _Left:
    """What saves leave to be done that is no run's own."""

    freed: list[str] = field(default_factory=list)  # the experiment for each place that it gave back
    changed: set[str] = field(default_factory=set)  # endpoints of which a run has ended or was forgotten


def look_after(experiment_id: str, services: Services, budget_s: float = BUDGET_S, *, shows: bool = True) -> Run | None:
    """Reconcile; when that gave a place back, bring on whoever may start now; when a run has ended, compute what is
    shown of it, and when a stage has, keep its log, unless these are left to the sweep (`shows`).

    Raises Transient as `reconcile` does. What happens to the others, and to what is shown, is the sweep's worry, and
    never this one's.
    """
    end = time.monotonic() + budget_s
    left = _Left()
    try:
        run = _bring_on(experiment_id, services, budget_s, None, left)
    except Exception:
        _do_the_rest(left, services, end, shows)
        raise
    _do_the_rest(left, services, end, shows)
    if shows and run is not None and run.unkept_logs:
        keep_logs(experiment_id, services, end)
    return run


def reconcile(
    experiment_id: str, services: Services, budget_s: float = BUDGET_S, line: Line | None = None
) -> Run | None:
    """Bring the run as far as it can come now; None when nobody asked for such an experiment, or it is forgotten.

    `line`: as it was seen a moment ago, when that is good enough. Raises Transient when a service
    was out of reach, so that the event is delivered again.
    """
    return _bring_on(experiment_id, services, budget_s, line, _Left())


def _bring_on(experiment_id: str, services: Services, budget_s: float, line: Line | None, left: _Left) -> Run | None:
    """`left` gains what its saves leave to be done."""
    end = time.monotonic() + budget_s
    outcome, wanted = Outcome(), _NOTHING
    run: Run | None = None
    while time.monotonic() < end:
        loaded = services.store.load(experiment_id)
        if loaded.run is None and loaded.request is None:
            return None
        now = services.now()
        run = loaded.run or new_run(experiment_id, loaded.request or {}, _endpoint(loaded.request or {}), now)
        with telemetry.context(experiment=experiment_id, attempt=run.attempt, revision=run.revision):
            told = outcome if _is_wanted(run, wanted) else Outcome()
            try:
                before, (decision, run) = run, _move(run, loaded, told, services, line, now)
            except Conflict as conflict:  # the outcome stays: it is still true
                log.info("%s", conflict)
                telemetry.count("conflicts")
                line = None  # somebody else may have taken the place
                services.step_back()
                continue
            if run is before:
                return run
            _tell(before, run, decision)
            if before.state in SEATED and run.state not in SEATED:
                left.freed.append(experiment_id)
            if decision.forgets or (run.state in TERMINAL and before.state not in TERMINAL):
                left.changed.add(run.model_endpoint)
            if _only_shows(before, run, decision):
                return run
            outcome, wanted = _act_on(run, decision, services), decision.intents
    return run


def _move(
    run: Run, loaded: Loaded, told: Outcome, services: Services, line: Line | None, now: datetime
) -> tuple[Decision, Run]:
    """Look, decide and save; the very same run when nothing changes.

    A fault of ours would be met at every look, and the run would keep its place and its job for ever: it is told to
    the run, which it ends if it lasts. So is a save that the store refuses, of a document that is too large.
    """
    try:
        decision = decide(loaded.request, run, observe(run, loaded, told, services, line), now)
        return decision, _saved(run, loaded, decision, services, now)
    except (Conflict, Transient):
        raise
    except Exception as error:
        log.exception("%s meets a fault while %s", run.experiment, run.state.value)
        telemetry.count("faults", state=run.state.value)
        words = str(error) if isinstance(error, Refused) else f"a fault of the product: {type(error).__name__}: {error}"
        facts = Facts(cancel_requested_at=loaded.cancel_requested_at, unseen=Evidence(None, words))
        decision = decide_fault(run, facts, now)
        return decision, _saved(run, loaded, decision, services, now)


def _saved(run: Run, loaded: Loaded, decision: Decision, services: Services, now: datetime) -> Run:
    return run if _is_still(run, decision) else services.store.save(loaded, run, decision, now)


def _do_the_rest(left: _Left, services: Services, end: float, shows: bool) -> None:
    _wake_the_line(left, services, end)
    if not left.changed or not shows:
        return
    from functions.insights import refresh_endpoint  # numpy comes with it: 0.1 s of each cold start

    for endpoint in sorted(left.changed):
        refresh_endpoint(endpoint, services, end)


def _wake_the_line(left: _Left, services: Services, end: float) -> None:
    """Whoever may start now, until nobody gives a place back at once (an invalid request does)."""
    try:
        while left.freed and time.monotonic() < end:
            left.freed = []
            line: Line | None = line_now(services)
            for experiment_id in line.may_start():
                _bring_on(experiment_id, services, end - time.monotonic(), line, left)
                line = None  # the first has changed it
    except Exception:
        log.exception("the line was not brought on: the sweep does")


def _is_wanted(run: Run, intents: Mapping[Effect, Intent]) -> bool:
    """What an effect told is about those who wanted it: a run that others have brought on meanwhile, perhaps to its
    next attempt, is looked at anew."""
    return all(run.intents.get(effect) == intent for effect, intent in intents.items())


def _is_still(run: Run, decision: Decision) -> bool:
    return decision.run == run and not decision.epochs and not decision.intents and not decision.forgets


def _only_shows(before: Run, run: Run, decision: Decision) -> bool:
    """Whether a save told no more than how far the job is: looking again would ask the provider twice for each event.
    What happens after a look has an event of its own, and when both want to save, one conflicts and looks again."""
    return before.state is run.state is State.RUNNING and not decision.intents


def _tell(before: Run, run: Run, decision: Decision) -> None:
    """What operators count and read."""
    if decision.why:
        log.info("%s: %s because %s", run.experiment, run.state.value, decision.why)
    if run.state is not before.state:
        by = telemetry.current("source", "hint")
        telemetry.count("transitions", **{"by": by, "from": before.state.value, "to": run.state.value})
    if run.attempt != before.attempt:
        telemetry.count("retries", code=run.attempts[-1].error.code)
    if run.state is State.REQUESTED and run.reason and not before.reason and run.attempt == before.attempt:
        telemetry.count("quota_waits", endpoint=run.model_endpoint)
    if run.unseen_since and not before.unseen_since:
        telemetry.count("unseen")


def _act_on(run: Run, decision: Decision, services: Services) -> Outcome:
    """Act on the intents that this save stored; there is never more than one (`ask`)."""
    outcome = Outcome()
    for effect, intent in decision.intents.items():
        try:
            outcome = act(run, effect, intent, services)
        except Transient:
            _give_back(run, decision, services)
            raise
    return outcome


def _give_back(run: Run, decision: Decision, services: Services) -> None:
    """Let the next delivery try at once, instead of waiting until our lease ends."""
    now = services.now()
    try:
        loaded = services.store.load(run.experiment)
        if loaded.run == run:
            services.store.save(loaded, run, Decision(release(run, tuple(decision.intents), now)), now)
    except (Conflict, Transient) as error:
        log.info("the lease of %s stays until it ends: %s", run.experiment, error)


def _endpoint(request: Mapping[str, Any]) -> str:
    """The request's endpoint when it can be one; an invalid request still gets a number somewhere."""
    endpoint = request.get("model_endpoint", DEFAULT_ENDPOINT)
    return endpoint if isinstance(endpoint, str) and re.fullmatch(ID_PATTERN, endpoint) else DEFAULT_ENDPOINT
