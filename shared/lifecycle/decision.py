"""What `decide` answers, and the moves that its answers are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from shared import errors, stages
from shared.errors import Evidence, RunError, bounded
from shared.facts import Facts
from shared.lifecycle.table import EDGES, LEASES, PAID, SETTLE
from shared.paths import attempt_name
from shared.problems import Problem, by_path
from shared.quota import Queue
from shared.runs import OF_ATTEMPT, Effect, Intent, Run, State

MOST_PROBLEMS = 100  # of one run


@dataclass(frozen=True)
class Decision:
    """The next run, what its saver must do, why it moved (empty: it did not), and what is stored beside the run."""

    run: Run
    intents: Mapping[Effect, Intent] = field(default_factory=dict)
    why: str = ""
    details: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    epochs: tuple[Mapping[str, Any], ...] = ()  # appended to details/history
    seat: Queue | None = None  # it takes a place, if the holders are still those that were seen
    charges: float = 0.0  # USD of an attempt that has ended, added to the endpoint's month
    forgets: bool = False  # the run, its request and its commands go, and a tombstone stays

    @property
    def pays(self) -> bool:
        """Whether acting on it may cost money: storing it and looking for a cancel must be one step."""
        return bool(PAID & set(self.intents))


class ForbiddenEdge(RuntimeError):
    """A fault of ours: `decide` wanted a move that the table does not have."""


def enter(run: Run, state: State, now: datetime) -> Run:
    if state not in EDGES[run.state]:
        raise ForbiddenEdge(f"{run.experiment}: no edge from {run.state.value} to {state.value}")
    return replace(run, state=state, state_entered_at=now, reason=None, unseen_since=None)


def end(run: Run, state: State, now: datetime) -> Run:
    """Enter a terminal state: nothing is wanted any more, and the duration is fixed in the same write (S9.6)."""
    ended = enter(run, state, now).dropping(*OF_ATTEMPT)
    seconds = (now - (run.started_at or run.created_at)).total_seconds()
    duration = round(max(0.0, seconds), 3)  # the clocks of two handlers differ
    return replace(ended, retry_at=None, ended_at=now, duration_seconds=duration)


def fail(run: Run, error: RunError, now: datetime, facts: Facts | None = None) -> Decision:
    """The end as `failed`; with the facts, the epochs and the evidence that came last are kept."""
    shown = stages.close_failed(run.stages, error.component, now)
    failed = replace(end(run, State.FAILED, now), error=error, stages=shown)
    if facts is None:
        return Decision(failed, why=error.code)
    return Decision(failed, why=error.code, epochs=facts.new_epochs, details=evidence_detail(facts.evidence))


def evidence_detail(evidence: Evidence | None) -> dict[str, Mapping[str, Any]]:
    """S8.1: what the classification was made from, so that it can be repeated."""
    return {"evidence": asdict(bounded(evidence))} if evidence is not None else {}


def reject(run: Run, problems: tuple[Problem, ...], now: datetime) -> Decision:
    """Fail with every problem of the documents; the error repeats the first in one sentence."""
    first = next((problem for problem in problems if problem.severity == "error"), problems[0])
    decision = fail(run, errors.invalid(first.code, f"{first.path}: {first.problem} {first.remedy}"), now)
    return replace(decision, run=replace(decision.run, problems=shown_problems(problems)))


def shown_problems(problems: Sequence[Problem]) -> tuple[dict[str, Any], ...]:
    """As the run stores them: whoever watches it gets the document anew with every change, so it must stay small."""
    if len(problems) > MOST_PROBLEMS:
        errors_first = sorted(problems, key=lambda problem: problem.severity != "error")
        left = f"{len(problems) - MOST_PROBLEMS} more were found."
        more = Problem("W_MORE", "", left, "Mend these first; the documents' own pages list all.", "warning")
        problems = [*by_path(errors_first[:MOST_PROBLEMS]), more]
    return tuple(asdict(problem) for problem in problems)


def ask(run: Run, effect: Effect, now: datetime, why: str = "") -> Decision:
    """Want `effect`, unless another handler is at it."""
    if is_held(run, effect, now):
        return Decision(run)
    intent = Intent(attempt_name(run.experiment, run.attempt), now, now + LEASES[effect])
    return Decision(replace(run, intents={**run.intents, effect: intent}), {effect: intent}, why)


def is_held(run: Run, effect: Effect, now: datetime) -> bool:
    held = run.intents.get(effect)
    return held is not None and now < held.until


def may_still_start(run: Run, now: datetime) -> bool:
    """Somebody holds the right to start a build or a job, and what they start is not visible yet."""
    return any(is_held(run, effect, now) for effect in PAID)


def release(run: Run, effects: Iterable[Effect], now: datetime) -> Run:
    """Give leases back after an outage. A build or a job that may have been created although its call failed needs
    time to become visible, so that the next handler finds it instead of starting another or writing `cancelled`."""
    given_back = {
        effect: replace(run.intents[effect], until=now + SETTLE if effect in PAID else now)
        for effect in effects
        if effect in run.intents
    }
    return replace(run, intents={**run.intents, **given_back})
