"""The schema that SchemaGen inferred from train, and its stored form (domain S7.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.insights.data.statistics import Document, finite, in_parts, short

DOMAIN = 20  # values that are shown


@dataclass(frozen=True)
class Domain:
    """What values may be: one of `values` (texts), or numbers between the two ends; `digits` for a text that must read
    as a whole number. `mass`: the share of values that must keep to it."""

    values: tuple[str, ...] | None = None
    min: float | None = None
    max: float | None = None
    digits: bool = False
    mass: float = 1.0


@dataclass(frozen=True)
class Expected:
    """What the schema says of a feature. `type` is TensorFlow's: BYTES, INT, FLOAT. `shape` is given for dense
    features, else `valency`: the least and the most values an example has (None: no bound)."""

    name: str
    type: str
    min_fraction: float = 0.0  # of examples that have it
    min_count: int = 0
    shape: tuple[int, ...] | None = None
    valency: tuple[int | None, int | None] | None = None
    domain: Domain | None = None

    @property
    def required(self) -> bool:
        """S7.5"""
        return self.min_fraction >= 1.0


def schema_documents(
    schema: Sequence[Expected], anomalies: Sequence[Document], sources: Mapping[str, Document]
) -> dict[str, Document]:
    """`details/schema` and its further parts. `sources`: by column, as `shared.insights.data.sources` gives them."""
    head: Document = {"checked_by": "quicktest", "anomalies": list(anomalies)}
    items = [_feature(expected, sources.get(expected.name, {})) for expected in schema]
    return in_parts("schema", head, "features", items)


def _feature(expected: Expected, source: Mapping[str, Any]) -> Document:
    return {
        "name": short(expected.name),
        "type": expected.type,
        "required": expected.required,
        "min_fraction": finite(expected.min_fraction),
        "min_count": expected.min_count,
        "shape": None if expected.shape is None else list(expected.shape),
        "valency": None if expected.valency is None else dict(zip(("min", "max"), expected.valency, strict=True)),
        "domain": _domain(expected.domain),
        "source": source.get("source"),
        "outputs": source.get("outputs", []),
    }


def _domain(domain: Domain | None) -> Document | None:
    if domain is None:
        return None
    values = domain.values
    return {
        "values": None if values is None else [short(value) for value in values[:DOMAIN]],
        "count": None if values is None else len(values),
        "min": finite(domain.min),
        "max": finite(domain.max),
        "digits": domain.digits,
    }
