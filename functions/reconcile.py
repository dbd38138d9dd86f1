"""The one thing every trigger does: look, decide, save, act, until nothing changes (design section 5)."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from typing import Any

from functions.adapters.ports import Conflict, Transient
from functions.effects import act
from functions.observe import observe
from functions.outcomes import Outcome
from functions.services import Services
from shared.documents import ID_PATTERN
from shared.lifecycle import Decision, decide, release
from shared.runs import Run, new_run

log = logging.getLogger(__name__)

BUDGET_S = 50.0  # a step begun within it may take longer; what is left is the sweep's
DEFAULT_ENDPOINT = "default"


def reconcile(experiment_id: str, services: Services, budget_s: float = BUDGET_S) -> Run | None:
    """Bring the run as far as it can come now; None when nobody asked for such an experiment.

    Raises Transient when a service was out of reach, so that the event is delivered again.
    """
    end = time.monotonic() + budget_s
    outcome = Outcome()
    run: Run | None = None
    while time.monotonic() < end:
        loaded = services.store.load(experiment_id)
        if loaded.run is None and loaded.request is None:
            return None
        now = services.now()
        run = loaded.run or new_run(experiment_id, loaded.request or {}, _endpoint(loaded.request or {}), now)
        facts = observe(run, loaded.cancel_requested_at, outcome, services)
        decision = decide(loaded.request, run, facts, now)
        if _is_still(run, decision):
            return run
        try:
            run = services.store.save(loaded, run, decision, now)
        except Conflict as conflict:  # the outcome stays: it is still true
            log.info("%s", conflict)
            continue
        if decision.why:
            log.info("%s: %s because %s", experiment_id, run.state.value, decision.why)
        outcome = _act_on(run, decision, services)
    return run


def _is_still(run: Run, decision: Decision) -> bool:
    return decision.run == run and not decision.epochs and not decision.intents


def _act_on(run: Run, decision: Decision, services: Services) -> Outcome:
    """Act on the intents that this save stored; there is never more than one (`_ask`)."""
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
