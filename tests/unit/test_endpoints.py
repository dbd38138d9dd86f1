"""What a model endpoint allows its experiments (domain S5.9, S10.18)."""

from __future__ import annotations

from typing import Any

import pytest

from functions.prepare import prepare
from shared.endpoints import EndpointRules, budget_problems, cap_problems, rules_of
from shared.problems import InvalidDocument
from shared.runs import new_run
from tests.fakes.world import EXPERIMENT, START, WRITTEN, World


@pytest.mark.parametrize(
    ("document", "rules"),
    [
        (None, EndpointRules()),
        ({}, EndpointRules(4, None, None)),
        ({"max_running": 7, "max_cost_usd": 5, "monthly_budget_usd": 0}, EndpointRules(7, 5.0, 0.0)),
        ({"max_running": 7, "colour": "red", "name": 5}, EndpointRules(7)),
        ({"max_running": 101, "max_cost_usd": 2.5}, EndpointRules(4, 2.5)),
        ({"max_running": 4.5, "max_cost_usd": "5", "monthly_budget_usd": -1}, EndpointRules()),
        ({"max_running": None, "max_cost_usd": float("nan"), "monthly_budget_usd": True}, EndpointRules()),
    ],
    ids=str,
)
def test_a_mistake_in_one_field_lifts_no_other_limit(document: dict | None, rules: EndpointRules):
    assert rules_of(document) == rules


def test_what_an_experiment_may_cost_is_the_endpoints_to_say():
    rules = EndpointRules(max_cost_usd=5.0)
    assert not list(cap_problems("shop", rules, 5.0))
    assert not list(cap_problems("shop", EndpointRules(), 1_000.0))
    [problem] = cap_problems("shop", rules, 10.0)
    assert problem.code == "E_COST_CAP"
    assert str(problem) == (
        "`max_cost_usd`: it is 10.00 USD, and `shop` allows 5.00 USD for one experiment. Set `max_cost_usd` to 5.00 or "
        "less, or ask an administrator to raise the cap."
    )


def test_what_a_month_may_cost_is_the_endpoints_to_say():
    rules = EndpointRules(monthly_budget_usd=1.0)
    assert not list(budget_problems("shop", rules, 0.75, 0.25, "2026-11"))
    assert not list(budget_problems("shop", EndpointRules(), 1e6, 1e6, "2026-11"))
    [problem] = budget_problems("shop", rules, 0.75, 0.26, "2026-11")
    assert problem.code == "E_MONTH_BUDGET"
    assert str(problem) == (
        "`model_endpoint`: `shop` has spent 0.75 of its 1.00 USD in 2026-11, and this run is expected to cost 0.26 "
        "USD. Wait for the next month, make the run smaller, or ask an administrator to raise the budget."
    )


def told(**rules: Any) -> dict[str, str]:
    """Why a submission was refused: path -> code; half a dollar was spent this month, and ninety in the last one."""
    world = World()
    world.store.put("model_endpoints/wholesale", {**WRITTEN, "name": "Wholesale", **rules})
    world.store.spent_usd = lambda endpoint, month: {("wholesale", "2026-11"): 0.5}.get((endpoint, month), 90.0)
    run = new_run(EXPERIMENT, {}, "wholesale", START)
    try:
        prepare(run, world.services)
    except InvalidDocument as error:
        assert not world.builds.builds
        return {problem.path: problem.code for problem in error.problems}
    return {}


@pytest.mark.parametrize(
    ("rules", "problems"),
    [
        ({}, {}),
        ({"max_cost_usd": 10.0}, {}),
        ({"max_cost_usd": 9.99}, {"max_cost_usd": "E_COST_CAP"}),
        ({"monthly_budget_usd": 80.0}, {}),
        ({"monthly_budget_usd": 0.5}, {"model_endpoint": "E_MONTH_BUDGET"}),
    ],
    ids=str,
)
def test_a_submission_is_refused_before_anything_is_paid(rules: dict, problems: dict):
    assert told(**rules) == problems


def test_the_cap_is_told_before_the_warehouse_is_asked():
    world = World()
    world.store.put("model_endpoints/wholesale", {**WRITTEN, "name": "Wholesale", "max_cost_usd": 1.0})
    assert world.reconcile().error.code == "E_COST_CAP"
    assert not world.warehouse.queries


def test_what_ended_attempts_cost_counts_in_their_month():
    """An attempt is charged when it ends; the next submission sees it."""
    world = World()
    world.bring_to("completed")
    spent = world.store.spent_usd("wholesale", "2026-11")
    assert spent == pytest.approx(world.run().cost["computed"], abs=1e-5)
    rules = {**WRITTEN, "name": "Wholesale", "monthly_budget_usd": spent + 0.01}
    world.store.put("model_endpoints/wholesale", rules)
    run = world.reconcile(world.request(2))
    assert run.error.code == "E_MONTH_BUDGET"
