"""What a feature config puts into the towers: the only place that knows outputs and widths (domain S3.4, S3.13)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from shared.documents import CategoryFeature, Cross, Feature, FeatureConfig, NumberFeature, TimeFeature

Tower = Literal["query", "candidate"]
TOWERS: tuple[Tower, ...] = ("query", "candidate")
QUANTILES_OF_A_CROSS = 10  # S3.8: number and time members that `bucketize` does not name


@dataclass(frozen=True)
class FeatureOutput:
    """One tensor that Transform writes; `width` is what it takes in the tower's input, after embedding."""

    name: str
    dtype: Literal["int64", "float"]
    width: int


def feature_name(feature: Feature) -> str:
    return feature.name or feature.column


def features_of(config: FeatureConfig, tower: Tower) -> Sequence[Feature]:
    return config.query_features if tower == "query" else config.candidate_features


def crosses_of(config: FeatureConfig, tower: Tower) -> Sequence[Cross]:
    return config.query_crosses if tower == "query" else config.candidate_crosses


def output_name(name: str, tower: Tower) -> str:
    """`q_` or `c_` before the name, so that one column in both towers makes two independent features (S3.2)."""
    return f"{tower[0]}_{name}"


def outputs(feature: Feature, tower: Tower) -> list[FeatureOutput]:
    """The outputs of one feature, in the order in which they enter the tower."""
    name = output_name(feature_name(feature), tower)
    if isinstance(feature, CategoryFeature):
        return [FeatureOutput(name, "int64", feature.vocabulary.embedding_dim)]
    if isinstance(feature, NumberFeature):
        return [FeatureOutput(f"{name}_num", "float", 1)]
    if isinstance(feature, TimeFeature):
        waves = [f"{name}_{cycle}_{wave}" for cycle in feature.cycles for wave in ("sin", "cos")]
        return [FeatureOutput(wave, "float", 1) for wave in waves]
    raise TypeError(f"no outputs are known for a feature of type {type(feature).__name__}")


def cross_members(cross: Cross) -> list[str]:
    """Alphabetical, so that a x b is b x a (S3.8)."""
    return sorted(cross.features)


def cross_output(cross: Cross, tower: Tower) -> FeatureOutput:
    return FeatureOutput(output_name("_x_".join(cross_members(cross)), tower), "int64", cross.embedding_dim)


def tower_outputs(config: FeatureConfig, tower: Tower) -> list[FeatureOutput]:
    """Every input of a tower: features in the order of the document, then crosses."""
    of_features = [output for feature in features_of(config, tower) for output in outputs(feature, tower)]
    return of_features + [cross_output(cross, tower) for cross in crosses_of(config, tower)]


def tower_width(config: FeatureConfig, tower: Tower) -> int:
    """Width of the concatenated input of a tower's first layer."""
    return sum(output.width for output in tower_outputs(config, tower))


def duplicate_outputs(config: FeatureConfig) -> list[str]:
    """Output names that two features would both write: number `x` and category `x_num` (without regard to case)."""
    names = [output.name for tower in TOWERS for output in tower_outputs(config, tower)]
    count = Counter(name.lower() for name in names)
    return sorted({name for name in names if count[name.lower()] > 1})


def columns_needed(config: FeatureConfig) -> set[str]:
    """Output names of the dataset's columns that any feature reads. Role columns come on top (S1.27)."""
    return {feature.column for tower in TOWERS for feature in features_of(config, tower)}


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
