"""Warnings that need the values of the columns: what is cut, and what is too large (domain S3.11, S3.18, S3.21)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shared.analysis.figures import ColumnStatistics
from shared.documents import CategoryFeature, FeatureConfig, NumberFeature, Vocabulary
from shared.features import TOWERS, features_of
from shared.problems import Problem

LARGE = 100  # S3.21: raw values above it drown the embeddings, which start near 0


def data_warnings(features: FeatureConfig, statistics: Mapping[str, ColumnStatistics]) -> Iterator[Problem]:
    """W_VOCAB_CUT, W_RAW_SCALE, W_TARGET_NEGATIVE; columns without statistics are passed over."""
    for tower in TOWERS:
        for index, feature in enumerate(features_of(features, tower)):
            path, known = f"{tower}_features.{index}", statistics.get(feature.column)
            if known is None:
                continue
            if isinstance(feature, CategoryFeature) and feature.vocabulary:
                yield from _cut(f"{path}.vocabulary", feature.vocabulary, known)
            if isinstance(feature, NumberFeature):
                yield from _large(f"{path}.scale", feature, known)
    if features.target and features.target.column in statistics:
        yield from _negative(features, statistics[features.target.column])


def cut_share(vocabulary: Vocabulary, known: ColumnStatistics) -> float:
    """Share of known values that fall out of the vocabulary: the rarest ones, so the harder cut decides (S3.18).

    Between the sizes and frequencies that were counted the nearest stricter one counts.
    """
    too_rare = [share for below, share in known.rare if below <= vocabulary.min_frequency]
    kept = [share for size, share in known.coverage if size <= vocabulary.max_size]
    surplus = 1 - max(kept, default=0.0) if known.coverage and vocabulary.max_size < known.distinct else 0.0
    return max([surplus, *too_rare])


def _cut(path: str, vocabulary: Vocabulary, known: ColumnStatistics) -> Iterator[Problem]:
    share = cut_share(vocabulary, known)
    if share > 0:
        problem = f"values of about {100 * share:.3g}% of the rows with `{known.name}` are cut from the vocabulary."
        remedy = "Raise `max_size`, or lower `min_frequency`, unless they are noise."
        yield Problem("W_VOCAB_CUT", path, problem, remedy, "warning")


def _large(path: str, feature: NumberFeature, known: ColumnStatistics) -> Iterator[Problem]:
    if not feature.scale or feature.scale.method != "none" or feature.scale.log:
        return
    largest = max((abs(edge) for edge in (known.min, known.max) if isinstance(edge, (int, float))), default=0)
    if largest > LARGE:
        problem = f"`{known.name}` is not scaled and reaches {largest:,.6g}, far above the other inputs."
        yield Problem("W_RAW_SCALE", f"{path}.method", problem, "Use `method: zscore`, or `log: true`.", "warning")


def _negative(features: FeatureConfig, known: ColumnStatistics) -> Iterator[Problem]:
    if features.target.log and known.negative_share:
        share = 100 * known.negative_share
        problem = f"{share:.2g}% of the values of `{known.name}` are negative, and `log` makes them 0."
        remedy = "Filter those rows, or write `log: false`."
        yield Problem("W_TARGET_NEGATIVE", "target.log", problem, remedy, "warning")
