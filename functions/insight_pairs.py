"""Which configs of a protocol's runs do not fit together (domain S4.15), for its grid of what was tried (S7.11)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from functions.checking import known_statistics, parsed
from functions.services import Services
from shared.insights.charts.coverage import MOST_CONFIGS
from shared.insights.lists.entries import Entry
from shared.problems import errors
from shared.validation.compatibility import compatible


def incompatible_pairs(entries: Sequence[Entry], services: Services) -> dict[tuple[str, str], str]:
    """The first reason of each pair that was never run, by the configs as they are stored just now; those that are gone
    fit whatever they like."""
    latest = sorted(entries, key=lambda entry: entry.ended_at, reverse=True)
    features, models = (
        _stored(collection, [getattr(entry, kind) for entry in latest], services)
        for collection, kind in (("feature_configs", "feature_config"), ("model_configs", "model_config"))
    )
    datasets = {each.dataset for each in features.values()}
    statistics = {dataset: known_statistics(dataset, services) for dataset in datasets}
    tried = {(entry.feature_config, entry.model_config) for entry in entries}
    found = {}
    for one, other in product(features, models):
        if (one, other) in tried:
            continue
        if problems := errors(compatible(features[one], models[other], statistics[features[one].dataset])):
            found[one, other] = f"{problems[0].problem} {problems[0].remedy}"
    return found


def _stored(collection: str, names: Sequence[str], services: Services) -> dict[str, Any]:
    """Those that are valid, of the first that the grid has room for."""
    wanted = list(dict.fromkeys(filter(None, names)))[:MOST_CONFIGS]
    raw = services.store.some_of(collection, wanted) if len(wanted) > 1 else {}  # one is in no pair that was not run
    found = {name: parsed(collection, name, raw[name])[0] for name in wanted if name in raw}
    return {name: config for name, config in found.items() if config is not None}
