"""Rules of a feature config over the columns of its dataset (domain S3.3, S3.21)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from shared.columns import DAY_TYPES, OutputColumn, SourceColumn, missing_column
from shared.documents import CategoryFeature, Cross, Dataset, Feature, FeatureConfig, NumberFeature
from shared.features import TOWERS, Tower, crosses_of, duplicate_outputs, feature_name, features_of, tower_width
from shared.names import is_reserved, listed, suggest
from shared.problems import Problem, by_path

PRIMARY_ROLES: dict[Tower, str] = {"query": "customer_id", "candidate": "product_id"}
WIDE_TOWER = 1_024


def validate_features(
    features: FeatureConfig,
    dataset: Dataset,
    outputs: Sequence[OutputColumn],
    catalogue: Sequence[SourceColumn] = (),
) -> list[Problem]:
    """Everything that is wrong with a feature config over these columns, warnings included, ordered by path.

    `catalogue` lets a message say why a column of the table is not among the outputs.
    """
    by_name = {output.name: output for output in outputs}
    problems: list[Problem] = []
    for tower in TOWERS:
        for index, feature in enumerate(features_of(features, tower)):
            path = f"{tower}_features.{index}"
            if feature.column not in by_name:
                where = f"{path}.column"
                problems.append(missing_column(where, feature.column, dataset, outputs, catalogue, "E_FEATURE_COLUMN"))
            else:
                problems += _kind_problems(path, feature, by_name[feature.column])
        problems += _name_problems(features, tower)
        problems += _primary_problems(features, tower, getattr(dataset.roles, PRIMARY_ROLES[tower]))
        problems += _cross_problems(features, tower)
        problems += _width_warnings(features, tower)
    if not any(problem.code == "E_FEATURE_DUPLICATE" for problem in problems):
        problems += _output_clashes(features)
    problems += _both_towers(features)
    return by_path(problems)


def validate_features_alone(features: FeatureConfig) -> list[Problem]:
    """What is wrong with a feature config whatever the columns are, so that it can be told without a warehouse."""
    problems: list[Problem] = []
    for tower in TOWERS:
        problems += _name_problems(features, tower)
        problems += _primary_problems(features, tower, None)
        problems += _cross_problems(features, tower)
    if not any(problem.code == "E_FEATURE_DUPLICATE" for problem in problems):
        problems += _output_clashes(features)
    return by_path(problems)


def _kind_problems(path: str, feature: Feature, column: OutputColumn) -> Iterator[Problem]:
    """E_FEATURE_KIND: what a feature does must make sense for what its column holds."""
    held = f"column `{column.name}` holds {_held(column)}"
    if isinstance(feature, CategoryFeature):
        if column.warehouse_type not in ("STRING", "INT64", "BOOL"):
            yield Problem("E_FEATURE_KIND", f"{path}.kind", f"{held}, which make no categories.", _better_kind(column))
    elif isinstance(feature, NumberFeature):
        if column.example_type == "bytes" or column.warehouse_type in DAY_TYPES:
            yield Problem("E_FEATURE_KIND", f"{path}.kind", f"{held}, which cannot be scaled.", _better_kind(column))
    elif column.warehouse_type == "TIME":
        if set(feature.cycles) != {"hour"}:
            problem = f"{held}, which have an hour but no day."
            yield Problem("E_FEATURE_KIND", f"{path}.cycles", problem, "Use `cycles: [hour]` only.")
    elif column.warehouse_type not in DAY_TYPES:
        yield Problem("E_FEATURE_KIND", f"{path}.kind", f"{held}, which have no cycles.", _better_kind(column))
    elif len(set(feature.cycles)) < len(feature.cycles):
        yield Problem("E_FEATURE_DUPLICATE", f"{path}.cycles", "a cycle is listed twice.", "List each cycle once.")


def _held(column: OutputColumn) -> str:
    if column.example_type == "bytes":
        return "text" if column.warehouse_type == "STRING" else "ids"
    if column.warehouse_type in DAY_TYPES or column.warehouse_type == "TIME":
        return f"times ({column.warehouse_type})"
    return f"{'yes or no' if column.warehouse_type == 'BOOL' else 'numbers'} ({column.warehouse_type})"


def _better_kind(column: OutputColumn) -> str:
    if column.warehouse_type in DAY_TYPES:
        return "Use `kind: time` with `cycles`."
    if column.warehouse_type == "TIME":
        return "Use `kind: time` with `cycles: [hour]`."
    if column.example_type == "float":
        return "Use `kind: number`."
    return "Use `kind: category`."


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
    """Exactly one primary id per tower, over the column of its role (S3.3); None: the dataset is not known."""
    role = PRIMARY_ROLES[tower]
    of_tower = features_of(features, tower)
    marked = [
        index
        for index, feature in enumerate(of_tower)
        if isinstance(feature, CategoryFeature) and feature.is_primary_id
    ]
    over = f"`{column}`" if column else f"the dataset's `{role}`"
    remedy = f"Mark one category feature over {over} with `is_primary_id: true`."
    if not marked:
        yield Problem("E_PRIMARY_ID", f"{tower}_features", f"the {tower} tower has no primary id.", remedy)
    for position, index in enumerate(marked):
        path = f"{tower}_features.{index}.is_primary_id"
        if position > 0:
            problem = f"the {tower} tower has {len(marked)} primary ids, and needs exactly one."
            yield Problem("E_PRIMARY_ID", path, problem, remedy)
        elif column and of_tower[index].column != column:
            problem = f"`{of_tower[index].column}` is not the dataset's `{role}`."
            yield Problem("E_PRIMARY_ID", path, problem, remedy)


def _cross_problems(features: FeatureConfig, tower: Tower) -> Iterator[Problem]:
    by_name = {feature_name(feature): feature for feature in features_of(features, tower)}
    pairs = Counter[tuple[str, ...]]()
    for index, cross in enumerate(crosses_of(features, tower)):
        path = f"{tower}_crosses.{index}"
        yield from _member_problems(path, cross, by_name, tower)
        pair = tuple(sorted(cross.features))
        if pairs[pair]:
            problem = f"{listed(pair)} are crossed twice; the order of members does not matter."
            yield Problem("E_FEATURE_DUPLICATE", f"{path}.features", problem, "Keep one of the two.")
        pairs[pair] += 1


def _member_problems(path: str, cross: Cross, by_name: dict[str, Feature], tower: Tower) -> Iterator[Problem]:
    for position, member in enumerate(cross.features):
        where = f"{path}.features.{position}"
        if member not in by_name:
            problem = f"the {tower} tower has no feature `{member}`."
            yield Problem("E_CROSS_MEMBER", where, problem, suggest(member, by_name))
        elif member in cross.features[:position]:
            problem = f"`{member}` is crossed with itself."
            yield Problem("E_CROSS_MEMBER", where, problem, "Name two different features.")
    for member in cross.bucketize:
        where = f"{path}.bucketize.{member}"
        if member not in cross.features:
            problem = f"`{member}` is not a member of this cross."
            yield Problem("E_CROSS_MEMBER", where, problem, f"Name one of {listed(cross.features)}, or remove it.")
        elif isinstance(by_name.get(member), CategoryFeature):
            problem = f"`{member}` is a category, which has no quantiles."
            yield Problem("E_CROSS_MEMBER", where, problem, "Remove it: only numbers and times are cut into buckets.")


def _output_clashes(features: FeatureConfig) -> list[Problem]:
    """Two features with different names may still write one output: number `x` and category `x_num`."""
    remedy = "Give one of the features that write it another `name`."
    return [
        Problem("E_FEATURE_DUPLICATE", _tower_of(name), f"the output `{name}` is written twice.", remedy)
        for name in duplicate_outputs(features)
    ]


def _tower_of(output: str) -> str:
    return next(f"{tower}_features" for tower in TOWERS if output.startswith(tower[0]))


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
