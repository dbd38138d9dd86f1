"""Which columns could play which role, and how tables could be joined, by names and types (domain S1.7, S1.8)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any, Literal

from shared.analysis.figures import ColumnStatistics
from shared.analysis.words import singular, snake
from shared.columns import (
    DAY_TYPES,
    ID_TYPES,
    NUMBER_TYPES,
    Catalogue,
    OutputColumn,
    SourceColumn,
    SourceTable,
    is_convertible,
)
from shared.tables import CATALOGUE_TABLE

ROLE_NAMES = {  # S1.7
    "customer_id": r"(customer|user|client|buyer|member|account|person)s?_?(id|no|nr|number|code|key)?",
    "product_id": r"(product|item|sku|article|goods|stock)_?(id|no|nr|number|code|key)?",
    "revenue": r"amount|revenue|price|total|value|sales|order_total|transaction_amount|spend",
    "order_id": r"(order|invoice|transaction|basket)_?(id|no|nr|number)",
    "event_time": r".*(date|time|_at).*",
}
ROLE_TYPES = {
    "customer_id": ID_TYPES,
    "product_id": ID_TYPES,
    "revenue": NUMBER_TYPES,
    "order_id": ID_TYPES,
    "event_time": DAY_TYPES,
}
REQUIRED_TYPES = frozenset({"revenue", "event_time"})  # roles that other types are never proposed for
WHOLE_NAME, PART_OF_NAME, ID_SUFFIX, ALLOWED_TYPE, IN_PRIMARY = 10, 5, 3, 2, 2
ALTERNATIVES = 3

JOIN_LIKE = re.compile(r"(^|_)(id|key|code|sku|no)$")
WELL_KNOWN_KEYS = frozenset({"customer_id", "user_id", "product_id", "item_id", "sku", "order_id"})
EQUAL_NAME, EQUAL_TYPE, BOTH_JOIN_LIKE, WELL_KNOWN, FOREIGN_KEY = 10, 2, 3, 4, 8
HIGH, MEDIUM = 12, 6
JOINS_PER_PAIR = 3  # of tables


@dataclass(frozen=True)
class RoleSuggestion:
    """A column of a table that could play a role; `usable` is whether its type is one that the role accepts (S1.5)."""

    role: str
    table: str
    column: str
    type: str
    score: int
    usable: bool

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class JoinSuggestion:
    """Two columns by which two tables could be joined; `left` is the primary table when it is one of the two."""

    left: str
    right: str
    left_column: str
    right_column: str
    score: int
    confidence: Literal["high", "medium"]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def suggest_roles(
    catalogue: Catalogue, primary: str, newest: Mapping[tuple[str, str], str] | None = None
) -> dict[str, list[RoleSuggestion]]:
    """Up to three columns for each role, best first; `newest` holds the newest value, as ISO text, of (table, column).

    A name that has more words than those of the role (`ship_to_customer`) scores half. Never applied silently.
    """
    columns = list(_columns(catalogue))
    newest = newest or {}
    found = {}
    for role in ROLE_NAMES:
        scored = [each for each in (_role(role, *column, primary) for column in columns) if each is not None]
        scored.sort(key=lambda each: (each.table, each.column))
        scored.sort(key=lambda each: newest.get((each.table, each.column), ""), reverse=True)
        scored.sort(key=lambda each: (-each.score, each.table != primary))
        found[role] = scored[:ALTERNATIVES]
    return found


def newest_values(
    outputs: Iterable[OutputColumn], statistics: Mapping[str, ColumnStatistics]
) -> dict[tuple[str, str], str]:
    """The newest value of each time that is selected, by table and column, for `suggest_roles`."""
    return {
        (output.table, output.source): str(statistics[output.name].max)
        for output in outputs
        if output.warehouse_type in DAY_TYPES and output.name in statistics and statistics[output.name].max is not None
    }


def suggest_joins(catalogue: Catalogue, primary: str) -> list[JoinSuggestion]:
    """The best pairs of columns for each pair of tables, those with the highest score first."""
    names = sorted((name for name in catalogue if name != CATALOGUE_TABLE), key=lambda name: (name != primary, name))
    found: list[JoinSuggestion] = []
    for left, right in combinations(names, 2):
        pairs = sorted(_pairs(left, catalogue[left], right, catalogue[right]), key=_join_order)
        found += pairs[:JOINS_PER_PAIR]
    return sorted(found, key=_join_order)


def join_score(left_table: str, left: SourceColumn, right_table: str, right: SourceColumn) -> int:
    """S1.8; 0 for types that do not compare, also after the cast of S1.5."""
    types = {left.warehouse_type, right.warehouse_type}
    if len(types) > 1 and not types <= ID_TYPES:
        return 0
    left_name, right_name = snake(left.name), snake(right.name)
    score = EQUAL_TYPE if len(types) == 1 else 0
    if left_name == right_name:
        score += EQUAL_NAME + (WELL_KNOWN if left_name in WELL_KNOWN_KEYS else 0)
    if types <= ID_TYPES and JOIN_LIKE.search(left_name) and JOIN_LIKE.search(right_name):
        score += BOTH_JOIN_LIKE
    if _points_at(left_name, right_table, right_name) or _points_at(right_name, left_table, left_name):
        score += FOREIGN_KEY
    return score


# ------------------------------------------------------------------------------------------------------------- roles


def _columns(catalogue: Catalogue) -> Iterator[tuple[str, str, SourceColumn]]:
    """(table, path, column) of everything that can hold one value of a row, fields of structs included."""
    for table, known in catalogue.items():
        if table != CATALOGUE_TABLE:
            yield from ((table, path, column) for path, column in _leaves(known.columns))


def _leaves(columns: Iterable[SourceColumn], before: str = "") -> Iterator[tuple[str, SourceColumn]]:
    for column in columns:
        if column.repeated:
            continue
        if column.fields:
            yield from _leaves(column.fields, f"{before}{column.name}.")
        elif is_convertible(column):
            yield before + column.name, column


def _role(role: str, table: str, path: str, column: SourceColumn, primary: str) -> RoleSuggestion | None:
    usable = column.warehouse_type in ROLE_TYPES[role]
    name_score = _name_score(role, snake(column.name))
    if (role in REQUIRED_TYPES and not usable) or (name_score == 0 and role != "event_time"):
        return None
    suffix = ID_SUFFIX if role.endswith("_id") and snake(column.name).endswith("_id") else 0
    score = name_score + suffix + (ALLOWED_TYPE if usable else 0) + (IN_PRIMARY if table == primary else 0)
    return RoleSuggestion(role, table, path, column.warehouse_type, score, usable)


def _name_score(role: str, name: str) -> int:
    """All of the name's words, or some words in a row."""
    pattern = ROLE_NAMES[role]
    if re.fullmatch(pattern, name) or re.fullmatch(pattern, name.replace("_", "")):
        return WHOLE_NAME
    return PART_OF_NAME if re.search(rf"(^|_)({pattern})(_|$)", name) else 0


