"""What to run next, with a reason, what it may bring and what it costs (domain S7.15).

Everything is made of what is known of one fidelity group: the same runs, configs and costs give the same suggestions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from shared.documents import FeatureConfig
from shared.insights.charts.groups import Group
from shared.insights.suggesting.evidence import NO_EVIDENCE, evidence
from shared.insights.suggesting.proposals import key_of
from shared.insights.suggesting.start_design import FEWEST, next_points
from shared.insights.suggesting.suggestion_documents import (
    WORDS,
    Combination,
    changes,
    documents,
    in_short,
    made,
    stored,
    text,
)
from shared.insights.suggesting.suggestion_space import Point
from shared.insights.suggesting.suggestion_table import Known, Live, Quick, Table, table_of
from shared.insights.suggesting.untested_pairs import Pair, untested_pairs

MOST_OF_A_KIND = 3
PRICED = 2 * MOST_OF_A_KIND  # looked at of each source: some may cost more than is left, and each look takes time
NEAREST = 5  # runs that say what to expect
LABELS = {"start_design": "start design", "optimizer": "optimizer", "untested_pair": "untested pair"}

Kind = Literal["optimizer", "start_design", "untested_pair"]


@dataclass(frozen=True)
class Cost:
    usd: float
    minutes: float


Costs = Callable[[Combination, FeatureConfig], Cost | None]  # None: nobody knows


@dataclass(frozen=True)
class _Found:
    kind: Kind
    combination: Combination
    reason: str
    difference: Sequence[tuple[str, Any, Any]]  # to the base: name, before, after
    point: Point | None = None


def suggestions(
    group: Group,
    known: Known,
    live: Sequence[Live],
    cost: Costs,
    budget_left: float | None,
    quick: Sequence[Quick] = (),
) -> list[dict[str, Any]]:
    """At most 6: up to 3 of the optimizer (or the start design), then up to 3 untested pairs; all can be applied.

    `budget_left`: what the endpoint may still spend this month in USD; None: there is no limit. What costs more is left
    out, and so is, under a limit, what nobody knows the cost of. `quick`: smaller samples, as far as they are trusted.
    """
    table = table_of(group, known, live, quick)
    if table is None:
        return []
    chosen = []
    for source in (_points(table), _pairs(table)):
        priced = ((found, _price(found, known, cost)) for found in islice(source, PRICED))
        payable = ((found, price) for found, price in priced if _is_payable(price, budget_left))
        chosen += [_told(found, price, table) for found, price in islice(payable, MOST_OF_A_KIND)]
    return chosen


def _price(found: _Found, known: Known, cost: Costs) -> Cost | None:
    return cost(found.combination, known.feature_configs[found.combination.features_id])


def _is_payable(price: Cost | None, budget_left: float | None) -> bool:
    return budget_left is None or (price is not None and price.usd <= budget_left)


# ------------------------------------------------------------------------------------------------- optimizer and design


def _points(table: Table) -> Iterator[_Found]:
    combinations: dict[str, Combination] = {}

    def acceptable(point: Point) -> bool:
        combination = made(table.base_of(point), point, table.known)
        if combination is not None:
            combinations[key_of(point)] = combination
        return combination is not None

    whole = len(table.group.finished) < FEWEST and table.group.sample_percent < 100
    for each in next_points(table.space, table.tried, table.seed, MOST_OF_A_KIND, acceptable):
        if whole and each.kind == "optimizer":  # the last of the start design comes before what follows it
            yield _whole_sample(table)
            whole = False
        combination = combinations[key_of(each.point)]
        difference = changes(combination.base, each.point, table.space)
        yield _Found(
            each.kind, combination, each.reason or _reason(table, each.point, difference), difference, each.point
        )
    if whole:
        yield _whole_sample(table)


def _whole_sample(table: Table) -> _Found:
    """Part of the start design: the best run so far on all customers."""
    base = table.bases[0]
    combination = stored(base, base.feature_config, base.model_config, table.known, sample_percent=100)
    difference = [("sample_percent", base.sample_percent, 100)]
    return _Found("start_design", combination, "the best run so far on all customers", difference)


def _reason(table: Table, point: Point, difference: Sequence[tuple[str, Any, Any]]) -> str:
    """The value that speaks most for the point, one that differs from its base where there is any that does."""
    changed = {name for name, _, _ in difference}
    found = evidence(table.space, table.tried.finished, point)
    best = next((each for each in found if each.name in changed and each.ratio > NO_EVIDENCE), found[0])
    told = f"{WORDS.get(best.name, best.name)} {text(best.value)}"
    if best.latest is None:
        return f"{told}: not tried yet"
    last, count = table.entries[best.latest], f"{best.good} good of {best.runs} runs"
    return f"{told}: l/g {best.ratio:.1f} from {count}; last tried on {last.ended_at:%Y-%m-%d} in Exp #{last.number}"


# ------------------------------------------------------------------------------------------------------ untested pairs


def _pairs(table: Table) -> Iterator[_Found]:
    """The base is the best run that has one of the two."""
    for pair in untested_pairs(table):
        related = (e for e in table.bases if pair.features_id == e.feature_config or pair.model_id == e.model_config)
        base = next(related, table.bases[0])
        configs = (
            ("feature_config", base.feature_config, pair.features_id),
            ("model_config", base.model_config, pair.model_id),
        )
        difference = [each for each in configs if each[1] != each[2]]
        combination = stored(base, pair.features_id, pair.model_id, table.known)
        yield _Found("untested_pair", combination, _why(pair, len(table.group.finished)), difference)


def _why(pair: Pair, runs: int) -> str:
    def of(what: str, rank: float | None) -> str:
        return f"no run yet with the {what}" if rank is None else f"mean rank of the {what} {rank:.1f} of {runs}"

    return f"never run together; {of('features', pair.features_rank)}, {of('model', pair.model_rank)}"


# ---------------------------------------------------------------------------------------------------- how it is told


def _told(found: _Found, price: Cost | None, table: Table) -> dict[str, Any]:
    base = found.combination.base
    return {
        "kind": found.kind,
        "label": LABELS[found.kind],
        "documents": documents(found.combination, in_short(found.difference)),
        "base": base.experiment,
        "base_number": base.number,
        "difference": [{"name": name, "from": before, "to": after} for name, before, after in found.difference],
        "reason": found.reason,
        "expected": _expected(found, table),
        "cost_usd": None if price is None else round(price.usd, 4),
        "minutes": None if price is None else round(price.minutes, 1),
    }


def _expected(found: _Found, table: Table) -> dict[str, Any] | None:
    """Between what the nearest runs reached; None: unknown, since there are too few of them, or nothing is near."""
    if found.point is None or len(table.entries) < NEAREST:
        return None
    values = [table.group.value(entry) for entry in table.near(found.point, NEAREST)]
    return {"metric": table.group.metric, "low": min(values), "high": max(values), "n": NEAREST}
