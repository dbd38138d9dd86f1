"""Feature config -> Transform module. Choices are made here, layout in the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from shared.codegen.check import Shape, check
from shared.codegen.environment import ENVIRONMENT
from shared.documents import CategoryFeature, Cross, Feature, FeatureConfig, NumberFeature, Roles
from shared.features import (
    QUANTILES_OF_A_CROSS,
    TOWERS,
    Tower,
    columns_needed,
    cross_members,
    cross_output,
    crosses_of,
    duplicate_outputs,
    feature_name,
    features_of,
    outputs,
)

BLOCKS = ("identity", "seconds", "vocabularies", "z_score", "cycle", "cross", "text", "quantile")
SHAPE = Shape(
    imports=frozenset({"from trainer_image import transforms"}),
    calls=frozenset({"outputs.update"} | {f"transforms.{block}" for block in BLOCKS}),
    identifiers=frozenset(
        {*BLOCKS, "VOCABULARIES", "transforms", "preprocessing_fn", "inputs", "outputs", "update"}
        | {"log", "buckets", "hash_buckets"}
    ),
)


class Named(Protocol):
    """A column of the dataset; `shared.columns.OutputColumn` is one."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class Member:
    """A member of a cross: its column, and its number of quantiles when it is a number or a time."""

    column: str
    quantiles: int | None


def render_transform(features: FeatureConfig, dataset_outputs: Sequence[Named], roles: Roles) -> str:
    """Return the Transform module as Python source; raises ValueError for configs that validation must have refused."""
    _refuse_impossible(features, {column.name for column in dataset_outputs}, roles)
    steps = {tower: _tower(features, tower) for tower in TOWERS}
    source = ENVIRONMENT.get_template("transform.py.jinja").render(
        roles=_roles(roles), vocabularies=_vocabularies(features), towers=steps
    )
    return check(source, SHAPE)


def _refuse_impossible(features: FeatureConfig, known: set[str], roles: Roles) -> None:
    role_columns = {column for column in roles.model_dump().values() if column is not None}
    unknown = (columns_needed(features) | role_columns) - known
    if unknown:
        raise ValueError(f"the dataset has no columns {sorted(unknown)}")
    if clash := duplicate_outputs(features):
        raise ValueError(f"two features write the same outputs {clash}")


def _roles(roles: Roles) -> list[dict[str, str]]:
    """S1.27: absent roles are left out."""
    columns = {"id_customer": roles.customer_id, "id_product": roles.product_id, "id_order": roles.order_id}
    steps = [{"block": "identity", "output": name, "column": column} for name, column in columns.items() if column]
    if roles.event_time:
        steps.append({"block": "seconds", "output": "id_seconds", "column": roles.event_time})
    return steps


def _vocabularies(config: FeatureConfig) -> dict[str, dict[str, Any]]:
    """Options of every vocabulary of both towers, by output."""
    found = {}
    for tower in TOWERS:
        for feature in features_of(config, tower):
            if isinstance(feature, CategoryFeature):
                options = feature.vocabulary.model_dump(exclude={"embedding_dim"})
                found[outputs(feature, tower)[0].name] = {"column": feature.column, **options}
    return found


def _tower(config: FeatureConfig, tower: Tower) -> list[dict[str, Any]]:
    steps = [step for feature in features_of(config, tower) for step in _feature(feature, tower)]
    return steps + [_cross(config, cross, tower) for cross in crosses_of(config, tower)]


def _feature(feature: Feature, tower: Tower) -> list[dict[str, Any]]:
    names = [output.name for output in outputs(feature, tower)]
    if isinstance(feature, CategoryFeature):
        return []  # all vocabularies are one step: `_vocabularies`
    if isinstance(feature, NumberFeature):
        return [{"block": "z_score", "output": names[0], "column": feature.column, "log": feature.scale.log}]
    return [
        {"block": "cycle", "sin": sin, "cos": cos, "column": feature.column, "cycle": cycle}
        for cycle, sin, cos in zip(feature.cycles, names[::2], names[1::2], strict=True)
    ]


def _cross(config: FeatureConfig, cross: Cross, tower: Tower) -> dict[str, Any]:
    by_name = {feature_name(feature): feature for feature in features_of(config, tower)}
    if missing := [name for name in cross.features if name not in by_name]:
        raise ValueError(f"a cross names {missing}, which the {tower} tower does not have")
    members = [_member(by_name[name], cross.bucketize.get(name)) for name in cross_members(cross)]
    return {
        "block": "cross",
        "output": cross_output(cross, tower).name,
        "members": members,
        "hash_buckets": cross.hash_buckets,
    }


def _member(feature: Feature, quantiles: int | None) -> Member:
    if isinstance(feature, CategoryFeature):
        return Member(feature.column, None)
    return Member(feature.column, quantiles or QUANTILES_OF_A_CROSS)
