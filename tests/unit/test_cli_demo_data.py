"""Demo data: the same seed gives the same rows, the rows look like a wholesaler's, and there is something to learn."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from quicktest.demo import generate
from tests.unit.user_side import Cli, make_cli


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    return generate()


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    monkeypatch.setenv("QUICKTEST_HOME", str(tmp_path / "home"))
    return make_cli(monkeypatch, capsys)


def distinct(rows: pa.Table, name: str) -> int:
    return pc.count_distinct(rows[name]).as_py()


def test_the_same_seed_gives_the_same_rows() -> None:
    first = generate(2_000, seed=5)
    assert first.equals(generate(2_000, seed=5))
    assert not first.equals(generate(2_000, seed=6))


@pytest.mark.parametrize("size", [1_000, 1_234, 50_000])
def test_the_size_is_exact(size: int) -> None:
    assert generate(size).num_rows == size


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1,000 rows"):
        generate(999)


def test_it_looks_like_a_year_of_a_wholesaler(rows: pa.Table) -> None:
    assert 500 <= distinct(rows, "customer_id") <= 950
    assert 350 <= distinct(rows, "product_id") <= 600
    assert 360 <= (pc.max(rows["ordered_at"]).as_py() - pc.min(rows["ordered_at"]).as_py()).days <= 365
    assert all(column.null_count == 0 for column in rows.columns)
    assert pc.min(rows["quantity"]).as_py() >= 1 and pc.min(rows["unit_price"]).as_py() > 0
    assert not (set(pc.day_of_week(rows["ordered_at"]).to_pylist()) & {6})  # closed on Sundays


def test_rows_are_consistent(rows: pa.Table) -> None:
    assert rows["ordered_at"].to_pylist() == sorted(rows["ordered_at"].to_pylist())
    for key, facts in {
        "customer_id": ["customer_segment", "customer_region"],
        "product_id": ["product_name", "category", "brand", "launched_on"],
        "order_id": ["customer_id", "ordered_at"],
    }.items():
        assert rows.group_by([key, *facts]).aggregate([]).num_rows == distinct(rows, key)
    assert rows.group_by(["order_id", "product_id"]).aggregate([]).num_rows == rows.num_rows
    launched = rows["launched_on"].cast(pa.timestamp("us"))
    assert pc.all(pc.less_equal(launched, rows["ordered_at"])).as_py()


def test_there_are_new_products_new_customers_and_a_season(rows: pa.Table) -> None:
    half = pc.min(rows["ordered_at"]).as_py() + timedelta(days=182)
    early, late = rows.filter(pc.field("ordered_at") < half), rows.filter(pc.field("ordered_at") >= half)
    for key in ("customer_id", "product_id"):
        assert len(set(late[key].to_pylist()) - set(early[key].to_pylist())) >= 10
    months = pc.month(rows["ordered_at"]).to_numpy()
    ice_cream = np.array(rows["category"]) == "ice cream"
    assert ice_cream[months == 7].mean() > 2 * ice_cream[months == 1].mean()


# What can be learnt, by the rules of a quick test: strict_time 14/14, recall@10 as a mean over customers.


class Split:
    """Train counts `F[customer, product]` and the products that each test customer bought."""

    def __init__(self, rows: pa.Table) -> None:
        day = np.array(rows["ordered_at"], dtype="datetime64[D]")
        train, test = day <= day.max() - 28, day > day.max() - 14
        self.customers, customer = np.unique(np.array(rows["customer_id"]), return_inverse=True)
        self.products, product = np.unique(np.array(rows["product_id"]), return_inverse=True)
        self.counts = np.zeros((len(self.customers), len(self.products)))
        np.add.at(self.counts, (customer[train], product[train]), 1)
        self.bought = {one: np.unique(product[test & (customer == one)]) for one in np.unique(customer[test])}
        segment = dict(zip(rows["customer_id"].to_pylist(), rows["customer_segment"].to_pylist(), strict=True))
        self.segment = np.array([segment[name] for name in self.customers])

    def recall_at_10(self, score: Callable[[int], np.ndarray]) -> float:
        found = [
            np.isin(products, np.argsort(-score(customer), kind="stable")[:10]).mean()
            for customer, products in self.bought.items()
        ]
        return float(np.mean(found))


def test_similar_customers_beat_popularity_and_history_is_not_the_last_word(
    rows: pa.Table,
) -> None:
    split = Split(rows)
    popularity = split.counts.sum(0)
    by_segment = {name: split.counts[split.segment == name].sum(0) for name in set(split.segment)}
    left, values, right = np.linalg.svd(np.log1p(split.counts), full_matrices=False)
    factors = (left[:, :32] * values[:32]) @ right[:32]

    popular = split.recall_at_10(lambda customer: popularity)
    segment = split.recall_at_10(lambda customer: by_segment[split.segment[customer]])
    personal = split.recall_at_10(lambda customer: split.counts[customer] + popularity * 1e-6)
    learnt = split.recall_at_10(lambda customer: factors[customer] + 0.3 * np.log1p(split.counts[customer]))

    assert segment > popular + 0.1
    assert personal > segment + 0.05
    assert learnt > personal
    assert len(split.bought) >= 200


# ------------------------------------------------------------------------------------------------------- the command


def test_it_goes_into_the_warehouse_and_not_over_a_table(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("demo-data", "--rows", 1_000, "--json")
    assert json.loads(outcome.out)["rows"] == 1_000
    assert pq.read_metadata(tmp_path / "home/warehouse/quicktest/demo_purchases.parquet").num_rows == 1_000
    again = cli("demo-data", "--rows", 1_000)
    assert again.code == 0 and again.out.startswith("These 1,000 rows are in quicktest.demo_purchases already")
    assert "exists already" in cli("demo-data", "--rows", 1_000, "--seed", 5).err
    assert cli("demo-data", "--rows", 1_000, "--seed", 5, "--replace").out.startswith("Imported 1,000 rows")


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_it_goes_into_a_file_that_can_be_imported(cli: Cli, tmp_path: Path, name: str) -> None:
    assert cli("demo-data", "--rows", 1_000, "--out", tmp_path / name).code == 0
    outcome = cli("import", tmp_path / name, "--name", "again", "--json")
    types = {column["name"]: column["type"] for column in json.loads(outcome.out)["columns"]}
    assert types["ordered_at"] == "DATETIME" and types["quantity"] == "INT64" and types["unit_price"] == "FLOAT64"
    imported = pq.read_table(tmp_path / "home/warehouse/quicktest/again.parquet")
    assert imported["ordered_at"][0].as_py() == generate(1_000)["ordered_at"][0].as_py()
    assert isinstance(imported["ordered_at"][0].as_py(), datetime)


def test_files_are_not_overwritten(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("mine")
    assert "Add --replace" in cli("demo-data", "--out", tmp_path / "rows.csv").err
    assert "must end in .csv or .parquet" in cli("demo-data", "--out", tmp_path / "rows.txt").err
    (tmp_path / "folder.csv").mkdir()
    assert "is a folder" in cli("demo-data", "--out", tmp_path / "folder.csv", "--replace").err
    assert "There is no folder" in cli("demo-data", "--out", tmp_path / "nothing/rows.csv").err
