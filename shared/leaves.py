"""A configuration as an ordered list of leaves that people can compare: name and text (domain S7.7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from shared.advice import learning_rate, structures
from shared.analysis.sentences import entity_words, rule_words, window_words
from shared.documents import ClientDocument, Cross, Dataset, Experiment, Feature, FeatureConfig, ModelConfig
from shared.features import (
    TOWERS,
    Tower,
    cross_members,
    crosses_of,
    feature_name,
    features_of,
    outputs,
    tower_width,
)
from shared.validation.model import not_applicable

NOT_APPLICABLE = "not applicable"
COMMON = frozenset(ClientDocument.model_fields)  # what says nothing about the configuration
LAYER_LISTS = ("query_layers", "candidate_layers", "rating_head_layers")


@dataclass(frozen=True)
class Leaf:
    """`parent`: the leaf that this one is a detail of. A `group` is its details, and `text` sums them up."""

    name: str
    text: str
    parent: str | None = None
    group: bool = False


def leaves(document: ClientDocument) -> list[Leaf]:
    """Every setting of a document, defaults included."""
    if isinstance(document, Dataset):
        return list(_dataset(document))
    if isinstance(document, FeatureConfig):
        return list(_features(document))
    if isinstance(document, ModelConfig):
        return list(_model(document))
    own = ("parent", "origin") if isinstance(document, Experiment) else ()  # where it comes from configures nothing
    return list(flat(_plain(document, *own)))


def flat(values: Mapping[str, Any], parent: str | None = None, prefix: str = "") -> Iterator[Leaf]:
    """A leaf for each value inside, in the order of the document."""
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield Leaf(name, text(value), parent, group=True)
            yield from flat(value, name, f"{name}.")
        else:
            yield Leaf(name, text(value), parent)


def text(value: Any) -> str:
    """A value as YAML would show it in one line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ([], {}):
        return "none"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {text(part)}" for key, part in value.items())
    return ", ".join(map(text, value)) if isinstance(value, (list, tuple)) else str(value)


def _plain(model: BaseModel, *without: str) -> dict[str, Any]:
    """Values of a model under the names that documents use."""
    return model.model_dump(mode="json", by_alias=True, exclude={*COMMON, *without})


# ------------------------------------------------------------------------------------------------------- dataset


def _dataset(dataset: Dataset) -> Iterator[Leaf]:
    apart = ("tables", "joins", "filters", "history", "roles")
    yield from flat(_plain(dataset, *apart))
    for table in dataset.tables:
        alias = f"tables.{table.alias or table.table.rsplit('.', 1)[-1]}"
        yield Leaf(alias, table.table)
        if table.columns is None:
            yield Leaf(f"{alias}.columns", "the default", alias)
        for column in table.columns or []:
            options = _plain(column, "column")
            told = {key: value for key, value in options.items() if value not in (None, "keep")}
            yield Leaf(f"{alias}.columns.{column.column}", text(told) if told else "as it is", alias)
    for join in sorted(dataset.joins, key=lambda join: join.right):  # S1.4: their order means nothing
        keys = " and ".join(f"{join.left}.{key.left} = {join.right}.{key.right}" for key in join.keys)
        yield Leaf(f"joins.{join.right}", f"{join.type} join on {keys}")
    yield from flat(_plain(dataset.roles), prefix="roles.")
    yield from _filters(dataset)
    for history in dataset.history:
        yield Leaf(f"history.{history.name}", text(_plain(history, "name")))


def _filters(dataset: Dataset) -> Iterator[Leaf]:
    """Sentences, each by what it is about: a column is in one row filter at most (S1.22, S1.23)."""
    filters = dataset.filters
    for rule in sorted(filters.rows, key=lambda rule: rule.column):
        yield Leaf(f"filters.rows.{rule.column}", rule_words(rule))
    if filters.window:
        yield Leaf("filters.window", window_words(filters.window))
    for entity in ("products", "customers"):
        if (rule := getattr(filters, entity)) is not None:
            yield Leaf(f"filters.{entity}", entity_words(entity, rule))


# ------------------------------------------------------------------------------------------------ feature config


def _features(config: FeatureConfig) -> Iterator[Leaf]:
    towers = ("query_features", "candidate_features", "query_crosses", "candidate_crosses", "target")
    yield from flat(_plain(config, *towers))
    for tower in TOWERS:
        yield Leaf(f"{tower} tower", f"{tower_width(config, tower)} wide")
        for feature in features_of(config, tower):
            yield from _feature(config, tower, feature)
        for cross in sorted(crosses_of(config, tower), key=cross_members):
            yield from _cross(tower, cross)
    target = config.target
    yield Leaf("target", "none" if target is None else target.column)
    if target is not None:
        yield from flat(_plain(target, "column"), "target", "target.")


def _feature(config: FeatureConfig, tower: Tower, feature: Feature) -> Iterator[Leaf]:
    name = f"{tower}.{feature_name(feature)}"
    width = sum(output.width for output in outputs(feature, tower, config))
    yield Leaf(name, f"{feature_name(feature)}({width})")
    yield from flat(_plain(feature, "name"), name, f"{name}.")


def _cross(tower: Tower, cross: Cross) -> Iterator[Leaf]:
    members = "×".join(cross_members(cross))
    name = f"{tower}.{members}"
    yield Leaf(name, f"{members}({cross.embedding_dim})")
    yield from flat(_plain(cross, "features"), name, f"{name}.")


# -------------------------------------------------------------------------------------------------- model config


def _model(model: ModelConfig) -> Iterator[Leaf]:
    """Towers first, as text; a setting that the model's type or choices lack is not applicable (S4.16)."""
    shapes = structures(model)
    for part, layers in zip(("query", "candidate", "head"), LAYER_LISTS, strict=True):
        yield Leaf(part, shapes.get(part, NOT_APPLICABLE))
        yield from _layers(part, layers, getattr(model, layers) if part in shapes else [])
    values = {**_plain(model, *LAYER_LISTS), "learning_rate": learning_rate(model)}
    for field, value in values.items():
        if not_applicable(model, field):
            yield Leaf(field, NOT_APPLICABLE)
        else:
            yield from flat({field: value})


def _layers(part: str, field: str, layers: Iterable[BaseModel]) -> Iterator[Leaf]:
    for place, layer in enumerate(layers):
        name = f"{field}.{place}"
        yield Leaf(name, text(_plain(layer)), part)
