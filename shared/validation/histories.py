"""A history shares the vocabulary of its items (domain S3.9, S3.21: E_HISTORY_PARTNER)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shared.columns import OutputColumn
from shared.documents import CategoryFeature, FeatureConfig, HistoryFeature
from shared.features import TOWERS, feature_name, features_of, partner
from shared.names import listed
from shared.problems import Problem


def partner_problems(path: str, features: FeatureConfig, history: HistoryFeature) -> Iterator[Problem]:
    """`shared_with` must be a vocabulary, whatever the columns are."""
    if partner(features, history) is None:
        problem = f"`{history.shared_with}` is not a vocabulary of either tower."
        yield Problem("E_HISTORY_PARTNER", f"{path}.shared_with", problem, _use(_vocabularies(features)))


def partner_over_item_problems(
    path: str, features: FeatureConfig, history: HistoryFeature, columns: Mapping[str, OutputColumn]
) -> Iterator[Problem]:
    """It must be over the column that the history lists. Of a list column of the warehouse nobody knows which it is."""
    found, column = partner(features, history), columns[history.column]
    if found is None or column.history is None:
        return
    item = column.history.item
    if found[1].column != item:
        problem = f"`{history.shared_with}` is not a vocabulary over `{item}`."
        names = [feature_name(feature) for feature in _vocabularies(features) if feature.column == item]
        remedy = _use_names(names) if names else f"Add a category feature with a `vocabulary` over `{item}`."
        yield Problem("E_HISTORY_PARTNER", f"{path}.shared_with", problem, remedy)


def _vocabularies(features: FeatureConfig) -> list[CategoryFeature]:
    every = [feature for tower in TOWERS for feature in features_of(features, tower)]
    return [feature for feature in every if isinstance(feature, CategoryFeature) and feature.vocabulary]


def _use(vocabularies: list[CategoryFeature]) -> str:
    names = [feature_name(feature) for feature in vocabularies]
    return _use_names(names) if names else "Give the item's feature a `vocabulary`."


def _use_names(names: list[str]) -> str:
    return f"Use {'one of ' if len(names) > 1 else ''}{listed(names)}."
