"""Statistics of columns (S1.30), on the local warehouse against plain Python."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.analysis.figures import ColumnStatistics, fitting
from shared.analysis.histogram import COVERAGE_SIZES, RARE_BELOW
from shared.analysis.statistics import column_statistics, statistics_query
from shared.hashing import canonical_json
from tests.unit.analysis_tables import Shop

TYPES = {
    "customer": "STRING",
    "product": "INT64",
    "price": "FLOAT64",
    "amount": "NUMERIC",
    "count": "INT64",
    "gift": "BOOL",
    "day": "DATE",
    "local": "DATETIME",
    "moment": "TIMESTAMP",
    "clock": "TIME",
    "note": "STRING",
    "tags": "STRING[]",
    "sizes": "INT64[]",
    "empty": "FLOAT64",
    "constant": "INT64",
}
BERLIN = ZoneInfo("Europe/Berlin")


def random_rows(rng: random.Random, size: int) -> list[dict[str, Any]]:
    def maybe(value: Any) -> Any:
        return None if rng.random() < 0.15 else value

    start = datetime(1969, 12, 1)
    rows = []
    for _ in range(size):
        moment = start + timedelta(seconds=rng.randrange(90 * 86_400), microseconds=rng.choice([0, 999_999]))
        rows.append(
            {
                "customer": rng.choice("abcdefgh"),
                "product": 2**53 + rng.randrange(6),
                "price": maybe(rng.choice([rng.gauss(1e9, 1.0), 0.0, -0.0, math.nan, math.inf, -3.25])),
                "amount": maybe(Decimal(rng.randrange(-500, 500)) / 4),
                "count": maybe(rng.randrange(-3, 30)),
                "gift": maybe(rng.random() < 0.5),
                "day": maybe(moment.date()),
                "local": maybe(moment),
                "moment": maybe(moment.replace(tzinfo=UTC)),
                "clock": maybe(moment.time()),
                "note": maybe(rng.choice(["", "ü🙂", "a'b`c", "x" * 300, "A", "a"])),
                "tags": maybe([rng.choice("uvw") for _ in range(rng.randrange(4))]),
                "sizes": maybe([rng.randrange(100) for _ in range(rng.randrange(3))]),
                "empty": None,
                "constant": 7,
            }
        )
    return rows + rows[: size // 5]


def plain(value: Any) -> Any:
    """A value as the warehouse means it: wall clock of the dataset, odd floats missing."""
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(BERLIN).replace(tzinfo=None)
    if isinstance(value, float):
        return None if not math.isfinite(value) else value + 0.0
    return value


def shown(value: Any) -> Any:
    """As it is stored: times as text of whole seconds, decimals as floats."""
    if isinstance(value, datetime):
        return value.replace(microsecond=0).isoformat()
    if isinstance(value, time):
        return value.replace(microsecond=0).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return value[:200]
    return float(value) if isinstance(value, Decimal) else value


def check_values(found: ColumnStatistics, values: Sequence[Any]) -> None:
    """`values` of one column, nulls among them."""
    some = [value for value in values if value is not None]
    counts = Counter(some)
    assert (found.count, found.nulls, found.distinct) == (len(values), len(values) - len(some), len(counts))
    check_top(found, counts)
    if not some:
        return
    if isinstance(some[0], (int, float, Decimal)) and not isinstance(some[0], bool):
        check_numbers(found, [float(value) for value in some])
    if isinstance(some[0], (date, time, int, float, Decimal)) and not isinstance(some[0], bool):
        assert found.min == pytest.approx(shown(min(some))) and found.max == pytest.approx(shown(max(some)))
    if isinstance(some[0], str):
        assert found.mean_length == pytest.approx(sum(map(len, some)) / len(some))
    if isinstance(some[0], (datetime, time)):
        assert found.hours == len({value.hour for value in some})


def check_top(found: ColumnStatistics, counts: Counter) -> None:
    frequent = sorted(counts.values(), reverse=True)
    total = sum(frequent)
    assert [count for _, count in found.top] == frequent[:20]
    by_shown = Counter()
    for value, count in counts.items():
        by_shown[shown(value)] += count
    for value, count in found.top:
        assert by_shown[value] >= count  # several moments of one second look the same
    coverage = dict(found.coverage)
    assert coverage == {
        size: pytest.approx(sum(frequent[:size]) / total) for size in COVERAGE_SIZES if size in coverage
    }
    assert not total or found.coverage[-1][1] == 1.0
    rare = dict(found.rare)
    assert rare == {
        below: pytest.approx(sum(count for count in frequent if count < below) / total)
        for below in RARE_BELOW
        if below in rare
    }


def check_numbers(found: ColumnStatistics, values: Sequence[float]) -> None:
    size, mean = len(values), sum(map(Fraction, values)) / len(values)
    spread = math.sqrt(sum((Fraction(value) - mean) ** 2 for value in values) / size)
    assert found.mean == pytest.approx(float(mean), rel=1e-12)
    assert found.std == pytest.approx(spread, rel=1e-6)
    if len(set(values)) > 1:
        skewness = float(sum((Fraction(value) - mean) ** 3 for value in values) / size) / spread**3
        assert found.skewness == pytest.approx(skewness, rel=1e-5, abs=1e-6)
    else:
        assert found.skewness is None and found.std == 0.0
    ordered = sorted(values)
    ranks = [max(1, math.ceil(step * size / 20)) for step in range(21)]
    assert list(found.quantiles) == [ordered[rank - 1] for rank in ranks]
    assert found.integral is all(value.is_integer() for value in values)
    assert found.negative_share == pytest.approx(sum(value < 0 for value in values) / size)


@pytest.mark.parametrize("seed", range(4))
def test_every_figure_equals_the_plain_one(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    rows = random_rows(rng, rng.choice([1, 30, 400]))
    shop = Shop(tmp_path, {"purchases": (TYPES, rows)}, timezone="Europe/Berlin")
    answer = shop.rows(statistics_query(shop.dataset, shop.catalogue, len(rows)))
    found = column_statistics(shop.dataset, shop.catalogue, answer)
    assert sorted(found) == sorted(TYPES)
    for name, kind in TYPES.items():
        values = [row[name] for row in rows]
        if kind.endswith("[]"):
            check_lists(found[name], values)
        else:
            check_values(found[name], [plain(value) for value in values])
        assert found[name].type == kind.removesuffix("[]") and not found[name].approximate


def check_lists(found: ColumnStatistics, lists: Sequence[list[Any] | None]) -> None:
    lengths = [len(value or []) for value in lists]
    elements = [element for value in lists for element in value or []]
    assert (found.count, found.nulls) == (len(lists), lengths.count(0))
    assert (found.list_min, found.list_max) == (min(lengths), max(lengths))
    assert found.list_mean == pytest.approx(sum(lengths) / len(lengths))
    assert found.distinct == len(set(elements))
    check_top(found, Counter(elements))


def test_only_rows_that_pass_the_filters_count(tmp_path: Path) -> None:
    rows = [{"customer": "a", "product": 1, "count": count} for count in (1, 2, 3)]
    rows += [{"customer": None, "product": 1, "count": 5}]
    filters = {"rows": [{"kind": "number", "column": "count", "op": "gt", "value": 1.0}]}
    types = {"customer": "STRING", "product": "INT64", "count": "INT64"}
    shop = Shop(tmp_path, {"purchases": (types, rows)}, filters=filters)
    answer = shop.rows(statistics_query(shop.dataset, shop.catalogue, 4))
    found = column_statistics(shop.dataset, shop.catalogue, answer)
    assert (found["count"].count, found["count"].min, found["count"].max) == (2, 2, 3)


def test_a_table_without_rows_has_columns_without_values(tmp_path: Path) -> None:
    shop = Shop(tmp_path, {"purchases": (TYPES, [])})
    answer = shop.rows(statistics_query(shop.dataset, shop.catalogue, 0))
    found = column_statistics(shop.dataset, shop.catalogue, answer)
    assert answer == []
    assert {each.count for each in found.values()} == {0} and len(found) == len(TYPES)
    assert found["tags"].repeated


def test_huge_numbers_do_not_overflow(tmp_path: Path) -> None:
    types = {"customer": "STRING", "product": "INT64", "price": "FLOAT64"}
    rows = [{"customer": "a", "product": 1, "price": price} for price in (1.7e308, -1.7e308, 1.7e308, 0.0)]
    shop = Shop(tmp_path, {"purchases": (types, rows)})
    found = column_statistics(
        shop.dataset, shop.catalogue, shop.rows(statistics_query(shop.dataset, shop.catalogue, 4))
    )["price"]
    assert found.mean == pytest.approx(0.425e308)
    assert found.std == pytest.approx(1.41e308, rel=0.01)


def test_above_the_limit_distinct_is_approximate_and_frequencies_are_of_a_sample(tmp_path: Path) -> None:
    rng = random.Random(3)
    types = {"customer": "STRING", "product": "INT64", "order": "INT64", "price": "FLOAT64", "tags": "STRING[]"}
    rows: list[Mapping[str, Any]] = [
        {
            "customer": rng.choice("ab"),
            "product": rng.randrange(50),
            "order": number,
            "price": None if number % 4 == 0 else float(number % 7 - 1),
            "tags": ["x", "y"][: number % 3],
        }
        for number in range(20_000)
    ]
    roles = {"customer_id": "customer", "product_id": "product", "order_id": "order"}
    shop = Shop(tmp_path, {"purchases": (types, rows)}, roles=roles)
    sql = statistics_query(shop.dataset, shop.catalogue, len(rows), exact_rows=10_000)
    found = column_statistics(shop.dataset, shop.catalogue, shop.rows(sql))
    assert all(each.approximate for each in found.values())
    price = found["price"]
    assert (price.count, price.nulls, price.min, price.max) == (20_000, 5_000, -1.0, 5.0)
    values = [row["price"] for row in rows if row["price"] is not None]
    assert price.mean == pytest.approx(sum(values) / len(values))
    assert price.negative_share == pytest.approx(values.count(-1.0) / len(values))
    assert sum(count for _, count in price.top) == pytest.approx(len(values), abs=7)
    assert found["order"].distinct == pytest.approx(20_000, rel=0.3)  # DuckDB's sketch is smaller than BigQuery's
    assert found["product"].distinct == pytest.approx(50, rel=0.3)
    assert dict(found["customer"].top)["a"] == pytest.approx(10_000, rel=0.05)
    tags = found["tags"]
    assert (tags.nulls, tags.list_min, tags.list_max, tags.list_mean) == (6_667, 0, 2, pytest.approx(0.99995))
    assert found["tags"].distinct == 2


def test_two_runs_ask_the_same(tmp_path: Path) -> None:
    shop = Shop(tmp_path, {"purchases": (TYPES, [])})
    first, second = (statistics_query(shop.dataset, shop.catalogue, 10) for _ in range(2))
    assert first == second


def wide(count: int) -> list[ColumnStatistics]:
    top = tuple((f"{'value' * 10} {rank}", 100 - rank) for rank in range(20))
    shares = tuple((size, 1 / 3) for size in COVERAGE_SIZES)
    quantiles = tuple(step / 3 for step in range(21))
    return [
        ColumnStatistics(f"column_{number}", "STRING", 9, 1, 3, quantiles=quantiles, top=top, coverage=shares)
        for number in range(count)
    ]


@pytest.mark.parametrize(("columns", "top"), [(2, 20), (30, 20), (40, 10), (100, 5), (200, 1)])
def test_tables_of_many_columns_keep_all_columns_and_fewer_values(columns: int, top: int) -> None:
    stored = fitting(wide(columns))
    assert len(stored) == columns and {len(column["top"]) for column in stored} == {top}
    assert len(canonical_json(stored).encode()) <= 90_000
    assert ColumnStatistics.from_dict(stored[0]).distinct == 3
