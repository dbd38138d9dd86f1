"""What a feature config puts into the towers: the only place that knows outputs and widths (domain S3.4, S3.13)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

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
from shared.hashing import digest

Tower = Literal["query", "candidate"]
TOWERS: tuple[Tower, ...] = ("query", "candidate")
DEFAULT_BUCKETS = 20  # S3.4: `bucketize` without `buckets` and `boundaries`
QUANTILES_OF_A_CROSS = 10  # S3.8: number and time members that `bucketize` does not name


@dataclass(frozen=True)
class FeatureOutput:
    """One tensor that Transform writes; `width` is what it takes in the tower's input, after embedding.

    `rows`: rows of its embedding table where the config alone fixes them (hashes, buckets); None for floats, and for
    vocabularies and histories, whose tables grow with the data. `length`: items of a history, [batch, length].
    """

    name: str
    dtype: Literal["int64", "float"]
    width: int
    rows: int | None = None
    length: int | None = None


@dataclass(frozen=True)
class Dimension:
    """A row of the breakdown of a tower's input (S3.14); `share` of the tower's width is in [0, 1]."""

    feature: str
    output: str
    width: int
    share: float


def feature_name(feature: Feature) -> str:
    return feature.name or feature.column


def features_of(config: FeatureConfig, tower: Tower) -> Sequence[Feature]:
    return config.query_features if tower == "query" else config.candidate_features


def crosses_of(config: FeatureConfig, tower: Tower) -> Sequence[Cross]:
    return config.query_crosses if tower == "query" else config.candidate_crosses


def output_name(name: str, tower: Tower) -> str:
    """`q_` or `c_` before the name, so that one column in both towers makes two independent features (S3.2)."""
    return f"{tower[0]}_{name}"


def bucket_count(bucketize: Bucketize) -> int:
    """Buckets of known values; missing ones get a bucket of their own on top (S3.4)."""
    return len(bucketize.boundaries) + 1 if bucketize.boundaries else bucketize.buckets or DEFAULT_BUCKETS


def scale_range(scale: Scale) -> list[float] | None:
    """Into what `minmax` scales; None for the other methods (S3.4)."""
    return (scale.range or [0.0, 1.0]) if scale.method == "minmax" else None


def outputs(feature: Feature, tower: Tower, config: FeatureConfig) -> list[FeatureOutput]:
    """The outputs of one feature, in the order in which they enter the tower. A feature without an option has none."""
    name = output_name(feature_name(feature), tower)
    if isinstance(feature, CategoryFeature):
        return _category(feature, name)
    if isinstance(feature, HistoryFeature):
        found = partner(config, feature)
        width = found[1].vocabulary.embedding_dim if found else 0
        return [FeatureOutput(name, "int64", width, length=feature.max_length)] if found else []
    found = [FeatureOutput(f"{name}_num", "float", 1)] if isinstance(feature, NumberFeature) and feature.scale else []
    if isinstance(feature, TimeFeature):
        waves = [f"{name}_{cycle}_{wave}" for cycle in feature.cycles for wave in ("sin", "cos")]
        found += [FeatureOutput(wave, "float", 1) for wave in waves]
        found += [FeatureOutput(f"{name}_recency", "float", 1)] if feature.recency else []
    if feature.bucketize:
        rows = bucket_count(feature.bucketize) + 1
        found.append(FeatureOutput(f"{name}_bucket", "int64", feature.bucketize.embedding_dim, rows))
    return [*found, FeatureOutput(f"{name}_missing", "float", 1)] if feature.missing_indicator else found


def _category(feature: CategoryFeature, name: str) -> list[FeatureOutput]:
    if feature.vocabulary:
        return [FeatureOutput(name, "int64", feature.vocabulary.embedding_dim)]
    if feature.hashing:
        return [FeatureOutput(name, "int64", feature.hashing.embedding_dim, feature.hashing.buckets)]
    return []


def partner(config: FeatureConfig, history: HistoryFeature) -> tuple[Tower, CategoryFeature] | None:
    """The vocabulary whose table a history shares, the candidate tower's before the query tower's (S3.9).

    That it is over the history's item column is a rule of shared.validation.features, which knows the columns.
    """
    for tower in ("candidate", "query"):
        for feature in features_of(config, tower):
            if (
                isinstance(feature, CategoryFeature)
                and feature.vocabulary
                and feature_name(feature) == history.shared_with
            ):
                return tower, feature
    return None


def cross_members(cross: Cross) -> list[str]:
    """Alphabetical, so that a x b is b x a (S3.8)."""
    return sorted(cross.features)


def cross_quantiles(cross: Cross, member: str) -> int:
    """Number of train quantiles that a number or a time is cut into as member of a cross (S3.8)."""
    return cross.bucketize.get(member, QUANTILES_OF_A_CROSS)


def cross_output(cross: Cross, tower: Tower) -> FeatureOutput:
    name = output_name("_x_".join(cross_members(cross)), tower)
    return FeatureOutput(name, "int64", cross.embedding_dim, cross.hash_buckets)


def tower_outputs(config: FeatureConfig, tower: Tower) -> list[FeatureOutput]:
    """Every input of a tower: features in the order of the document, then crosses."""
    of_features = [output for feature in features_of(config, tower) for output in outputs(feature, tower, config)]
    return of_features + [cross_output(cross, tower) for cross in crosses_of(config, tower)]


def tower_width(config: FeatureConfig, tower: Tower) -> int:
    """Width of the concatenated input of a tower's first layer."""
    return sum(output.width for output in tower_outputs(config, tower))


