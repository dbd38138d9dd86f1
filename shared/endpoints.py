"""What a model endpoint allows its experiments (domain S10.18), and what stands against one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from pydantic import ValidationError

from shared.documents import ModelEndpoint
from shared.problems import Problem

_ANY_TIME = datetime(2000, 1, 1, tzinfo=timezone.utc)
_BESIDE = {"owner": "nobody", "name": "nobody's", "created_at": _ANY_TIME, "updated_at": _ANY_TIME}  # required fields


@dataclass(frozen=True)
class EndpointRules:
    """Of a field that is absent or invalid: what it is when nobody says anything."""

    max_running: int = ModelEndpoint.model_fields["max_running"].default
    max_cost_usd: float | None = None
    monthly_budget_usd: float | None = None


def rules_of(document: Mapping[str, Any] | None) -> EndpointRules:
    """Read field by field, because one mistake in the document must not lift the limits of the others."""
    known = {name: _valid(name, document[name]) for name in EndpointRules.__annotations__ if name in (document or {})}
    return EndpointRules(**{name: value for name, value in known.items() if value is not None})


def _valid(name: str, value: Any) -> Any:
    """The value when the field may have it, else None."""
    try:
        return getattr(ModelEndpoint.model_validate({**_BESIDE, name: value}), name)
    except ValidationError:
        return None


def cap_problems(endpoint: str, rules: EndpointRules, cap_usd: float) -> Iterator[Problem]:
    """`cap_usd`: the most that the experiment may cost, in its own words."""
    if rules.max_cost_usd is not None and cap_usd > rules.max_cost_usd:
        problem = f"it is {cap_usd:.2f} USD, and `{endpoint}` allows {rules.max_cost_usd:.2f} USD for one experiment."
        remedy = f"Set `max_cost_usd` to {rules.max_cost_usd:.2f} or less, or ask an administrator to raise the cap."
        yield Problem("E_COST_CAP", "max_cost_usd", problem, remedy)


def budget_problems(
    endpoint: str, rules: EndpointRules, spent_usd: float, expected_usd: float, month: str
) -> Iterator[Problem]:
    """`spent_usd`: by the ended attempts of the month; `expected_usd`: by the experiment, as estimated."""
    budget = rules.monthly_budget_usd
    if budget is not None and spent_usd + expected_usd > budget:
        problem = (
            f"`{endpoint}` has spent {spent_usd:.2f} of its {budget:.2f} USD in {month}, and this run is expected to "
            f"cost {expected_usd:.2f} USD."
        )
        remedy = "Wait for the next month, make the run smaller, or ask an administrator to raise the budget."
        yield Problem("E_MONTH_BUDGET", "model_endpoint", problem, remedy)