# ------------------------------------------------------------------------------------------------------------- joins


def _pairs(left: str, left_table: SourceTable, right: str, right_table: SourceTable) -> Iterator[JoinSuggestion]:
    """Pairs worth proposing: without an equal name or a foreign key none reaches the score, so no others are met."""
    by_name: dict[str, list[SourceColumn]] = {}
    for column in _usable(right_table):
        by_name.setdefault(snake(column.name), []).append(column)
    for column in _usable(left_table):
        name = snake(column.name)
        partners = list(by_name.get(name, []))
        if name == f"{singular(snake(right))}_id":
            partners += by_name.get("id", [])
        if name == "id":
            partners += by_name.get(f"{singular(snake(left))}_id", [])
        for partner in partners:
            score = join_score(left, column, right, partner)
            if score >= MEDIUM:
                confidence: Literal["high", "medium"] = "high" if score >= HIGH else "medium"
                yield JoinSuggestion(left, right, column.name, partner.name, score, confidence)


def _usable(table: SourceTable) -> Iterator[SourceColumn]:
    return (column for column in table.columns if is_convertible(column) and not column.repeated)


def _points_at(name: str, table: str, other: str) -> bool:
    """The shape of a foreign key: `product_id` against `id` of `products`."""
    return other == "id" and name == f"{singular(snake(table))}_id"


def _join_order(join: JoinSuggestion) -> tuple[int, str, str, str, str]:
    return (-join.score, join.left_column, join.right_column, join.left, join.right)
