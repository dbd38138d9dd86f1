"""The meaning of a column (S3.15)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.analysis.figures import ColumnStatistics
from shared.analysis.semantics import is_time_text, semantic_type
from shared.columns import EXAMPLE_TYPES, OutputColumn


def column(name: str, kind: str, repeated: bool = False, is_id: bool = False) -> OutputColumn:
    return OutputColumn(name, "t", name, kind, "bytes" if is_id else EXAMPLE_TYPES[kind], repeated)


def figures(kind: str, distinct: int = 1000, integral: bool | None = None, texts: list[str] | None = None):
    top = tuple((text, 1) for text in texts or [])
    return ColumnStatistics("x", kind, 1000, 0, distinct, integral=integral, top=top)


@pytest.mark.parametrize(
    ("found", "statistics", "kind"),
    [
        (column("tags", "STRING", repeated=True), None, "history"),
        (column("tags", "INT64", repeated=True), None, "history"),
        (column("x", "TIMESTAMP"), None, "time"),
        (column("x", "DATETIME"), None, "time"),
        (column("x", "DATE"), None, "time"),
        (column("x", "TIME"), None, "time"),
        (column("x", "BOOL"), figures("BOOL", 2), "category"),
        (column("x", "STRING"), None, "category"),
        (column("price", "FLOAT64"), figures("FLOAT64", 1000, False), "number"),
        (column("price", "INT64", is_id=True), figures("INT64"), "category"),
        (column("rating", "INT64"), figures("INT64", 20, True), "category"),
        (column("rating", "INT64"), figures("INT64", 21, True), "number"),
        (column("rating", "FLOAT64"), figures("FLOAT64", 20, True), "category"),
        (column("rating", "FLOAT64"), figures("FLOAT64", 20, False), "number"),
        (column("rating", "INT64"), None, "number"),
        (column("StoreNr", "INT64"), figures("INT64"), "category"),
        (column("postal_code", "INT64"), figures("INT64"), "category"),
        (column("zip", "INT64"), figures("INT64"), "category"),
        (column("notes", "INT64"), figures("INT64"), "number"),  # `no` is not one of its words
        (column("paid", "FLOAT64"), figures("FLOAT64", 1000, False), "number"),
    ],
)
def test_kinds_by_type_role_name_and_values(found: OutputColumn, statistics, kind: str) -> None:
    assert semantic_type(found, statistics).kind == kind


def test_an_empty_column_of_numbers_is_no_category_for_having_few_values() -> None:
    empty = replace(figures("FLOAT64", 0, True), nulls=1000)
    assert semantic_type(column("x", "FLOAT64"), empty).kind == "number"


@pytest.mark.parametrize(
    ("text", "is_time"),
    [
        ("2025-01-31", True),
        ("2025-01-31 23:59", True),
        ("2025-01-31T23:59:59", True),
        ("2025/01/31", True),
        ("31/01/2025", True),
        ("31-01-2025", True),
        ("20250131", True),
        ("2025-02-30", False),
        ("01/31/2025", False),  # month first is not among the spellings
        ("2025-1-31", False),
        ("12345678", False),
        ("2025-01-31 24:00", False),
        ("２０２５-01-31", False),
        ("", False),
    ],
)
def test_spellings_of_times(text: str, is_time: bool) -> None:
    assert is_time_text(text) is is_time


@pytest.mark.parametrize(("times", "kind"), [(12, "time"), (11, "category"), (20, "time"), (0, "category")])
def test_text_is_a_time_from_sixty_percent_on(times: int, kind: str) -> None:
    texts = [f"2025-01-{day:02d}" for day in range(1, times + 1)] + ["soon"] * (20 - times)
    found = semantic_type(column("x", "STRING"), figures("STRING", texts=texts))
    assert found.kind == kind
    assert (found.remedy is not None) is (kind == "time")  # it has to be cast in a view


def test_statistics_survive_storage() -> None:
    full = ColumnStatistics(
        "x", "INT64", 4, 1, 2, False, False, 1, 3, 2.0, 1.0, 0.0, (1.0, 3.0), True, 0.5, None, None, None, None, None,
        ((1, 2), (3, 1)), ((1, 0.75),), ((2, 0.25),),
    )  # fmt: skip
    assert ColumnStatistics.from_dict(full.to_dict()) == full
    assert full.to_dict()["top"] == [{"value": 1, "count": 2}, {"value": 3, "count": 1}]
    assert full.null_share == 0.25
