"""The names by which messages mean parts of the configs: columns, features and what Transform writes (domain S8.5)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from shared.documents import Dataset, FeatureConfig
from shared.features import TOWERS, cross_output, crosses_of, feature_name, features_of, output_name, outputs

Document = TypeVar("Document", Dataset, FeatureConfig)


def places_of(configs: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Name -> paths as problems have them (`feature_config.query_features.2`), the most specific first.

    Configs that are no longer read as they were written have no places."""
    found: dict[str, list[str]] = {}
    try:
        for name, path in _named(configs):
            if path not in found.setdefault(name, []):
                found[name].append(path)
    except (ValidationError, KeyError):
        return {}
    return found


def _named(configs: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    yield from _in_features(_parsed(FeatureConfig, configs["feature_config"]))
    yield from _in_dataset(_parsed(Dataset, configs["dataset"]))


def _parsed(model: type[Document], config: Mapping[str, Any]) -> Document:
    """As JSON: a frozen config has its times as text."""
    return model.model_validate_json(json.dumps(config))


def _in_features(config: FeatureConfig) -> Iterator[tuple[str, str]]:
    for tower in TOWERS:
        for number, feature in enumerate(features_of(config, tower)):
            path = f"feature_config.{tower}_features.{number}"
            for output in outputs(feature, tower, config):
                yield output.name, path
            yield output_name(feature_name(feature), tower), path
            yield feature_name(feature), path
            yield feature.column, path
        for number, cross in enumerate(crosses_of(config, tower)):
            yield cross_output(cross, tower).name, f"feature_config.{tower}_crosses.{number}"
    if config.target:
        yield config.target.column, "feature_config.target"
        yield "target", "feature_config.target"


def _in_dataset(dataset: Dataset) -> Iterator[tuple[str, str]]:
    for number, table in enumerate(dataset.tables):
        yield table.table.rpartition(".")[2], f"dataset.tables.{number}"
        for position, column in enumerate(table.columns or ()):
            path = f"dataset.tables.{number}.columns.{position}"
            yield column.name or column.column, path
            yield column.column, path
    for number, history in enumerate(dataset.history):
        yield history.name, f"dataset.history.{number}"
