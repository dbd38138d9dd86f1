"""Feature config -> Transform module. Choices are made here, layout in the template."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from shared.codegen.check import Shape, check
from shared.codegen.environment import ENVIRONMENT
from shared.documents import (
    Bucketize,
    CategoryFeature,
    Cross,
    Feature,
    FeatureConfig,
    HistoryFeature,
    NumberFeature,
    Roles,
    Scale,
    TimeFeature,
)
from shared.features import (
    TOWERS,
    Tower,
    bucket_count,
    columns_needed,
    cross_members,
    cross_output,
    cross_quantiles,
    crosses_of,
    duplicate_outputs,
    feature_name,
    features_of,
    output_name,
    outputs,
    partner,
    row_outputs,
    scale_range,
)

BLOCKS = (
    "bucketize", "count", "cross", "cycle", "hashing", "history", "identity", "measure", "missing", "quantile",
    "recency", "scale", "seconds", "target", "text", "value", "vocabulary",
)  # fmt: skip
SHAPE = Shape(
    imports=frozenset({"from trainer_image import transforms"}),
    calls=frozenset(f"transforms.{block}" for block in BLOCKS),
    identifiers=frozenset(
        {*BLOCKS, "VOCABULARIES", "NUMBERS", "transforms", "preprocessing_fn", "inputs", "outputs"}
        | {"categories", "numbers", "buckets", "hash_buckets", "max_length", "method", "range"}
    ),
)
TARGET = "target"

Step = dict[str, Any]


class Named(Protocol):
    """A column of the dataset; `shared.columns.OutputColumn` is one."""

    @property
    def name(self) -> str: ...


def render_transform(
    features: FeatureConfig, dataset_outputs: Sequence[Named], roles: Roles, with_target: bool = False
) -> str:
    """Return the Transform module as Python source; raises ValueError for configs that validation must have refused."""
    _refuse_impossible(features, {column.name for column in dataset_outputs}, roles, with_target)
    target = features.target if with_target else None
    source = ENVIRONMENT.get_template("transform.py.jinja").render(
        roles=row_outputs(roles),
        vocabularies=_vocabularies(features),
        numbers=_numbers(features, with_target),
        towers={tower: list(_tower(features, tower)) for tower in TOWERS},
        target=target.column if target else None,
    )
    return check(source, SHAPE)


def _refuse_impossible(features: FeatureConfig, known: set[str], roles: Roles, with_target: bool) -> None:
    role_columns = {column for column in roles.model_dump().values() if column is not None}
    unknown = (columns_needed(features, with_target) | role_columns) - known
    if unknown:
        raise ValueError(f"the dataset has no columns {sorted(unknown)}")
    if clash := duplicate_outputs(features):
        raise ValueError(f"two features write the same outputs {clash}")
    if with_target and features.target is None:
        raise ValueError("the feature config has no target")


def _vocabularies(config: FeatureConfig) -> dict[str, Step]:
    """Options of every vocabulary of both towers, by output; then of every hashed feature, whose values are counted."""
    found = {}
    for tower in TOWERS:
        for feature in features_of(config, tower):
            if isinstance(feature, CategoryFeature) and feature.vocabulary:
                options = feature.vocabulary.model_dump(exclude={"embedding_dim"})
                found[_output(feature, tower)] = {"column": feature.column, **options}
    return found | _hashed(config)


def _hashed(config: FeatureConfig) -> dict[str, Step]:
    return {
        _output(feature, tower): {"column": feature.column, "hash_buckets": feature.hashing.buckets}
        for tower in TOWERS
        for feature in features_of(config, tower)
        if isinstance(feature, CategoryFeature) and feature.hashing
    }


def _numbers(config: FeatureConfig, with_target: bool) -> dict[str, Step]:
    """What is to be learned about numbers and times, by the output that needs it."""
    found: dict[str, Step] = {}
    for tower in TOWERS:
        for feature in features_of(config, tower):
            if isinstance(feature, (NumberFeature, TimeFeature)):
                found.update(_learned(feature, _output(feature, tower)))
        for cross in crosses_of(config, tower):
            for member in _members(config, cross, tower):
                if isinstance(member, (NumberFeature, TimeFeature)):
                    quantiles = cross_quantiles(cross, feature_name(member))
                    found[_member_entry(cross, tower, member)] = {**_column(member), "quantiles": quantiles}
    if with_target:
        options = config.target.model_dump(exclude={"column"}, exclude_none=True)
        found[TARGET] = {"column": config.target.column, **options}
    return found


def _learned(feature: NumberFeature | TimeFeature, name: str) -> Iterator[tuple[str, Step]]:
    if isinstance(feature, NumberFeature) and feature.scale:
        yield f"{name}_num", {**_column(feature), **_before_scaling(feature.scale)}
    if isinstance(feature, TimeFeature) and feature.recency:
        yield f"{name}_recency", _column(feature)
    if feature.bucketize:
        yield f"{name}_bucket", {**_column(feature), **_boundaries(feature.bucketize)}


def _column(feature: NumberFeature | TimeFeature) -> Step:
    return {"column": feature.column, **({"days": True} if isinstance(feature, TimeFeature) else {})}


def _before_scaling(scale: Scale) -> Step:
    clip = {"clip_percentiles": scale.clip_percentiles} if scale.clip_percentiles else {}
    return {**clip, **({"log": True} if scale.log else {})}


def _boundaries(bucketize: Bucketize) -> Step:
    if bucketize.boundaries:
        return {"boundaries": bucketize.boundaries}
    return {"quantiles": bucket_count(bucketize)}


def _tower(config: FeatureConfig, tower: Tower) -> Iterator[Step]:
    """One step for each statement of the module; `outputs` writes the names, in this order."""
    for feature in features_of(config, tower):
        written = [output.name for output in outputs(feature, tower, config)]
        yield from _steps(config, feature, tower, iter(written))
    for cross in crosses_of(config, tower):
        yield _cross(config, cross, tower)


def _steps(config: FeatureConfig, feature: Feature, tower: Tower, written: Iterator[str]) -> Iterator[Step]:
    column = {"column": feature.column}
    if isinstance(feature, CategoryFeature):
        hashing = {"block": "hashing", "buckets": feature.hashing.buckets} if feature.hashing else {}
        yield {"block": "vocabulary", **column, **hashing, "output": next(written)}
        return
    if isinstance(feature, HistoryFeature):
        shared = {"shared": _partner_output(config, feature), "max_length": feature.max_length}
        yield {"block": "history", **column, **shared, "output": next(written)}
        return
    if isinstance(feature, NumberFeature) and feature.scale:
        yield {
            "block": "scale",
            "method": feature.scale.method,
            "range": scale_range(feature.scale),
            "output": next(written),
        }
    if isinstance(feature, TimeFeature):
        for cycle in feature.cycles:
            yield {"block": "cycle", **column, "cycle": cycle, "sin": next(written), "cos": next(written)}
        if feature.recency:
            yield {"block": "recency", "output": next(written)}
    if feature.bucketize:
        yield {"block": "bucketize", "output": next(written)}
    if feature.missing_indicator:
        yield {"block": "missing", **column, "output": next(written)}


def _partner_output(config: FeatureConfig, history: HistoryFeature) -> str:
    found = partner(config, history)
    if found is None:
        raise ValueError(f"no tower has a vocabulary {history.shared_with!r} for the history {history.column!r}")
    tower, feature = found
    return _output(feature, tower)


def _cross(config: FeatureConfig, cross: Cross, tower: Tower) -> Step:
    members = [
        {"column": member.column, "entry": None}
        if isinstance(member, CategoryFeature)
        else {"column": member.column, "entry": _member_entry(cross, tower, member)}
        for member in _members(config, cross, tower)
    ]
    name = cross_output(cross, tower).name
    return {"block": "cross", "output": name, "members": members, "hash_buckets": cross.hash_buckets}


def _members(config: FeatureConfig, cross: Cross, tower: Tower) -> list[Feature]:
    by_name = {feature_name(feature): feature for feature in features_of(config, tower)}
    if missing := [name for name in cross.features if name not in by_name]:
        raise ValueError(f"a cross names {missing}, which the {tower} tower does not have")
    members = [by_name[name] for name in cross_members(cross)]
    if any(isinstance(member, HistoryFeature) for member in members):
        raise ValueError(f"the cross of {cross_members(cross)} has a history as member")
    return members


def _member_entry(cross: Cross, tower: Tower, member: Feature) -> str:
    """The key of a member's quantiles: no output holds a space, so it is nobody else's."""
    return f"{cross_output(cross, tower).name} {feature_name(member)}"


def _output(feature: Feature, tower: Tower) -> str:
    return output_name(feature_name(feature), tower)
