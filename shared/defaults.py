"""Smart defaults: a feature config proposed from the statistics of a dataset's columns (domain S3.16, S3.17).

The result has the form of any feature config, is the same for the same statistics, and says why for every column.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from shared.analysis.figures import ColumnStatistics
from shared.analysis.semantics import semantic_type
from shared.analysis.words import tokens
from shared.columns import OutputColumn
from shared.documents import Dataset
from shared.features import TOWERS, Tower
from shared.names import is_reserved

Entity = Literal["customer", "product"]
TOWER_OF: dict[Entity, Tower] = {"customer": "query", "product": "candidate"}

WIDTHS = ((50, 8), (500, 16), (5_000, 32), (50_000, 64), (500_000, 96))  # S3.16: below so many values, this width
WIDEST = 128
USUAL_WIDTH = 32  # of an id whose values were not counted
LARGEST_VOCABULARY = 500_000
MOST_COUNTED = 50_000  # values of a category that is no id; above that it is hashed
MOST_BUCKETS = 10_000_000
MOST_NULLS = 0.5
SKEWED = 2.0
MANY_VALUES = 100  # distinct numbers above which buckets are added
MOST_CROSSED = 1_000
CROSS_BUCKETS = (64, 100_000)
# Names of columns whose pairs are worth a cross, by tower.
CROSSED: dict[Tower, tuple[frozenset[str], frozenset[str]]] = {
    "query": (
        frozenset({"region", "country", "land", "state", "province", "city", "zip", "postal", "area"}),
        frozenset({"type", "segment", "group", "class", "industry", "tier", "channel"}),
    ),
    "candidate": (
        frozenset({"category", "department", "family"}),
        frozenset({"subcategory", "subcat", "sub"}),
    ),
}


@dataclass(frozen=True)
class Reason:
    """Why a column is set the way it is, or is in no tower."""

    column: str
    tower: Tower | None
    setting: str
    reason: str


@dataclass(frozen=True)
class SmartDefaults:
    """`document` lacks only what a client writes itself: owner, times and the dataset's id."""

    document: dict[str, Any]
    reasons: list[Reason]

    def to_dict(self) -> dict[str, Any]:
        return {"document": self.document, "reasons": [asdict(reason) for reason in self.reasons]}


def embedding_width(values: int) -> int:
    """S3.16."""
    return next((width for below, width in WIDTHS if values < below), WIDEST)


def smart_defaults(
    dataset: Dataset,
    outputs: Sequence[OutputColumn],
    statistics: Mapping[str, ColumnStatistics],
    dependencies: Mapping[str, Entity],
    pairs: Mapping[tuple[str, str], int] | None = None,
) -> SmartDefaults:
    """Propose a feature config.

    `dependencies`: columns that the customer or the product determines (S1.33); `pairs`: distinct pairs of columns that
    were counted, where they were. A column without statistics is left out: nothing is known about it.
    """
    columns = {output.name: output for output in outputs}
    proposal = _Proposal(dataset, statistics, dependencies)
    proposal.primary(columns[dataset.roles.customer_id], "query")
    proposal.primary(columns[dataset.roles.product_id], "candidate")
    ids = {dataset.roles.customer_id, dataset.roles.product_id}
    for name in sorted(columns.keys() - ids):
        proposal.column(columns[name])
    for tower in TOWERS:
        proposal.cross(tower, pairs or {})
    return SmartDefaults(proposal.document(), proposal.reasons)


