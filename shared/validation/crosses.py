"""Rules of crosses (domain S3.8, S3.21)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shared.documents import CategoryFeature, Cross, Feature, FeatureConfig, HistoryFeature
from shared.features import Tower, cross_members, crosses_of, feature_name, features_of
from shared.names import listed, suggest
from shared.problems import Problem


def cross_problems(features: FeatureConfig, tower: Tower) -> Iterator[Problem]:
    by_name = {feature_name(feature): feature for feature in features_of(features, tower)}
    seen: set[tuple[str, ...]] = set()
    for index, cross in enumerate(crosses_of(features, tower)):
        path = f"{tower}_crosses.{index}"
        yield from _member_problems(path, cross, by_name, tower)
        yield from _bucketize_problems(path, cross, by_name)
        members = tuple(cross_members(cross))
        if members in seen:
            problem = f"{listed(members)} are crossed twice; the order of members does not matter."
            yield Problem("E_FEATURE_DUPLICATE", f"{path}.features", problem, "Keep one of the two.")
        seen.add(members)


def _member_problems(path: str, cross: Cross, by_name: Mapping[str, Feature], tower: Tower) -> Iterator[Problem]:
    for position, member in enumerate(cross.features):
        where = f"{path}.features.{position}"
        if member not in by_name:
            problem = f"the {tower} tower has no feature `{member}`."
            yield Problem("E_CROSS_MEMBER", where, problem, suggest(member, by_name))
        elif member in cross.features[:position]:
            problem = f"`{member}` is crossed with itself."
            yield Problem("E_CROSS_MEMBER", where, problem, "Name different features.")
        elif isinstance(by_name[member], HistoryFeature):
            problem = f"`{member}` is a history, which has many values at once."
            yield Problem("E_CROSS_MEMBER", where, problem, "Cross categories, numbers and times only.")


def _bucketize_problems(path: str, cross: Cross, by_name: Mapping[str, Feature]) -> Iterator[Problem]:
    for member in cross.bucketize:
        where = f"{path}.bucketize.{member}"
        if member not in cross.features:
            problem = f"`{member}` is not a member of this cross."
            yield Problem("E_CROSS_MEMBER", where, problem, f"Name one of {listed(cross.features)}, or remove it.")
        elif isinstance(by_name.get(member), CategoryFeature):
            problem = f"`{member}` is a category, which has no quantiles."
            yield Problem("E_CROSS_MEMBER", where, problem, "Remove it: only numbers and times are cut into buckets.")
