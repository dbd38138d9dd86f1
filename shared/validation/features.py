"""Rules of a feature config: by itself, and over the columns of its dataset (domain S3.2, S3.3, S3.12, S3.21)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from shared.analysis.figures import ColumnStatistics
from shared.columns import Catalogue, OutputColumn, missing_column
from shared.documents import CategoryFeature, Dataset, Feature, FeatureConfig, HistoryFeature
from shared.features import (
    TOWERS,
    Tower,
    duplicate_outputs,
    feature_name,
    features_of,
    tower_width,
)
from shared.names import is_reserved, listed, renamed
from shared.problems import Problem, by_path
from shared.validation.crosses import cross_problems
from shared.validation.feature_data import data_warnings
from shared.validation.feature_kinds import kind_problems, target_type_problems
from shared.validation.feature_options import option_problems, target_option_problems
from shared.validation.histories import partner_over_item_problems, partner_problems

PRIMARY_ROLES: dict[Tower, str] = {"query": "customer_id", "candidate": "product_id"}
WIDE_TOWER = 1_024


def validate_features(
    features: FeatureConfig,
    dataset: Dataset,
    outputs: Sequence[OutputColumn],
    catalogue: Catalogue | None = None,
    statistics: Mapping[str, ColumnStatistics] | None = None,
) -> list[Problem]:
    """Everything that is wrong with a feature config over these columns, warnings included, ordered by path.

    `catalogue` lets a message say why a column of the tables is not among the outputs; `statistics`, by column, are
    needed for the warnings about values.
    """
    columns = {output.name: output for output in outputs}
    roles: dict[Tower, str] = {tower: getattr(dataset.roles, PRIMARY_ROLES[tower]) for tower in TOWERS}
    problems = _alone(features, roles)
    for path, name in _columns_used(features):
        if name not in columns:
            problems.append(_missing(path, name, dataset, outputs, catalogue))
    for path, feature, _ in _features(features):
        if feature.column in columns:
            problems += kind_problems(path, feature, columns[feature.column])
            if isinstance(feature, HistoryFeature):
                problems += partner_over_item_problems(path, features, feature, columns)
    if features.target and features.target.column in columns:
        problems += target_type_problems(columns[features.target.column])
    problems += _both_towers(features)
    problems += data_warnings(features, statistics or {})
    return by_path(problems)


def validate_features_alone(features: FeatureConfig) -> list[Problem]:
    """What is wrong with a feature config whatever the columns are, so that it can be told without a warehouse."""
    return by_path(_alone(features, dict.fromkeys(TOWERS)))


def _alone(features: FeatureConfig, roles: Mapping[Tower, str | None]) -> list[Problem]:
    """`roles`: the column of each tower's primary id; None: the dataset is not known."""
    problems: list[Problem] = []
    for path, feature, _ in _features(features):
        problems += option_problems(path, feature)
        if isinstance(feature, HistoryFeature):
            problems += partner_problems(path, features, feature)
    for tower in TOWERS:
        problems += _name_problems(features, tower)
        problems += _primary_problems(features, tower, roles[tower])
        problems += cross_problems(features, tower)
        problems += _width_warnings(features, tower)
    if not any(problem.code == "E_FEATURE_DUPLICATE" for problem in problems):
        problems += _output_clashes(features)
    if features.target:
        problems += target_option_problems(features.target)
        problems += _target_in_tower(features)
    return problems


def _features(features: FeatureConfig) -> Iterator[tuple[str, Feature, Tower]]:
    """Every feature with its path and tower."""
    for tower in TOWERS:
        for index, feature in enumerate(features_of(features, tower)):
            yield f"{tower}_features.{index}", feature, tower


def _columns_used(features: FeatureConfig) -> Iterator[tuple[str, str]]:
    yield from ((f"{path}.column", feature.column) for path, feature, _ in _features(features))
    if features.target:
        yield "target.column", features.target.column


def _missing(
    path: str, name: str, dataset: Dataset, outputs: Sequence[OutputColumn], catalogue: Catalogue | None
) -> Problem:
    """E_FEATURE_COLUMN: a column that has another name by now (S1.11), or whatever else keeps it away."""
    if now := renamed(name, outputs):
        problem = f"the dataset has no column `{name}`."
        return Problem("E_FEATURE_COLUMN", path, problem, f"Did you mean {listed(now)}?")
    return missing_column(path, name, dataset, outputs, catalogue, "E_FEATURE_COLUMN")


