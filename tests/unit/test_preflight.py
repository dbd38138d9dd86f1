"""S2.9, S2.10, S2.13, S5.3: what is settled before anything is paid, on real tables."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from local.warehouse import to_duckdb
from local.warehouse.catalogue import DATABASE
from shared.columns import SourceColumn, SourceTable
from shared.preflight import (
    MINIMUM,
    Counts,
    Preflight,
    check_counts,
    count_warnings,
    preflight,
    resolve_batch_size,
    resolve_sample,
)
from shared.problems import InvalidDocument
from shared.splits import Bounds, Reference, Stage
from shared.sql import reference_query
from tests.unit import samples

CATALOGUE = {
    "purchases": SourceTable(
        (SourceColumn("customer", "STRING"), SourceColumn("product", "STRING"), SourceColumn("day", "DATE"))
    )
}
LAST = date(2024, 3, 1)


class Shop:
    """A table of purchases in DuckDB, and the questions that were asked."""

    def __init__(self, days: int, rows_a_day: int, customers: int = 50, products: int = 20) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(f'ATTACH \':memory:\' AS "{DATABASE}"; USE "{DATABASE}"')
        self.connection.execute("SET TimeZone = 'UTC'; CREATE SCHEMA sales")
        rng = random.Random(17)
        purchases = pa.table(
            {
                "customer": pa.array([f"c{rng.randrange(customers)}" for _ in range(days * rows_a_day)], pa.string()),
                "product": pa.array([f"p{rng.randrange(products)}" for _ in range(days * rows_a_day)], pa.string()),
                "day": pa.array([LAST - timedelta(days=row % days) for row in range(days * rows_a_day)], pa.date32()),
            }
        )
        self.connection.register("purchases", purchases)
        self.connection.execute("CREATE TABLE sales.purchases AS SELECT * FROM purchases")
        self.questions = 0

    def query(self, text: str) -> Mapping[str, Any]:
        self.questions += 1
        result = self.connection.execute(to_duckdb(text))
        return dict(zip((column[0] for column in result.description), result.fetchone(), strict=True))

    def preflight(self, timed: bool = True, **fields) -> Preflight:
        roles = {"customer_id": "customer", "product_id": "product", **({"event_time": "day"} if timed else {})}
        dataset = samples.dataset(roles=roles, filters={})
        return preflight(dataset, CATALOGUE, samples.experiment(**{"split": None, **fields}), self.query)

    def refusal(self, **fields) -> str:
        with pytest.raises(InvalidDocument) as caught:
            self.preflight(**fields)
        (problem,) = caught.value.problems
        assert problem.code == "E_SPLIT_TOO_SMALL" and problem.path == "split"
        return str(problem)


def codes(found: Preflight) -> set[str]:
    return {problem.code for problem in found.warnings}


# ------------------------------------------------------------------------------------------------------ the split


@pytest.mark.parametrize(
    ("days", "rows_a_day", "val_days", "kind"),
    [
        (60, 20, 14, "strict_time"),
        (25, 30, 7, "strict_time"),
        (13, 50, 3, "strict_time"),
        (4, 150, 1, "strict_time"),
        (1, 600, None, "random"),
    ],
)
def test_the_default_takes_the_largest_window_that_is_large_enough(days, rows_a_day, val_days, kind):
    """S2.13."""
    found = Shop(days, rows_a_day).preflight()
    assert found.bounds.kind == kind
    if kind == "strict_time":
        assert (found.bounds.test_start - found.bounds.val_start).days == val_days
        assert (found.bounds.ref - found.bounds.test_start).days == val_days - 1
    assert ("W_RANDOM_SPLIT" in codes(found)) == (kind == "random")
    assert sum(found.counts.rows[split] for split in ("train", "eval", "test")) == days * rows_a_day


def test_without_event_time_the_split_is_random_and_says_so():
    """S2.13 W_RANDOM_SPLIT, S2.14."""
    shop = Shop(60, 20)
    found = shop.preflight(timed=False)
    assert found.bounds == Bounds("random")
    (notice,) = [problem for problem in found.warnings if problem.code == "W_RANDOM_SPLIT"]
    assert "the dataset has no event time" in notice.problem and notice.severity == "warning"
    assert shop.questions == 2


def test_a_random_split_that_was_asked_for_needs_no_notice():
    assert "W_RANDOM_SPLIT" not in codes(Shop(60, 20).preflight(split={"kind": "random"}))


def test_two_queries_are_enough():
    shop = Shop(60, 20)
    shop.preflight(split={"kind": "strict_time"})
    assert shop.questions == 2


def test_a_split_longer_than_the_data_says_so_and_proposes_one_that_fits():
    """S2.10, with the sentence of the rule."""
    shop = Shop(11, 60)
    sentence = shop.refusal(split={"kind": "strict_time"})
    assert sentence == (
        "`split`: train would hold 0 rows (minimum 200): your data has 11 days, the split needs at least 29. "
        "Use `test_days: 3, val_days: 3` with all older days as train, or `random`."
    )
    assert shop.preflight(split={"kind": "strict_time", "test_days": 3, "val_days": 3}).bounds.kind == "strict_time"
    assert shop.preflight(split={"kind": "random"}).bounds.kind == "random"


@pytest.mark.parametrize("seed", range(12))
def test_what_is_proposed_satisfies_the_rule(seed):
    """S2.10: "the proposed values must themselves satisfy the rule"."""
    rng = random.Random(seed)
    shop = Shop(rng.choice([1, 3, 8, 20]), rng.choice([4, 15, 40, 120]), rng.choice([3, 12, 60]), rng.choice([3, 8]))
    kinds = [{"kind": "strict_time"}, {"kind": "strict_time", "test_days": 2, "val_days": 30}]
    asked = rng.choice([*kinds, {"kind": "time_holdout", "holdout_days": 30}, {"kind": "random"}])
    percent = rng.choice([5, 50, 100])
    try:
        found = shop.preflight(split=asked, sample_percent=percent)
    except InvalidDocument as error:
        sentence = str(error)
    else:
        assert check_counts(found.counts, found.bounds, found.reference) == []
        return
    followed = proposals(sentence, asked, percent)
    for fields in followed:
        shop.preflight(**fields)
    assert followed or "Load more data" in sentence


def proposals(sentence: str, asked: dict, percent: int) -> list[dict]:
    """The fields of experiments that do as the sentence says."""
    found = []
    if match := re.search(r"`test_days: (\d+), val_days: (\d+)`", sentence):
        test_days, val_days = map(int, match.groups())
        found.append({"split": {"kind": "strict_time", "test_days": test_days, "val_days": val_days}})
    if match := re.search(r"`holdout_days: (\d+)`", sentence):
        found.append({"split": {"kind": "time_holdout", "holdout_days": int(match.group(1))}})
    if "`random`" in sentence:
        found.append({"split": {"kind": "random"}})
    found = [{**fields, "sample_percent": percent} for fields in found]
    return [*found, {"split": asked, "sample_percent": 100}] if "`sample_percent: 100`" in sentence else found


def test_a_sample_that_is_too_small_proposes_the_whole_data():
    shop = Shop(60, 20)
    assert shop.refusal(split={"kind": "strict_time"}, sample_percent=1).endswith("Use `sample_percent: 100`.")
    assert shop.refusal(sample_percent=1).endswith("Use `sample_percent: 100`.")


@pytest.mark.parametrize("split", [None, {"kind": "strict_time"}, {"kind": "time_holdout"}, {"kind": "random"}])
def test_data_too_small_for_any_split_asks_for_more(split):
    sentence = Shop(5, 5).refusal(split=split)
    assert sentence.endswith("Load more data, or loosen the dataset's filters.")


def test_no_rows_at_all():
    with pytest.raises(InvalidDocument, match="table `sales.purchases` has no rows"):
        Shop(0, 0).preflight()


# -------------------------------------------------------------------------------------------------------- minima


def counts(**changes: int) -> Counts:
    """Counts at exactly the minima, and some of them changed (`eval_rows=3`)."""
    values = {
        f"{split}_{what}": MINIMUM[split].get(what, 1)
        for split in ("train", "eval", "test")
        for what in ("rows", "customers", "products")
    }
    return Counts.from_row({**values, "catalogue_rows": 5, "dropped_rows": 0, **changes})


REFERENCE = Reference((Stage("tables.0.table", "table", 1_000),), date(2024, 1, 1), LAST)


def test_the_minima_are_those_of_the_rule():
    """S2.10."""
    assert MINIMUM == {
        "train": {"rows": 200, "customers": 10, "products": 5},
        "eval": {"rows": 20},
        "test": {"rows": 20, "customers": 5},
    }
    assert check_counts(counts(), Bounds("random"), REFERENCE) == []


@pytest.mark.parametrize(
    ("field", "minimum"),
    [(f"{split}_{what}", minimum) for split, minima in MINIMUM.items() for what, minimum in minima.items()],
)
def test_one_below_a_minimum_is_too_small(field, minimum):
    (problem,) = check_counts(counts(**{field: minimum - 1}), Bounds("random"), REFERENCE)
    split, what = field.split("_")
    assert problem.problem == f"{split} would hold {minimum - 1} {what} (minimum {minimum})."


@pytest.mark.parametrize(
    ("train_rows", "test_customers", "expected"),
    [
        (10_000, 200, set()),
        (9_999, 200, {"W_FEW_TRAIN_ROWS"}),
        (10_000, 199, {"W_FEW_TEST_CUSTOMERS"}),
    ],
)
def test_warnings_begin_below_their_bounds(train_rows, test_customers, expected):
    """S2.10."""
    warnings = count_warnings(counts(train_rows=train_rows, test_customers=test_customers))
    assert {problem.code for problem in warnings} == expected
    assert all(problem.severity == "warning" for problem in warnings)


def test_the_warning_says_which_difference_can_be_told():
    """S2.10: 1.96 sqrt(0.1 * 0.9 / n)."""
    (warning,) = count_warnings(counts(train_rows=10_000, test_customers=199))
    assert "differences under about 4 points of recall cannot be told" in warning.problem
    (warning,) = count_warnings(counts(train_rows=10_000, test_customers=25))
    assert "under about 12 points" in warning.problem


# ---------------------------------------------------------------------------------------------- sample, batch size


@pytest.mark.parametrize(
    ("by_percent", "chosen"),
    [
        ({5: 50_000, 10: 99_000, 25: 240_000, 50: 500_000, 100: 1_000_000}, 5),
        ({5: 49_999, 10: 50_000, 25: 240_000, 50: 500_000, 100: 1_000_000}, 10),
        ({5: 2_000, 10: 4_000, 25: 10_000, 50: 49_000, 100: 100_000}, 100),
        ({5: 2, 10: 4, 25: 10, 50: 20, 100: 40}, 100),
    ],
)
def test_auto_takes_the_smallest_preset_with_enough_rows(by_percent, chosen):
    """S2.9."""
    found = counts(**{f"train_rows_{percent}": rows for percent, rows in by_percent.items()})
    assert resolve_sample("auto", found) == chosen
    assert resolve_sample(37, found) == 37


def test_a_sample_thins_train_and_eval_only():
    """S2.8."""
    shop = Shop(60, 40, customers=300)
    whole, half = shop.preflight(), shop.preflight(sample_percent=50)
    assert half.sample_percent == 50
    assert half.counts.rows["test"] == whole.counts.rows["test"]
    assert half.counts.rows["catalogue"] == whole.counts.rows["catalogue"]
    assert 0.3 < half.counts.rows["train"] / whole.counts.rows["train"] < 0.7
    assert half.counts.rows["eval"] < whole.counts.rows["eval"]


def scripted(counts_by_percent: Callable[[str], Mapping[str, int]]) -> Preflight:
    """A pre-flight over data too large to make here: the reference row, then what `counts_by_percent` answers."""
    first = {"source_rows": 10**6, "role_rows": 10**6, "first_day": date(2023, 1, 1), "last_day": LAST}
    roles = {"customer_id": "customer", "product_id": "product", "event_time": "day"}
    dataset = samples.dataset(roles=roles, filters={})
    answer = lambda text: first if "source_rows" in text else counts_by_percent(text)  # noqa: E731
    return preflight(dataset, CATALOGUE, samples.experiment(split=None, sample_percent="auto"), answer)


LARGE = {f"train_rows_{percent}": percent * 2_000 for percent in (5, 10, 25, 50, 100)}
WHOLE = {
    **{f"{split}_{what}": 5_000 for split in ("train", "eval", "test") for what in ("rows", "customers", "products")},
    "train_rows": 200_000,
    "catalogue_rows": 900,
    "dropped_rows": 0,
    **LARGE,
}


def is_sampled(text: str) -> bool:
    """Whether the main counts of a query are of a sample (S2.8)."""
    return "`qt_customer_hash` <" in text.split("`train_rows`")[0].rsplit("SELECT", 1)[-1]


def test_auto_samples_large_data_and_counts_again():
    """S2.9: the resolved number is stored, and the counts are those of the sample."""
    found = scripted(lambda text: {**WHOLE, "train_rows": 50_000} if is_sampled(text) else WHOLE)
    assert (found.sample_percent, found.counts.rows["train"]) == (25, 50_000)


def test_auto_keeps_the_whole_data_when_the_sample_would_be_too_small():
    """S2.10 holds after sampling too."""
    found = scripted(lambda text: {**WHOLE, "eval_rows": 3} if is_sampled(text) else WHOLE)
    assert (found.sample_percent, found.counts.rows["eval"]) == (100, 5_000)


@pytest.mark.parametrize(
    ("train_rows", "batch_size"),
    [
        (200, 128),
        (255, 128),
        (256, 256),
        (5_119, 256),
        (10_239, 256),
        (10_240, 512),
        (40_960, 2_048),
        (81_919, 2_048),
        (81_920, 4_096),
        (10**7, 4_096),
    ],
)
def test_auto_batch_size(train_rows, batch_size):
    """S5.3."""
    assert resolve_batch_size("auto", train_rows, "batch_size") == batch_size


@pytest.mark.parametrize(("batch_size", "train_rows"), [(64, 200), (1_000, 1_000), (65_536, 65_536)])
def test_a_batch_up_to_the_train_rows_is_taken_as_asked(batch_size, train_rows):
    assert resolve_batch_size(batch_size, train_rows, "batch_size") == batch_size


def test_a_batch_larger_than_the_train_split_names_the_largest_that_fits():
    """S5.3."""
    with pytest.raises(InvalidDocument) as caught:
        resolve_batch_size(1_001, 1_000, "model_config.batch_size")
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("E_BATCH_SIZE", "model_config.batch_size")
    assert str(problem) == (
        "`model_config.batch_size`: a batch of 1001 is larger than the train split, which holds 1000 rows. "
        "Use at most 512, or `auto`."
    )


def test_counts_are_stored_as_plain_numbers():
    unseen = {"customers": 0, "customer_rows": 0, "products": 0, "product_rows": 0}
    sizes = {"min_time": None, "max_time": None}
    found = counts(
        train_checksum=1, eval_checksum=2, test_checksum=3, catalogue_checksum=4, test_rows_before_filters=25
    )
    assert found.to_dict() == {
        "rows": {"train": 200, "eval": 20, "test": 20, "catalogue": 5},
        "customers": {"train": 10, "eval": 1, "test": 5},
        "products": {"train": 5, "eval": 1, "test": 1},
        "dropped": 0,
        "days": {},
        "unseen": {"eval": unseen, "test": unseen},
        "fingerprints": {
            "train": {"rows": 200, "customers": 10, "products": 5, "checksum": 1, **sizes},
            "eval": {"rows": 20, "customers": 1, "products": 1, "checksum": 2, **sizes},
            "test": {"rows": 20, "customers": 5, "products": 1, "checksum": 3, **sizes},
            "catalogue": {"rows": 5, "checksum": 4},
        },
        "removed_test_rows": 5,
    }


# ------------------------------------------------------------------------------------------------- options of datasets


def test_histories_are_reported_and_asked_for_once():
    """S1.24: how train and test differ."""
    shop = Shop(60, 20)
    roles = {"customer_id": "customer", "product_id": "product", "event_time": "day"}
    history = [
        {"name": "recent", "item": "product", "length": 3},
        {"name": "all", "item": "product", "mode": "profile"},
    ]
    dataset = samples.dataset(roles=roles, filters={}, history=history)
    found = preflight(dataset, CATALOGUE, samples.experiment(split={"kind": "strict_time"}), shop.query)
    assert [report.name for report in found.histories] == ["all", "recent"]
    everything, recent = found.histories
    assert 0 < recent.empty_share["train"] < 1 and recent.empty_share["test"] == 0
    assert recent.mean_length["test"] == 3 > recent.mean_length["train"]
    assert recent.to_dict()["difference"] == recent.mean_length["test"] - recent.mean_length["train"]
    assert everything.mean_length["test"] > 3
    assert shop.questions == 3


def test_rows_without_a_target_are_dropped_and_named():
    """S3.11, S1.35."""
    shop = Shop(60, 20)
    shop.connection.execute("UPDATE sales.purchases SET product = NULL WHERE customer = 'c1'")
    roles = {"customer_id": "customer", "product_id": "day_text", "event_time": "day"}
    shop.connection.execute("ALTER TABLE sales.purchases ADD COLUMN day_text VARCHAR DEFAULT 'p'")
    columns = (*CATALOGUE["purchases"].columns, SourceColumn("day_text", "STRING"))
    dataset = samples.dataset(roles=roles, filters={})
    row = shop.query(reference_query(dataset, {"purchases": SourceTable(columns)}, frozenset({"product"})))
    found = Reference.from_row(row, dataset)
    assert [stage.path for stage in found.funnel] == ["tables.0.table", "roles", "target"]
    assert found.rows < found.funnel[1].rows == 1_200
