"""Metrics of lists and ratings against a brute force that builds and sorts every list (S6.5-S6.11, S11.5)."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from shared.hashing import H
from shared.metrics import FAMILIES, METRICS
from shared.results import Protocol
from trainer_image import ranking
from trainer_image.baselines import frequencies
from trainer_image.evaluation import Evaluation, evaluate
from trainer_image.inputs import Columns, Splits
from trainer_image.list_evaluation import eval_question
from trainer_image.questions import Catalogue, ListQuestion, question
from trainer_image.ranking import dot_products, first, nothing_bought, positions_in, ranks, tie_order, top
from trainer_image.targets import TargetTransform

PRODUCTS = [f"P{number}" for number in range(40)]
SEED = 17
DAY = 86_400
TARGET = TargetTransform("quantity", (0.0, 50.0), log=True, normalise="zscore", a=1.5, b=0.8)

Row = tuple[str, str, str, int, int]  # customer, product, order, seconds, feature


def columns(rows: list[Row], targets: np.ndarray | None = None) -> Columns:
    customer, product, order, seconds, feature = zip(*rows, strict=True)
    found = {
        "id_customer": np.array(customer, np.bytes_),
        "id_product": np.array(product, np.bytes_),
        "id_order": np.array(order, np.bytes_),
        "id_seconds": np.array(seconds, np.int64),
        "feature": np.array(feature, np.int64),
    }
    if targets is None:
        return found
    return {**found, "id_target": targets.astype(np.float32), "target": TARGET.forward(targets).astype(np.float32)}


def random_rows(count: int, seed: int, products: list[str], days: int = 60) -> list[Row]:
    """Popular products first, repeated purchases, many customers at one instant."""
    random = np.random.default_rng(seed)
    return [
        (
            f"C{random.integers(30)}",
            products[min(int(random.exponential(12)), len(products) - 1)],
            f"O{random.integers(60)}",
            int(random.integers(days)) * DAY,
            int(random.integers(6)),
        )
        for _ in range(count)
    ]


TRAIN_ROWS = random_rows(300, 1, PRODUCTS)
EVAL_ROWS = random_rows(80, 4, PRODUCTS)
TEST_ROWS = random_rows(150, 2, [*PRODUCTS[::-1], "unseen"], days=4) + [("newcomer", "P1", "O1", 0, 3)]
KNOWN = sorted({row[1] for row in TRAIN_ROWS})  # the catalogue
BOUGHT = {(row[0], row[1]) for row in TRAIN_ROWS}
TARGETS = np.random.default_rng(8).integers(0, 80, len(TEST_ROWS)).astype(float)
# Scores of the query feature's 6 values by product: small integers, so that ties are many and sums exact.
TABLE = np.random.default_rng(3).integers(0, 3, size=(6, len(KNOWN))).astype(np.float32)
RATINGS = np.random.default_rng(9).normal(size=len(TEST_ROWS)).astype(np.float32)
WARM = np.array([row[0] != "newcomer" and row[1] in KNOWN for row in TEST_ROWS])


def splits() -> Splits:
    random = np.random.default_rng(10)
    catalogue = columns([("", product, "", 0, 0) for product in in_tie_order()])
    train, evaluation = (
        columns(rows, random.integers(1, 90, len(rows)).astype(float)) for rows in (TRAIN_ROWS, EVAL_ROWS)
    )
    return Splits(train=train, eval=evaluation, test=columns(TEST_ROWS, TARGETS), catalogue=catalogue)


def in_tie_order() -> list[str]:
    return sorted(KNOWN, key=lambda product: H(f"tie|{SEED}", product))


def catalogue() -> Catalogue:
    return Catalogue(np.array(in_tie_order(), np.bytes_), np.eye(len(KNOWN), dtype=np.float32))


def embed(split: Columns) -> np.ndarray:
    return TABLE[split["feature"]][:, [KNOWN.index(product) for product in in_tie_order()]]


@cache
def evaluated(sample_percent: int = 100, exclude_purchased: bool = False, task: str = "retrieval") -> Evaluation:
    families = FAMILIES[task]
    return evaluate(
        splits(),
        SimpleNamespace(queries=embed, ratings=lambda split: RATINGS),
        catalogue() if "retrieval" in families else None,
        TARGET if "rating" in families else None,
        WARM,
        Protocol(split="random", sample_percent=sample_percent, exclude_purchased=exclude_purchased),
        SEED,
    )


# --------------------------------------------------------------------------------------------- straight from the text

Scores = Callable[[Row], dict[str, float]]  # of the list that a row asks for


def model_scores(row: Row) -> dict[str, float]:
    return dict(zip(KNOWN, TABLE[row[4]].tolist(), strict=True))


def ordered(row: Row, scores: Scores, exclude: bool) -> list[str]:
    of_products = scores(row)
    listed = [product for product in KNOWN if not (exclude and (row[0], product) in BOUGHT)]
    return sorted(listed, key=lambda product: (-of_products[product], H(f"tie|{SEED}", product)))


def first_rows(rows: list[Row]) -> dict[str, Row]:
    """Earliest time, ties by row key (order, customer, product)."""
    by_time = sorted(rows, key=lambda row: (row[3], row[2], row[0], row[1]))
    return {row[0]: row for row in reversed(by_time)}


def brute_force(scores: Scores, rows: list[Row], exclude: bool = False) -> dict[str, float]:
    """Of a population: the test rows that belong to it. The list is drawn from the first row of the whole split."""
    firsts = first_rows(TEST_ROWS)
    lists = {customer: ordered(firsts[customer], scores, exclude) for customer in {row[0] for row in rows}}
    row_lists = [ordered(row, scores, exclude) for row in rows]
    bought = {customer: {row[1] for row in rows if row[0] == customer} for customer in lists}
    mean = lambda values: sum(values) / len(values)  # noqa: E731
    found = {}
    for k in (5, 10, 50, 100):
        hits = {customer: len(set(lists[customer][:k]) & bought[customer]) for customer in lists}
        found[f"recall_at_{k}"] = mean([hits[customer] / len(bought[customer]) for customer in lists])
        found[f"hit_rate_at_{k}"] = mean([float(hits[customer] > 0) for customer in lists])
        found[f"precision_at_{k}"] = mean([hits[customer] / k for customer in lists])
        found[f"row_recall_at_{k}"] = mean(
            [float(row[1] in of_row[:k]) for row, of_row in zip(rows, row_lists, strict=True)]
        )
    gain = lambda rank: 1 / math.log2(rank + 1)  # noqa: E731
    ndcg, reciprocal = [], []
    for customer, ranked in lists.items():
        hit_ranks = [rank for rank, product in enumerate(ranked, 1) if product in bought[customer]]
        ideal = sum(gain(rank) for rank in range(1, min(10, len(bought[customer])) + 1))
        ndcg.append(sum(gain(rank) for rank in hit_ranks if rank <= 10) / ideal)
        reciprocal.append(1 / hit_ranks[0] if hit_ranks else 0.0)
    exposed = {product for ranked in lists.values() for product in ranked[:10]}
    found |= {"ndcg_at_10": mean(ndcg), "mrr": mean(reciprocal), "coverage_at_10": len(exposed) / len(KNOWN)}
    buyers = {product: len({row[0] for row in TRAIN_ROWS if row[1] == product}) for product in KNOWN}
    everybody = len({row[0] for row in TRAIN_ROWS})
    shown = [product for ranked in lists.values() for product in ranked[:10]]
    found["novelty_at_10"] = mean([-math.log2((buyers[product] + 1) / (everybody + 1)) for product in shown])
    exposure = [shown.count(product) for product in KNOWN]  # half the mean difference, as a share of the mean
    differences = sum(abs(one - other) for one in exposure for other in exposure)
    return {**found, "gini_at_10": differences / (2 * len(exposure) * sum(exposure))}


POPULATIONS = {
    "all": lambda row: True,
    "warm": lambda row: row[0] != "newcomer" and row[1] in KNOWN,
    "cold_customer": lambda row: row[0] == "newcomer",
    "cold_product": lambda row: row[1] not in KNOWN,
    "new_pairs": lambda row: (row[0], row[1]) not in BOUGHT,
    "in_sample": lambda row: H(f"sample|{SEED}", row[0]) < 2**52 * 40 // 100,
}


def of_population(name: str) -> list[Row]:
    return [row for row in TEST_ROWS if POPULATIONS[name](row)]


def popularity(rows: list[Row]) -> Scores:
    orders = {(row[0], row[1], row[2]) for row in rows}  # distinct purchases
    everybody = {product: sum(product == bought for _, bought, _ in orders) for product in KNOWN}
    return lambda row: everybody


def personal_frequency(row: Row) -> dict[str, float]:
    orders = {(customer, product, order) for customer, product, order, *_ in TRAIN_ROWS}
    everybody = popularity(TRAIN_ROWS)(row)
    own = {product: sum((row[0], product) == order[:2] for order in orders) for product in KNOWN}
    return {product: 1000 * own[product] + everybody[product] for product in KNOWN}


LAST = [row for row in TRAIN_ROWS if row[3] // DAY > max(row[3] for row in TRAIN_ROWS) // DAY - 28]
SIMPLE_BASELINES = {
    "popularity": popularity(TRAIN_ROWS),
    "recent_popularity": popularity(LAST),
    "personal_frequency": personal_frequency,
}


def values(metrics: dict) -> dict[str, float]:
    return {name: metric.value for name, metric in metrics.items()}


# -------------------------------------------------------------------------------------------------------------- lists


@pytest.mark.parametrize("exclude", [False, True], ids=["whole lists", "without purchases"])
@pytest.mark.parametrize("population", POPULATIONS)
@pytest.mark.parametrize("who", ["model", *SIMPLE_BASELINES])
def test_lists_are_measured_as_by_brute_force(who: str, population: str, exclude: bool) -> None:
    """S6.7, S6.8, S2.18, S5.1: products bought in train are left out for models and baselines alike."""
    found = evaluated(40, exclude)
    metrics = found.metrics if who == "model" else found.baselines[who].metrics
    scores = SIMPLE_BASELINES.get(who, model_scores)
    expected = brute_force(scores, of_population(population), exclude or population == "new_pairs")
    assert values(metrics[population]) == pytest.approx(expected)


def test_excluding_purchases_changes_the_figures_of_everybody() -> None:
    """S0.2"""
    whole, without = evaluated(), evaluated(exclude_purchased=True)
    for name in ("popularity", "recent_popularity", "personal_frequency", "item_knn", "ease"):
        assert whole.baselines[name].metrics["all"] != without.baselines[name].metrics["all"]
        if name != "ease":  # whose strength is chosen on lists without purchases, too
            assert whole.baselines[name].metrics["new_pairs"] == without.baselines[name].metrics["new_pairs"]
    assert whole.metrics["all"] != without.metrics["all"]


def test_the_sample_is_a_population_of_its_own() -> None:
    assert "in_sample" in evaluated(40).metrics
    assert "in_sample" not in evaluated(100).metrics


def test_counts_stand_beside_the_figures() -> None:
    found = evaluated()
    assert found.metrics["all"]["recall_at_10"].n == len({row[0] for row in TEST_ROWS})
    assert found.metrics["all"]["row_recall_at_10"].n == len(TEST_ROWS)
    assert found.misses == sum(row[1] not in KNOWN for row in TEST_ROWS) > 0


def test_what_is_about_all_lists_has_no_interval_and_no_lift() -> None:
    """S6.12"""
    whole = {"coverage_at_10", "gini_at_10"}
    for metric in whole:
        figure = evaluated().metrics["all"][metric]
        assert (figure.low, figure.reason) == (None, "no interval: it is about all lists together")
    assert set(evaluated().lift) == set(evaluated().metrics["all"]) - whole


def test_the_lift_is_over_the_best_baseline() -> None:
    """S6.17"""
    found = evaluated()
    reached = {name: baseline.metrics["all"]["recall_at_10"].value for name, baseline in found.baselines.items()}
    lift = found.lift["recall_at_10"]
    assert reached[lift.baseline] == max(reached.values())
    assert lift.value == pytest.approx(found.metrics["all"]["recall_at_10"].value - max(reached.values()))


def test_a_model_that_copies_popularity_has_no_lift_over_it() -> None:
    """S11.6"""
    scores = popularity(TRAIN_ROWS)(TEST_ROWS[0])
    copied = np.array([[scores[product] for product in in_tie_order()]], np.float32)
    found = evaluate(
        splits(),
        SimpleNamespace(queries=lambda split: np.repeat(copied, len(split["id_product"]), axis=0)),
        catalogue(),
        None,
        WARM,
        Protocol(split="random"),
        SEED,
    )
    assert found.metrics == found.baselines["popularity"].metrics
    of_popularity = found.baselines["popularity"].metrics["all"]
    for name, lift in found.lift.items():
        if lift.baseline == "popularity":
            assert (lift.value, lift.low, lift.high, lift.verdict) == (0, 0, 0, "cannot_tell")
        assert found.metrics["all"][name].value == of_popularity[name].value
    assert any(lift.baseline == "popularity" for lift in found.lift.values())


def test_the_ceiling_is_what_a_perfect_list_would_reach() -> None:
    bought = {customer: {row[1] for row in TEST_ROWS if row[0] == customer} for customer in {r[0] for r in TEST_ROWS}}
    for k in (5, 10):
        reachable = [min(k, len(products & set(KNOWN))) / len(products) for products in bought.values()]
        assert evaluated().ceiling[f"recall_at_{k}"] == pytest.approx(sum(reachable) / len(reachable))


def test_a_constant_model_lists_by_the_tie_hash_alone() -> None:
    """S6.6: equal embeddings must give equal scores, whatever block of the product a library computes them in."""
    random = np.random.default_rng(0)
    ids = np.sort(np.array([f"{number}" for number in range(3_001)], np.bytes_))
    ids = ids[tie_order(ids, SEED)]
    constant = np.tile(random.normal(size=(1, 37)).astype(np.float32), (len(ids), 1))
    lists = random.normal(size=(53, 37)).astype(np.float32)
    wanted = np.repeat(np.arange(53), 60)
    positions = random.integers(0, len(ids), len(wanted))
    whole, _ = ranks(dot_products(lists, constant), wanted, positions, len(ids), nothing_bought(53))
    np.testing.assert_array_equal(whole, positions + 1)


def test_a_constant_model_finds_as_many_products_as_chance() -> None:
    """S11.5: mean recall@k = k / catalogue over 200 split seeds."""
    split = columns([row for row in TEST_ROWS if row[1] in KNOWN])
    recalls = []
    for seed in range(200):
        ids = np.array(KNOWN, np.bytes_)
        ids = ids[tie_order(ids, seed)]
        constant = Catalogue(ids, np.ones((len(ids), 1), np.float32))
        figures = ListQuestion(split, ids, None).figures(lambda rows: np.ones((len(rows["feature"]), 1)), constant)
        recalls.append([figures[f"recall_at_{k}"] for k in (5, 10)])
    np.testing.assert_allclose(np.mean(recalls, axis=0), [5 / len(KNOWN), 10 / len(KNOWN)], rtol=0.05)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = evaluated(40, True)
    monkeypatch.setattr(ranking, "CELLS_AT_ONCE", 150)
    assert evaluated.__wrapped__(40, True) == whole


def test_the_figures_of_an_epoch_are_those_of_the_evaluation() -> None:
    """S4.13: early stopping sees the metrics of S6.7, also without purchases."""
    data = splits()
    frequency = frequencies(data.train, catalogue().ids)
    for exclude in (False, True):
        asked = eval_question(data.test, catalogue().ids, frequency if exclude else None, SEED)
        figures = asked.figures(embed, catalogue())
        assert figures["ndcg_at_10"] == pytest.approx(brute_force(model_scores, TEST_ROWS, exclude)["ndcg_at_10"])
        assert figures["recall_at_10"] == evaluated(100, exclude).metrics["all"]["recall_at_10"].value


@pytest.mark.parametrize("k", [1, 3, 10, 20])
def test_the_first_of_a_list_are_those_of_a_stable_sort(k: int) -> None:
    random = np.random.default_rng(k)
    scores = random.integers(0, 4, size=(50, 12)).astype(float)
    scores[random.random(scores.shape) < 0.4] = -np.inf
    expected = np.zeros(scores.shape, dtype=bool)
    for row, of_row in enumerate(scores):
        order = np.argsort(-of_row, kind="stable")[:k]
        expected[row, order[np.isfinite(of_row[order])]] = True
    np.testing.assert_array_equal(first(scores, k), expected)
    listed = top(lambda start, stop: scores[start:stop], 50, 12, k, None)
    assert [set(row[row >= 0]) for row in listed] == [set(np.flatnonzero(row)) for row in expected]


def test_positions_of_products_outside_are_minus_one() -> None:
    assert positions_in(np.array([b"c", b"a"]), np.array([b"a", b"b", b"c", b"z"])).tolist() == [1, -1, 0, -1]


def test_the_list_of_a_customer_is_made_from_the_first_row() -> None:
    split = columns(
        [("u", "P1", "O2", 5, 0), ("u", "P2", "O3", 4, 1), ("u", "P3", "O1", 4, 2), ("v", "P1", "O1", 9, 3)]
    )
    assert question(split, catalogue().ids).first_row.tolist() == [2, 3]


# ------------------------------------------------------------------------------------------------------------ ratings


def test_ratings_are_measured_in_original_units_against_the_raw_target() -> None:
    """S6.10: the target's clip at 50 limits what is learned, never what is measured."""
    predicted = np.expm1(RATINGS.astype(float) * 0.8 + 1.5)
    transformed = (np.log1p(np.minimum(TARGETS, 50)) - 1.5) / 0.8
    for population in ("all", "warm", "cold_customer", "new_pairs"):
        rows = np.array([POPULATIONS[population](row) for row in TEST_ROWS])
        error, scaled = (predicted - TARGETS)[rows], (RATINGS - transformed)[rows]
        expected = {
            "rmse": math.sqrt(np.mean(error**2)),
            "mae": np.mean(np.abs(error)),
            "rmse_transformed": math.sqrt(np.mean(scaled**2)),
            "mae_transformed": np.mean(np.abs(scaled)),
        }
        found = values(evaluated(task="ranking").metrics[population])
        assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-6)
    assert found.keys() == {"rmse", "mae", "rmse_warm", "rmse_transformed", "mae_transformed", "r2"}