def dimensions(config: FeatureConfig, tower: Tower) -> list[Dimension]:
    """The breakdown of a tower's width by feature and output, crosses as `a × b` (S3.14)."""
    named = [
        (feature_name(feature), output)
        for feature in features_of(config, tower)
        for output in outputs(feature, tower, config)
    ]
    named += [(" × ".join(cross_members(cross)), cross_output(cross, tower)) for cross in crosses_of(config, tower)]
    total = sum(output.width for _, output in named)
    return [Dimension(name, output.name, output.width, output.width / total) for name, output in named]


def duplicate_outputs(config: FeatureConfig) -> list[str]:
    """Output names that two features would both write: number `x` and category `x_num` (without regard to case)."""
    names = [output.name for tower in TOWERS for output in tower_outputs(config, tower)]
    count = Counter(name.lower() for name in names)
    return sorted({name for name in names if count[name.lower()] > 1})


def row_outputs(roles: Roles) -> dict[str, str]:
    """Column by output of what identifies a row and passes through Transform; absent roles are left out (S1.27)."""
    columns = {
        "id_customer": roles.customer_id,
        "id_product": roles.product_id,
        "id_order": roles.order_id,
        "id_seconds": roles.event_time,
    }
    return {output: column for output, column in columns.items() if column is not None}


def columns_needed(config: FeatureConfig, with_target: bool = False) -> set[str]:
    """Output names of the dataset's columns that Transform reads. Role columns come on top (S1.27)."""
    target = {config.target.column} if with_target and config.target else set()
    return target | {feature.column for tower in TOWERS for feature in features_of(config, tower)}


def candidate_columns(config: FeatureConfig) -> set[str]:
    """Columns that the candidate tower reads: what the catalogue split holds (S2.12)."""
    return {feature.column for feature in config.candidate_features}


def query_columns(config: FeatureConfig) -> set[str]:
    """Columns that the query tower reads: what a request for recommendations holds."""
    return {feature.column for feature in config.query_features}


def primary_id(config: FeatureConfig, tower: Tower) -> CategoryFeature | None:
    """The feature that identifies a customer or a product (S3.3)."""
    marked = (f for f in features_of(config, tower) if isinstance(f, CategoryFeature) and f.is_primary_id)
    return next(marked, None)


def feature_digest(config: FeatureConfig) -> str:
    """Digest over everything that affects the result, target included (S3.1); written defaults change nothing."""
    content = config.model_dump(
        mode="json", exclude={"schema_version", "owner", "created_at", "updated_at", "name", "description"}
    )
    for tower in TOWERS:
        for feature, written in zip(features_of(config, tower), content[f"{tower}_features"], strict=True):
            written["name"] = feature_name(feature)
            if written.get("bucketize") and not written["bucketize"]["boundaries"]:
                written["bucketize"]["buckets"] = bucket_count(feature.bucketize)
            if written.get("scale"):
                written["scale"]["range"] = scale_range(feature.scale)
        for cross in content[f"{tower}_crosses"]:
            cross["features"] = sorted(cross["features"])
            cross["bucketize"] = {name: n for name, n in cross["bucketize"].items() if n != QUANTILES_OF_A_CROSS}
    return digest(content)
