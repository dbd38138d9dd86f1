"""What an experiment would be run with, while it is being asked for: rows, machines, time and money (domain S2.11,
S5.6-S5.9). The warehouse is asked as by a submission, and nothing is written that a submission writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from functions.adapters.ports import Refused
from functions.checking import check, parsed, refusal
from functions.places import limits_of
from functions.planning import Plan, plan_of
from functions.repeating import of_parent
from functions.services import Services
from shared.documents import Draft, Experiment
from shared.endpoints import rules_of
from shared.insights.lists.entry_of import protocol_name
from shared.problems import InvalidDocument
from shared.quota import Waiting, admitted, reason
from shared.reports import Content
from shared.snapshot import Snapshot


def experiment_draft(draft: Draft, document_id: str, raw: Mapping[str, Any], services: Services) -> Content:
    experiment, problems = parsed("experiments", document_id, raw)
    if experiment is None:
        return Content(problems)
    waits = _waits(document_id, experiment.model_endpoint, services)
    fields = {"budget": _budget(experiment, services), "waits": waits}
    try:
        if experiment.origin == "rerun":
            return Content([], {**fields, **_of_snapshot(of_parent(experiment, services))})
        checked = check(experiment, services)
    except InvalidDocument as error:
        return Content(error.problems, fields)
    try:
        plan = plan_of(checked, services)
    except InvalidDocument as error:
        return Content([*checked.warnings, *error.problems], fields)
    except Refused as error:  # as a submission would be refused, and no fault of ours
        return Content([*checked.warnings, refusal("dataset", error)], fields)
    return Content(plan.problems, {**fields, **_of_plan(plan)})


def _of_plan(plan: Plan) -> dict[str, Any]:
    settled = plan.settled
    shown = _shown(settled.parameters, settled.rows.counts.to_dict(), plan.protocol["keys"])
    return {
        **shown,
        "model_type": plan.checked.configs.model.model_type,
        "hardware": dict(settled.hardware),
        "estimate": plan.expected.to_dict(),
        "shape": plan.shape,
        "parameter_count": settled.parameter_count.to_dict(),
    }


def _of_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    """A rerun takes what its parent was run with."""
    return {
        **_shown(snapshot.parameters, snapshot.counts, snapshot.protocol["keys"]),
        "model_type": snapshot.model_type,
        "hardware": dict(snapshot.hardware),
        "estimate": dict(snapshot.estimate),
        "shape": dict(snapshot.shape),
        "parameter_count": snapshot.shape.get("parameters"),
    }


def _shown(parameters: Mapping[str, Any], counts: Mapping[str, Any], keys: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "counts": dict(counts),
        "split": parameters["split"],
        "sample_percent": parameters["sample_percent"],
        "parameters": dict(parameters),
        "protocol": {"name": protocol_name(parameters, counts), "keys": dict(keys)},
    }


def _budget(experiment: Experiment, services: Services) -> dict[str, Any]:
    """What the endpoint leaves to spend this month (S10.18); without a budget nobody counts."""
    endpoint = experiment.model_endpoint
    rules = rules_of(services.store.config("model_endpoints", endpoint))
    most = rules.monthly_budget_usd
    spent = services.store.spent_usd(endpoint, services.now().strftime("%Y-%m")) if most is not None else None
    return {
        "cap_usd": rules.max_cost_usd,
        "monthly_budget_usd": most,
        "spent_usd": spent,
        "remaining_usd": max(0.0, most - spent) if most is not None and spent is not None else None,
    }


def _waits(experiment_id: str, endpoint: str, services: Services) -> str | None:
    """Why it would wait for a place if it were started now, in words; None while there is one (S10.18)."""
    now = services.now()
    before = services.store.queue(now)
    queue = replace(before, waiting=(*before.waiting, Waiting(experiment_id, endpoint, now)))
    limits = limits_of({each.endpoint for each in queue.waiting}, services)
    return None if experiment_id in admitted(queue, limits) else reason(experiment_id, endpoint, queue, limits)
