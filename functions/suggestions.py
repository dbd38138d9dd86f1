"""What to run next, as a part of a protocol's read model: the pure rules over what the store holds (domain S7.15)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from statistics import median
from typing import Any

from functions.checking import known_statistics, parsed
from functions.services import Services
from functions.suggestion_prices import Prices
from shared.endpoints import rules_of
from shared.insights.charts.fidelity import fidelity
from shared.insights.charts.groups import Group, fidelity_groups
from shared.insights.lists.entries import Entry
from shared.insights.suggesting.start_design import FEWEST
from shared.insights.suggesting.suggestion_table import Known, Live, Quick
from shared.insights.suggesting.suggestions import suggestions

MOST_NEW_MODELS = 50  # model configs that no run of the protocol needs to name
MOST_GROUPS = 5  # of one protocol: the sample sizes with the most runs


def suggestions_of(endpoint: str, protocol: str, entries: Sequence[Entry], services: Services) -> dict[str, Any]:
    """Of each fidelity group of a protocol (`entries`: its ended runs), and what is left of the endpoint's month."""
    groups = sorted(fidelity_groups(entries, protocol), key=lambda group: -len(group.finished))[:MOST_GROUPS]
    trusted, prices = _trusted(groups), Prices(services)
    known, live = _known(entries, services), _live(endpoint, protocol, services)
    left = _budget_left(endpoint, services)
    found = []
    for group in sorted(groups, key=lambda group: -group.sample_percent):
        under_way = [each for sample, each in live if sample == group.sample_percent]
        items = suggestions(group, known, under_way, prices.cost, left, trusted.get(group.sample_percent, ()))
        found.append(
            {
                "sample_percent": group.sample_percent,
                "finished": len(group.finished),
                "live": len(under_way),
                "sentence": _sentence(group, items, left),
                "items": items,
            }
        )
    return {"groups": found, "budget_left_usd": None if left is None else round(left, 2)}


def _trusted(groups: Sequence[Group]) -> dict[int, list[Quick]]:
    """By sample size: the smaller ones that order configurations alike (S7.16)."""
    of_sample = {group.sample_percent: group for group in groups}
    told = fidelity(groups)
    found: dict[int, list[Quick]] = {}
    for sizes in (each for each in told["samples"] if each["trusted"]):
        small, large = sizes["small"], sizes["large"]
        pairs = [row for row in told["rows"] if (row["small"], row["large"]) == (small, large) and row["small_value"]]
        if pairs:  # of many pairs only some are told
            factor = median(row["large_value"] / row["small_value"] for row in pairs)
            found.setdefault(large, []).append(Quick(of_sample[small], factor))
    return found


def _sentence(group: Group, items: Sequence[Mapping[str, Any]], left: float | None) -> str:
    """Where they come from, or why there are none."""
    runs = len(group.finished)
    if not runs:
        return "No run has finished yet, so there is nothing to start from."
    if not items:
        spent = left is not None and left <= 0
        return (
            "The endpoint's budget of this month is spent."
            if spent
            else "Nothing is suggested: the budget that is left does not suffice, or the configs of all runs are gone."
        )
    if runs < FEWEST:
        return f"{runs} of {FEWEST} finished runs that the optimizer needs; until then there is a start design."
    return f"By Optuna's TPE from {runs} finished runs."


# ------------------------------------------------------------------------------------------------------------- configs


def _known(entries: Sequence[Entry], services: Services) -> Known:
    """What the runs can be varied to: the feature configs of their datasets, and the model configs that they name or
    that were written last. A deployment has many more, of other endpoints."""
    store, datasets = services.store, sorted({entry.dataset for entry in entries} - {""})
    features = [store.feature_configs_of(dataset) for dataset in datasets]
    latest = store.latest("model_configs", MOST_NEW_MODELS)
    named = store.some_of("model_configs", {entry.model_config for entry in entries} - latest.keys() - {""})
    return Known(
        feature_configs=_valid("feature_configs", [raw for of_one in features for raw in of_one.items()]),
        model_configs=_valid("model_configs", sorted({**latest, **named}.items())),
        request=cache(lambda experiment: services.store.config("experiments", experiment)),
        statistics={dataset: known_statistics(dataset, services) for dataset in datasets},
    )


def _valid(collection: str, stored: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """Those that are valid by themselves."""
    found = {each: parsed(collection, each, raw)[0] for each, raw in stored}
    return {each: config for each, config in found.items() if config is not None}


def _live(endpoint: str, protocol: str, services: Services) -> list[tuple[int, Live]]:
    """The endpoint's runs of the protocol that are under way, with their sample size, as far as they are prepared."""
    found = []
    for run in services.store.seated_in(endpoint).values():
        grouping = run.get("grouping") or {}
        if protocol in (grouping.get("protocols") or {}).values():
            one = Live(grouping["feature_config"], grouping["model_config"], grouping["parameters"])
            found.append((run["parameters"]["sample_percent"], one))
    return found


# --------------------------------------------------------------------------------------------------------------- money


def _budget_left(endpoint: str, services: Services) -> float | None:
    budget = rules_of(services.store.config("model_endpoints", endpoint)).monthly_budget_usd
    if budget is None:
        return None
    return budget - services.store.spent_usd(endpoint, services.now().strftime("%Y-%m"))