class _Proposal:
    """What has been proposed so far."""

    def __init__(
        self, dataset: Dataset, statistics: Mapping[str, ColumnStatistics], dependencies: Mapping[str, Entity]
    ) -> None:
        self._roles = dataset.roles
        self._statistics = statistics
        self._dependencies = dependencies
        self._features: dict[Tower, list[dict[str, Any]]] = {tower: [] for tower in TOWERS}
        self._crosses: dict[Tower, list[dict[str, Any]]] = {tower: [] for tower in TOWERS}
        self.reasons: list[Reason] = []

    def document(self) -> dict[str, Any]:
        return {
            "name": "Smart defaults",
            "description": "Proposed from the statistics of the dataset",
            "query_features": self._features["query"],
            "candidate_features": self._features["candidate"],
            "query_crosses": self._crosses["query"],
            "candidate_crosses": self._crosses["candidate"],
        }

    def primary(self, column: OutputColumn, tower: Tower) -> None:
        known = self._statistics.get(column.name)
        values = known.distinct if known else 0
        options = {
            "max_size": min(max(1, math.ceil(1.5 * values)), LARGEST_VOCABULARY) if known else LARGEST_VOCABULARY,
            "min_frequency": 1,
            "oov_buckets": 1,
            "embedding_dim": embedding_width(values) if known else USUAL_WIDTH,
        }
        feature = {"kind": "category", "column": column.name, "is_primary_id": True, "vocabulary": options}
        who = "customer" if tower == "query" else "product"
        self._add(tower, feature, f"it identifies the {who}; {values:,} values" if known else f"it is the {who}'s id")

    def column(self, column: OutputColumn) -> None:
        known, entity = self._statistics.get(column.name), self._dependencies.get(column.name)
        if column.name == self._roles.event_time:
            self._event_time(column, known)
        elif is_reserved(column.name):
            self._skip(column, "its name is reserved")
        elif column.repeated:
            self._history(column)
        elif entity is None:
            self._skip(column, "it is not known before the purchase")
        elif known is None:
            self._skip(column, "its values were not counted")
        elif known.distinct < 2:
            self._skip(column, "it has one value only" if known.distinct else "it has no values")
        else:
            self._by_kind(column, known, TOWER_OF[entity], f"the {entity} determines it")

    def cross(self, tower: Tower, pairs: Mapping[tuple[str, str], int]) -> None:
        """A cross of the first pair of categories that belong together by their names."""
        first, second = (self._crossable(tower, names) for names in CROSSED[tower])
        found = next(((a, b) for a in first for b in second if a != b), None)
        if found is None:
            return
        a, b = sorted(found)
        distinct = pairs.get((a, b)) or pairs.get((b, a))
        count = distinct or self._statistics[a].distinct * self._statistics[b].distinct
        smallest, largest = CROSS_BUCKETS
        buckets = min(max(smallest, 2 ** math.ceil(math.log2(4 * count))), largest)
        self._crosses[tower].append({"features": [a, b], "hash_buckets": buckets, "embedding_dim": 16})
        reason = f"they have {count:,} pairs" if distinct else f"they have at most {count:,} pairs"
        self.reasons.append(Reason(f"{a} × {b}", tower, f"cross into {buckets:,} buckets", reason))

    def _crossable(self, tower: Tower, names: Iterable[str]) -> list[str]:
        return [
            feature["column"]
            for feature in self._features[tower]
            if "vocabulary" in feature
            and not feature.get("is_primary_id")
            and self._statistics[feature["column"]].distinct <= MOST_CROSSED
            and not set(names).isdisjoint(tokens(feature["column"]))
        ]

    def _event_time(self, column: OutputColumn, known: ColumnStatistics | None) -> None:
        cycles = ["day_of_week", "month"]
        reason = "weekday and month of the purchase"
        if known and known.hours is not None and known.hours >= 3:
            cycles, reason = [*cycles, "hour"], f"{reason}, and its hour: {known.hours} occur"
        self._add("query", {"kind": "time", "column": column.name, "cycles": cycles}, reason)

    def _history(self, column: OutputColumn) -> None:
        if column.history is None:
            self._skip(column, "a list can share any vocabulary: choose one")
        elif column.history.item != self._roles.product_id:
            self._skip(column, "it lists no products")
        elif self._roles.event_time is None:
            self._skip(column, "without an event time nobody knows what came before")
        else:
            feature = {
                "kind": "history",
                "column": column.name,
                "shared_with": self._roles.product_id,
                "max_length": column.history.length,
            }
            self._add("query", feature, "what the customer bought before")

    def _by_kind(self, column: OutputColumn, known: ColumnStatistics, tower: Tower, why: str) -> None:
        meaning = semantic_type(column, known)
        if meaning.remedy:
            self._skip(column, f"{meaning.reason}. {meaning.remedy}")
        elif meaning.kind == "category" and known.null_share > MOST_NULLS:
            self._skip(column, f"{known.null_share:.0%} of its values are missing")
        elif meaning.kind == "category":
            self._add(tower, _category(column, known), f"{why}; {meaning.reason}; {known.distinct:,} values")
        elif meaning.kind == "number":
            self._add(tower, *_number(column, known, why))
        elif column.warehouse_type == "TIME":
            self._add(tower, {"kind": "time", "column": column.name, "cycles": ["hour"]}, why)
        else:
            self._add(tower, {"kind": "time", "column": column.name, "recency": True}, f"{why}; its age matters")

    def _add(self, tower: Tower, feature: dict[str, Any], reason: str) -> None:
        self._features[tower].append(feature)
        self.reasons.append(Reason(feature["column"], tower, _setting(feature), reason))

    def _skip(self, column: OutputColumn, reason: str) -> None:
        self.reasons.append(Reason(column.name, None, "left out", reason))


def _category(column: OutputColumn, known: ColumnStatistics) -> dict[str, Any]:
    width, feature = embedding_width(known.distinct), {"kind": "category", "column": column.name}
    if known.distinct > MOST_COUNTED:
        return {**feature, "hashing": {"buckets": min(2 * known.distinct, MOST_BUCKETS), "embedding_dim": width}}
    return {**feature, "vocabulary": {"embedding_dim": width}}


def _number(column: OutputColumn, known: ColumnStatistics, why: str) -> tuple[dict[str, Any], str]:
    feature: dict[str, Any] = {"kind": "number", "column": column.name, "scale": {"method": "zscore"}}
    reason = why
    is_positive = isinstance(known.min, (int, float)) and known.min >= 0
    if known.skewness is not None and known.skewness > SKEWED and is_positive:
        feature["scale"] = {"method": "zscore", "log": True}
        reason += f"; its skewness is {known.skewness:.1f}"
    if known.distinct > MANY_VALUES:
        feature["bucketize"] = {"buckets": 20, "embedding_dim": 8}
        reason += f"; {known.distinct:,} distinct values"
    return feature, reason


def _setting(feature: Mapping[str, Any]) -> str:
    """A feature in a few words: `vocabulary of width 16`."""
    if options := feature.get("vocabulary") or feature.get("hashing"):
        kind = "vocabulary" if "vocabulary" in feature else f"hashing into {options['buckets']:,} buckets"
        return f"{'primary id, ' if feature.get('is_primary_id') else ''}{kind} of width {options['embedding_dim']}"
    if feature["kind"] == "history":
        return f"history shared with {feature['shared_with']}"
    if feature["kind"] == "time":
        return "recency" if feature.get("recency") else f"cycles {', '.join(feature['cycles'])}"
    log = " after logarithm" if feature["scale"].get("log") else ""
    return f"z-score{log}{' and 20 buckets' if 'bucketize' in feature else ''}"
