"""What a run shows of its build, its job and its epochs, what it has cost, and how long it will still take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from shared import errors, stages
from shared.epochs import scalars
from shared.errors import RunError
from shared.estimates import computed_cost
from shared.facts import Build, Facts
from shared.lifecycle.decision import Decision
from shared.lifecycle.table import FIGURES_EVERY
from shared.runs import TERMINAL, Run


def show_build(run: Run, build: Build | None) -> Run:
    if build is None:
        return run
    shown = stages.change(run.stages, "Compile", "running", build.started_at or build.created_at)
    return replace(run, build={"id": build.id, "status": build.status}, stages=shown)


def show_job(run: Run, facts: Facts, now: datetime) -> Run:
    job = facts.job
    assert job is not None
    shown = replace(
        show_progress(run, facts),
        job={"name": job.name, "state": job.state},
        stages=stages.from_tasks(run.stages, job.tasks),
        model_uri=job.model_uri or run.model_uri,
    )
    return with_percent(run, shown, now)


def show_progress(run: Run, facts: Facts) -> Run:
    if not facts.new_epochs:
        return run
    last = facts.new_epochs[-1]
    done = run.epochs_done + len(facts.new_epochs)
    seconds = [*(run.progress or {}).get("epoch_seconds", []), *(epoch["epoch_seconds"] for epoch in facts.new_epochs)]
    best = [epoch["epoch"] for epoch in facts.new_epochs if epoch.get("best")]
    progress = {"epochs_done": done, "epochs": last["epochs"], "last": scalars(last),
                "best_epoch": best[-1] if best else (run.progress or {}).get("best_epoch"),
                "epoch_seconds": seconds[-stages.EPOCHS_TO_KEEP :]}  # fmt: skip
    return replace(run, progress=progress)


def with_insights(before: Run, decision: Decision, facts: Facts) -> Decision:
    """What the artifacts of the data stages tell, marked on the run in the save that stores it; nothing of an attempt
    that has just been given up."""
    if not facts.insights or decision.run.attempt != before.attempt:
        return decision
    marks = {insight.kind: insight.state for insight in facts.insights}
    details = {name: content for insight in facts.insights for name, content in insight.details.items()}
    marked = replace(decision.run, insights={**before.insights, **marks})
    return replace(decision, run=marked, details={**details, **decision.details})


def with_percent(before: Run, run: Run, now: datetime) -> Run:
    """S9.5: it never falls within an attempt."""
    epochs = int((run.progress or {}).get("epochs", 0))
    predicted = (run.estimate or {}).get("seconds", {})
    return replace(
        run, percent=max(before.percent, stages.percent(run.stages, run.epochs_done, epochs, predicted, now))
    )


def with_figures(before: Run, run: Run, now: datetime) -> Run:
    """What it has cost and how long it will still take, when there is something new or the figures are old."""
    if run.estimate is None or before.state in TERMINAL or run.attempt != before.attempt:
        return run
    if run == before and now - before.updated_at < FIGURES_EVERY:
        return run
    parts = computed_cost(run.stages, run.estimate, now)
    computed = round(parts.pop("total") + spent_before(run), 6)
    cost = {"estimated": run.estimate["total_usd"], "computed": computed, "parts": parts}
    return replace(run, cost=cost, remaining=None if run.state in TERMINAL else _remaining(run, run.estimate, now))


def _remaining(run: Run, estimate: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    progress, predicted = run.progress or {}, estimate["seconds"]
    found = stages.remaining(
        run.stages,
        predicted,
        {stage: seconds * estimate["high"][stage] for stage, seconds in predicted.items()},
        progress.get("epoch_seconds", []),
        max(0, int(progress.get("epochs", 0)) - run.epochs_done),
        bool((run.parameters or {}).get("early_stopping", True)),
        now,
    )
    return asdict(found)


# -------------------------------------------------------------------------------------------------- spent and left


def attempt_cost(run: Run, now: datetime) -> float:
    """USD of the current attempt so far (S5.9); 0 while nothing is known of its prices."""
    return computed_cost(run.stages, run.estimate, now)["total"] if run.estimate else 0.0


def spent_before(run: Run) -> float:
    """USD of the earlier attempts: they count against the cap, too (S8.3)."""
    return sum(attempt.spent_usd for attempt in run.attempts)


def passed_limit(run: Run, now: datetime) -> RunError | None:
    """S5.1 `max_minutes`, counted from the attempt's first paid step, and `max_cost_usd` (S5.9). Once passed, it stays
    so."""
    if run.error is not None or run.limits is None:
        return run.error
    starts = [stage.started_at for stage in run.stages if stage.started_at and stage.name != "Prepare"]
    if starts and now - min(starts) > timedelta(minutes=run.limits["minutes"]):
        return errors.over_time(run.limits["minutes"])
    spent = attempt_cost(run, now) + spent_before(run)
    return errors.over_budget(spent, run.limits["usd"]) if spent > run.limits["usd"] else None


def stopped_words(run: Run, spent: float) -> str:
    """Which phase a cancel stopped and what had been spent: `while running (Train, epoch 3 of 20); about 0.04 USD had
    been spent`."""
    assert run.cancel is not None
    named = run.cancel.stage is not None and run.cancel.phase not in ("preparing", "compiling")  # they are the stage
    where = [run.cancel.stage] if named else []
    if run.cancel.stage == "Train" and run.epochs_done:
        where.append(f"epoch {run.epochs_done} of {(run.progress or {}).get('epochs')}")
    phase = "waiting" if run.cancel.phase == "requested" else run.cancel.phase
    place = f" ({', '.join(where)})" if where else ""
    return f"while {phase}{place}; {_spent_words(spent)}"


def _spent_words(usd: float) -> str:
    if usd == 0:
        return "nothing had been spent"
    return f"{'about' if usd >= 0.01 else 'less than'} {max(usd, 0.01):.2f} USD had been spent"
