"""A few rows as a model would get them, and where the others went (domain S1.34)."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from shared.analysis.cells import stored_outputs
from shared.columns import Catalogue
from shared.documents import Dataset
from shared.hashing import canonical_json
from shared.splits import Reference

LONGEST_TEXT = 200  # characters of a cell
LONGEST_LIST = 20  # elements of a cell
LARGEST = 80_000  # bytes: a document may have 100,000


def funnel(reference: Reference) -> list[dict[str, Any]]:
    """Rows after each step, and how many it removed (negative where a join multiplies them)."""
    before = [reference.funnel[0].rows, *(stage.rows for stage in reference.funnel)]
    return [
        {"path": stage.path, "words": stage.words, "rows": stage.rows, "removed": previous - stage.rows}
        for stage, previous in zip(reference.funnel, before, strict=False)
    ]


def preview(dataset: Dataset, catalogue: Catalogue, rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The rows of `shared.sql.preview_query`, their columns with types before and after, and their nulls.

    What is too large for a document is left out and counted: the ends of texts and lists, then rows, then columns.
    """
    rows = list(rows)
    columns = [
        {
            "name": output.name,
            "label": output.label,
            "table": output.table,
            "source": output.source,
            "type": output.warehouse_type,
            "example_type": output.example_type,
            "repeated": output.repeated,
            "nulls": sum(_is_missing(row[output.name]) for row in rows),
        }
        for output in stored_outputs(dataset, catalogue)
    ]
    shown_columns = _fitting(columns, LARGEST // 2)
    names = [column["name"] for column in shown_columns]
    shown_rows = _fitting([{name: cell(row[name]) for name in names} for row in rows], LARGEST // 2)
    return {
        "columns": shown_columns,
        "rows": shown_rows,
        "omitted_columns": len(columns) - len(shown_columns),
        "omitted_rows": len(rows) - len(shown_rows),
    }


def cell(value: Any) -> Any:
    """A value as JSON and Firestore hold it; text that was cut ends in an ellipsis."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else value[: LONGEST_TEXT - 1] + "…"
    if isinstance(value, (list, tuple)):
        return [cell(element) for element in value[:LONGEST_LIST]]
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return cell(base64.b64encode(value).decode())
    if isinstance(value, Decimal):
        return cell(float(value))
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _is_missing(value: Any) -> bool:
    return value is None or value == []


def _fitting(items: list[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
    """As many from the start as fit into `limit` bytes of JSON."""
    size = 0
    for index, item in enumerate(items):
        size += len(canonical_json(item).encode()) + 1
        if size > limit:
            return items[:index]
    return items