def test_the_error_on_known_customers_and_products_stands_apart() -> None:
    found = evaluated(task="ranking").metrics
    assert found["all"]["rmse_warm"].value == pytest.approx(found["warm"]["rmse"].value)
    assert found["all"]["rmse_warm"].n == WARM.sum() < found["all"]["rmse"].n == len(TEST_ROWS)
    assert found["cold_customer"]["rmse_warm"].reason == "no customers"


def test_a_lower_error_than_the_best_baseline_is_a_positive_lift() -> None:
    """S6.17, sign by direction: random ratings are worse than the mean, so the lift is below 0."""
    found = evaluated(task="ranking")
    errors = {name: baseline.metrics["all"]["rmse"].value for name, baseline in found.baselines.items()}
    assert set(errors) == {"global_mean", "product_mean", "bias"}
    lift = found.lift["rmse"]
    assert errors[lift.baseline] == min(errors.values())
    assert lift.value == pytest.approx(min(errors.values()) - found.metrics["all"]["rmse"].value)
    assert (lift.value < 0, lift.verdict) == (True, "worse")


def test_a_ranking_model_has_no_lists() -> None:
    found = evaluated(task="ranking")
    assert found.ceiling == {}
    assert found.misses == sum(row[1] not in KNOWN for row in TEST_ROWS)


def test_a_multitask_model_reports_both_families() -> None:
    """S6.11: lists by the towers, ratings by the head; each as if it were alone."""
    both, lists, ratings = (evaluated(task=task) for task in ("multitask", "retrieval", "ranking"))
    for population, metrics in both.metrics.items():
        assert metrics == lists.metrics[population] | ratings.metrics[population]
    assert both.baselines == lists.baselines | ratings.baselines
    assert both.lift == lists.lift | ratings.lift
    assert both.ceiling == lists.ceiling


def test_every_metric_is_in_the_registry() -> None:
    """S0.9"""
    for task, families in FAMILIES.items():
        for metrics in evaluated(task=task).metrics.values():
            assert {METRICS[name].family for name in metrics} == set(families)