def _name_problems(features: FeatureConfig, tower: Tower) -> Iterator[Problem]:
    names = [feature_name(feature) for feature in features_of(features, tower)]
    for index, name in enumerate(names):
        path = f"{tower}_features.{index}.name"
        if name.lower() in (earlier.lower() for earlier in names[:index]):
            problem = f"the {tower} tower already has a feature `{name}`."
            yield Problem("E_FEATURE_DUPLICATE", path, problem, "Give this one another `name`, or remove it.")
        if is_reserved(name):
            problem = f"`{name}` cannot be a feature's name: names that start with `qt_` are reserved."
            yield Problem("E_NAME", path, problem, "Give it another `name`.")


def _primary_problems(features: FeatureConfig, tower: Tower, column: str | None) -> Iterator[Problem]:
    """One primary id per tower, over the column of its role; none in the query tower of `query_id: none` (S3.3)."""
    role = PRIMARY_ROLES[tower]
    marked = [
        (index, feature)
        for index, feature in enumerate(features_of(features, tower))
        if isinstance(feature, CategoryFeature) and feature.is_primary_id
    ]
    over = f"`{column}`" if column else f"the dataset's `{role}`"
    remedy = f"Mark one category feature over {over} with `is_primary_id: true`."
    if tower == "query" and features.query_id == "none":
        for index, _ in marked:
            path = f"{tower}_features.{index}.is_primary_id"
            problem = "a config with `query_id: none` has no primary id in the query tower."
            yield Problem("E_PRIMARY_ID", path, problem, "Remove the feature, or write `query_id: primary`.")
        return
    if not marked:
        yield Problem("E_PRIMARY_ID", f"{tower}_features", f"the {tower} tower has no primary id.", remedy)
    for position, (index, feature) in enumerate(marked):
        path = f"{tower}_features.{index}.is_primary_id"
        if position > 0:
            problem = f"the {tower} tower has {len(marked)} primary ids, and needs exactly one."
            yield Problem("E_PRIMARY_ID", path, problem, remedy)
        elif column and feature.column != column:
            yield Problem("E_PRIMARY_ID", path, f"`{feature.column}` is not the dataset's `{role}`.", remedy)


def _output_clashes(features: FeatureConfig) -> list[Problem]:
    """Two features with different names may still write one output: number `x` and category `x_num`."""
    remedy = "Give one of the features that write it another `name`."
    return [
        Problem("E_FEATURE_DUPLICATE", _tower_of(name), f"the output `{name}` is written twice.", remedy)
        for name in duplicate_outputs(features)
    ]


def _tower_of(output: str) -> str:
    return next(f"{tower}_features" for tower in TOWERS if output.startswith(tower[0]))


def _target_in_tower(features: FeatureConfig) -> Iterator[Problem]:
    """S3.12."""
    for path, feature, tower in _features(features):
        if feature.column == features.target.column:
            problem = f"`{feature.column}` is the target, so the {tower} tower must not see it."
            yield Problem("E_TARGET_IN_TOWER", f"{path}.column", problem, "Remove the feature, or the target.")


def _width_warnings(features: FeatureConfig, tower: Tower) -> list[Problem]:
    width = tower_width(features, tower)
    if width <= WIDE_TOWER:
        return []
    problem = f"the {tower} tower's input is {width} wide; above {WIDE_TOWER} it trains slowly and overfits easily."
    remedy = "Lower `embedding_dim` of features with few values."
    return [Problem("W_WIDE_TOWER", f"{tower}_features", problem, remedy, "warning")]


def _both_towers(features: FeatureConfig) -> Iterator[Problem]:
    of_query = {feature.column for feature in features.query_features}
    for index, feature in enumerate(features.candidate_features):
        if feature.column in of_query:
            problem = f"column `{feature.column}` is in both towers, so the model may match it with itself."
            remedy = "Keep it where it is known: of the customer or of the product."
            yield Problem("W_BOTH_TOWERS", f"candidate_features.{index}.column", problem, remedy, "warning")
