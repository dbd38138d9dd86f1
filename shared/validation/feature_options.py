"""Options of features and of the target that contradict each other, or do nothing (domain S0.2, S3.4, S3.5, S3.11)."""

from __future__ import annotations

from collections.abc import Iterator

from shared.documents import Bucketize, CategoryFeature, Feature, HistoryFeature, NumberFeature, Scale, Target
from shared.features import feature_name
from shared.problems import Problem


def option_problems(path: str, feature: Feature) -> Iterator[Problem]:
    """What can be told from the feature alone."""
    if isinstance(feature, HistoryFeature):
        return
    if isinstance(feature, CategoryFeature):
        yield from _category_problems(path, feature)
        return
    options = "scale", "bucketize", "missing_indicator"
    if isinstance(feature, NumberFeature):
        if feature.scale:
            yield from _scale_problems(f"{path}.scale", feature.scale)
    else:
        options = "cycles", "recency", "bucketize", "missing_indicator"
        if len(set(feature.cycles)) < len(feature.cycles):
            problem = "a cycle is listed twice."
            yield Problem("E_FEATURE_DUPLICATE", f"{path}.cycles", problem, "List each cycle once.")
    if not any(getattr(feature, option) for option in options):
        yield _no_option(path, feature, options)
    if feature.bucketize:
        yield from _bucketize_problems(f"{path}.bucketize", feature.bucketize)


def target_option_problems(target: Target) -> Iterator[Problem]:
    yield from _percentile_problems("target.clip_percentiles", target.clip_percentiles)


def _category_problems(path: str, feature: CategoryFeature) -> Iterator[Problem]:
    if feature.vocabulary is None and feature.hashing is None:
        yield _no_option(path, feature, ("vocabulary", "hashing"))
    elif feature.vocabulary and feature.hashing:
        problem = f"`{feature_name(feature)}` has a vocabulary and is hashed, which would write one output twice."
        yield Problem("E_FEATURE_DUPLICATE", f"{path}.hashing", problem, "Keep one of the two.")


def _no_option(path: str, feature: Feature, options: tuple[str, ...]) -> Problem:
    """S3.5."""
    listed = ", ".join(f"`{option}`" for option in options)
    problem = f"`{feature_name(feature)}` has no option, so it would put nothing into the tower."
    return Problem("E_NO_OPTION", path, problem, f"Give it one of {listed}, or remove it.")


def _scale_problems(path: str, scale: Scale) -> Iterator[Problem]:
    yield from _percentile_problems(f"{path}.clip_percentiles", scale.clip_percentiles)
    if scale.range is None:
        return
    low, high = scale.range
    if scale.method != "minmax":
        problem = f"`range` does nothing with `method: {scale.method}`."
        yield Problem("E_UNKNOWN_FIELD", f"{path}.range", problem, "Remove it, or use `method: minmax`.")
    elif low >= high:
        problem = f"the range from {low:g} to {high:g} is empty."
        yield Problem("E_RANGE", f"{path}.range", problem, "Write the smaller number first.")


def _bucketize_problems(path: str, bucketize: Bucketize) -> Iterator[Problem]:
    boundaries = bucketize.boundaries
    if boundaries is None:
        return
    if bucketize.buckets is not None:
        problem = "`boundaries` already say how many buckets there are."
        yield Problem("E_UNKNOWN_FIELD", f"{path}.buckets", problem, "Keep `buckets` or `boundaries`.")
    for index in range(1, len(boundaries)):
        if boundaries[index - 1] >= boundaries[index]:
            problem = f"{boundaries[index]:g} does not exceed {boundaries[index - 1]:g} before it."
            remedy = "Write boundaries in increasing order, each once."
            yield Problem("E_BOUNDARIES", f"{path}.boundaries.{index}", problem, remedy)
            return


def _percentile_problems(path: str, percentiles: list[float] | None) -> Iterator[Problem]:
    if percentiles and percentiles[0] >= percentiles[1]:
        low, high = percentiles
        problem = f"nothing lies between the percentiles {low:g} and {high:g}."
        yield Problem("E_RANGE", path, problem, "Write the lower percentile first, e.g. `[1, 99]`.")
