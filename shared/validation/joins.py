"""Joins must form a tree over all tables, with keys that can be equal (domain S1.4, S1.35)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from shared.columns import EXAMPLE_TYPES, ID_TYPES, column_paths
from shared.documents import Dataset, Key
from shared.names import is_quotable, listed, suggest
from shared.problems import Problem
from shared.tables import Catalogue, SourceColumn, aliases, join_order, primary_alias


def join_problems(dataset: Dataset, catalogue: Catalogue) -> list[Problem]:
    """E_REQUIRED, E_ALIAS, E_JOIN_NOT_TREE, E_COLUMN_NOT_FOUND, E_JOIN_TYPE."""
    problems = [*_primary_problems(dataset), *_alias_problems(dataset)]
    if not problems:
        problems += _tree_problems(dataset)
    for index, join in enumerate(dataset.joins):
        for number, key in enumerate(join.keys):
            path = f"joins.{index}.keys.{number}"
            problems += _key_problems(path, (join.left, join.right), key, catalogue)
    return problems


def _primary_problems(dataset: Dataset) -> Iterator[Problem]:
    names = aliases(dataset)
    if dataset.primary is not None and dataset.primary not in names:
        yield Problem("E_ALIAS", "primary", f"no table is called `{dataset.primary}`.", suggest(dataset.primary, names))
    elif dataset.primary is None and len(dataset.tables) > 1:
        problem = "several tables need to know which of them holds the interactions."
        yield Problem("E_REQUIRED", "primary", problem, f"Name one of {listed(names)}.")


def _alias_problems(dataset: Dataset) -> Iterator[Problem]:
    names = aliases(dataset)
    for index, join in enumerate(dataset.joins):
        for side, alias in (("left", join.left), ("right", join.right)):
            if alias not in names:
                yield Problem(
                    "E_ALIAS", f"joins.{index}.{side}", f"no table is called `{alias}`.", suggest(alias, names)
                )


def _tree_problems(dataset: Dataset) -> Iterator[Problem]:
    """Each table but the primary is the right side of exactly one join, and reached from the primary."""
    root = primary_alias(dataset)
    joined = Counter(join.right for join in dataset.joins)
    remedy = "Make each other table the right side of exactly one join, starting at the primary table."
    for index, join in enumerate(dataset.joins):
        if join.right == root:
            problem = f"the primary table `{root}` cannot be joined to another."
            yield Problem("E_JOIN_NOT_TREE", f"joins.{index}.right", problem, remedy)
        elif joined[join.right] > 1:
            problem = f"table `{join.right}` is joined {joined[join.right]} times."
            yield Problem("E_JOIN_NOT_TREE", f"joins.{index}.right", problem, remedy)
    reached = {root, *(join.right for join in join_order(dataset))}
    apart = [alias for alias in aliases(dataset) if alias not in reached]
    if apart:
        problem = f"no chain of joins leads from `{root}` to {listed(apart)}."
        yield Problem("E_JOIN_NOT_TREE", "joins", problem, remedy)


def _key_problems(path: str, sides: tuple[str, str], key: Key, catalogue: Catalogue) -> Iterator[Problem]:
    found: list[SourceColumn] = []
    for side, alias, name in (("left", sides[0], key.left), ("right", sides[1], key.right)):
        known = catalogue.get(alias)
        if known is None:
            continue
        column = known.find(name)
        if column is None:
            problem = f"table `{alias}` has no column `{name}`."
            remedy = suggest(name, column_paths(known.columns))
            yield Problem("E_COLUMN_NOT_FOUND", f"{path}.{side}", problem, remedy)
        elif column.repeated or column.warehouse_type not in EXAMPLE_TYPES or not is_quotable(column.name):
            problem = f"column `{name}` of `{alias}` holds {_kind(column)}, which cannot be compared."
            yield Problem("E_JOIN_TYPE", f"{path}.{side}", problem, "Join on columns of ids.")
        else:
            found.append(column)
    if len(found) == 2 and not _can_be_equal(*found):
        problem = (
            f"`{key.left}` of `{sides[0]}` is {_kind(found[0])} and `{key.right}` of `{sides[1]}` {_kind(found[1])}."
        )
        yield Problem("E_JOIN_TYPE", path, problem, "Cast one of them in a view, or join on other columns.")


def _can_be_equal(left: SourceColumn, right: SourceColumn) -> bool:
    """Of one type; STRING and INT64 are, once the number is cast as ids are (S1.5)."""
    kinds = {left.warehouse_type, right.warehouse_type}
    return len(kinds) == 1 or ID_TYPES.issuperset(kinds)


def _kind(column: SourceColumn) -> str:
    return f"lists of {column.warehouse_type}" if column.repeated else column.warehouse_type
