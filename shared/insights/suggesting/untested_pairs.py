"""Stored configs that fit together and were never run together (domain S7.15)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.documents import ModelConfig
from shared.insights.charts.groups import Group
from shared.insights.suggesting.suggestion_table import Table


@dataclass(frozen=True)
class Pair:
    """Mean ranks of both configs in the group; None: it has no run there."""

    features_id: str
    model_id: str
    features_rank: float | None
    model_rank: float | None

    def order(self, middle: float) -> tuple[float, str, str]:
        """Best first; who has no run is in the middle."""
        ranks = [middle if rank is None else rank for rank in (self.features_rank, self.model_rank)]
        return sum(ranks), self.features_id, self.model_id


def untested_pairs(table: Table) -> Iterator[Pair]:
    """Those of which one config at least has a run in the group, the most promising first.

    A pair that has ended without a figure was tested, too: what it shows is that it does not work.
    """
    group, known = table.group, table.known
    ranks = {group.finished[place].experiment: rank for rank, place in enumerate(group.order, start=1)}
    by_features, by_model = (_mean_ranks(group, ranks, name) for name in ("feature_config", "model_config"))
    seen = {(entry.feature_config, entry.model_config) for entry in (*group.finished, *group.others)}
    seen |= {(each.feature_config, each.model_config) for each in table.live}
    pairs = [
        Pair(features, model, by_features.get(features), by_model.get(model))
        for features, model in _pairs(table)
        if (features, model) not in seen and (features in by_features or model in by_model)
    ]
    for pair in sorted(pairs, key=lambda pair: pair.order((len(ranks) + 1) / 2)):
        if known.fits(known.feature_configs[pair.features_id], known.model_configs[pair.model_id]):  # takes its time
            yield pair


def _mean_ranks(group: Group, ranks: Mapping[str, int], config: str) -> dict[str, float]:
    of: dict[str, list[int]] = {}
    for entry in group.finished:
        of.setdefault(getattr(entry, config), []).append(ranks[entry.experiment])
    return {each: sum(mine) / len(mine) for each, mine in of.items()}


def _pairs(table: Table) -> list[tuple[str, str]]:
    known = table.known
    features = [each for each, config in known.feature_configs.items() if config.dataset == table.dataset]
    models = [each for each, config in known.model_configs.items() if _is_measured(config, table.group)]
    return [(one, other) for one in features for other in models]


def _is_measured(model: ModelConfig, group: Group) -> bool:
    """Whether its runs have the group's family of metrics."""
    return model.model_type in ("multitask", "retrieval" if group.family == "retrieval" else "ranking")
