"""Metrics against a brute-force evaluation that builds and sorts every list (S6.5-S6.9)."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from shared.hashing import H
from trainer_image import ranking
from trainer_image.baselines import frequencies, personal_scores, popularity, popularity_scores
from trainer_image.evaluation import Catalogue, Evaluation, evaluate, question
from trainer_image.inputs import Columns
from trainer_image.ranking import dot_products, positions_in, ranks, tie_order

PRODUCTS = [f"P{number}" for number in range(12)]
SEED = 17


def columns(rows: list[tuple[str, str, str, int, int]]) -> Columns:
    """(customer, product, order, seconds, feature)"""
    customer, product, order, seconds, feature = zip(*rows, strict=True)
    return {
        "id_customer": np.array(customer, np.bytes_),
        "id_product": np.array(product, np.bytes_),
        "id_order": np.array(order, np.bytes_),
        "id_seconds": np.array(seconds, np.int64),
        "feature": np.array(feature, np.int64),
    }


def random_rows(count: int, seed: int, products: list[str]) -> list[tuple[str, str, str, int, int]]:
    random = np.random.default_rng(seed)
    return [
        (
            f"C{random.integers(30)}",
            products[int(random.integers(len(products)))],
            f"O{random.integers(40)}",
            int(random.integers(5)),
            int(random.integers(6)),
        )
        for _ in range(count)
    ]


TRAIN_ROWS = random_rows(300, 1, PRODUCTS)
TEST_ROWS = random_rows(150, 2, [*PRODUCTS, "unseen"]) + [("newcomer", "P1", "O1", 0, 3)]
# Scores of the query feature's 6 values by product: small integers, so that ties are many and sums exact.
TABLE = np.random.default_rng(3).integers(0, 3, size=(6, len(PRODUCTS))).astype(np.float32)


def in_tie_order() -> list[str]:
    return sorted(PRODUCTS, key=lambda product: H(f"tie|{SEED}", product))


def catalogue() -> Catalogue:
    order = in_tie_order()
    ids = np.array(order, np.bytes_)
    return Catalogue(ids, np.eye(len(order), dtype=np.float32))


def embed(split: Columns) -> np.ndarray:
    return TABLE[split["feature"]][:, [PRODUCTS.index(product) for product in in_tie_order()]]


def evaluated(sample_percent: int = 100) -> Evaluation:
    test = columns(TEST_ROWS)
    warm = np.isin(test["id_customer"], columns(TRAIN_ROWS)["id_customer"]) & (test["id_product"] != b"unseen")
    return evaluate(columns(TRAIN_ROWS), test, catalogue(), embed, warm, sample_percent, SEED)


def brute_force(lists: dict[str, list[str]], rows: list[tuple], row_lists: list[list[str]]) -> dict[str, float]:
    """Straight from the text of the rules, over full sorted lists."""
    bought = {customer: {row[1] for row in rows if row[0] == customer} for customer in lists}
    mean = lambda values: sum(values) / len(values)  # noqa: E731
    found = {}
    for k in (5, 10, 50, 100):
        hits = {customer: len(set(lists[customer][:k]) & bought[customer]) for customer in lists}
        found[f"recall_at_{k}"] = mean([hits[customer] / len(bought[customer]) for customer in lists])
        found[f"hit_rate_at_{k}"] = mean([float(hits[customer] > 0) for customer in lists])
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
    return {**found, "ndcg_at_10": mean(ndcg), "mrr": mean(reciprocal)}


def ordered(scores: dict[str, float]) -> list[str]:
    return sorted(PRODUCTS, key=lambda product: (-scores[product], H(f"tie|{SEED}", product)))


def model_list(row: tuple) -> list[str]:
    return ordered(dict(zip(PRODUCTS, TABLE[row[4]].tolist(), strict=True)))


def first_rows(rows: list[tuple]) -> dict[str, tuple]:
    """Earliest time, ties by row key (order, customer, product)."""
    by_time = sorted(rows, key=lambda row: (row[3], row[2], row[0], row[1]))
    return {row[0]: row for row in reversed(by_time)}


def expected_baseline(name: str, rows: list[tuple]) -> dict[str, float]:
    bought = {(row[0], row[1], row[2]) for row in TRAIN_ROWS}  # distinct purchases: orders
    everybody = Counter(product for _, product, _ in bought)
    personal = Counter((customer, product) for customer, product, _ in bought)
    lists = {}
    for customer in {row[0] for row in rows}:
        own = 1000 if name == "personal_frequency" else 0
        lists[customer] = ordered({p: own * personal[customer, p] + everybody[p] for p in PRODUCTS})
    return brute_force(lists, rows, [lists[row[0]] for row in rows])


def values(metrics: dict) -> dict[str, float]:
    return {name: metric.value for name, metric in metrics.items()}


def test_the_model_is_measured_as_by_brute_force() -> None:
    lists = {customer: model_list(row) for customer, row in first_rows(TEST_ROWS).items()}
    expected = brute_force(lists, TEST_ROWS, [model_list(row) for row in TEST_ROWS])
    assert values(evaluated().metrics["all"]) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["popularity", "personal_frequency"])
def test_baselines_are_measured_as_by_brute_force(name: str) -> None:
    assert values(evaluated().baselines[name].metrics["all"]) == pytest.approx(expected_baseline(name, TEST_ROWS))


def test_warm_counts_only_known_customers_and_products() -> None:
    known = {row[0] for row in TRAIN_ROWS}
    warm = [row for row in TEST_ROWS if row[0] in known and row[1] != "unseen"]
    first = first_rows(TEST_ROWS)
    lists = {customer: model_list(first[customer]) for customer in {row[0] for row in warm}}
    expected = brute_force(lists, warm, [model_list(row) for row in warm])
    assert values(evaluated().metrics["warm"]) == pytest.approx(expected)


def test_in_sample_counts_only_customers_of_the_sample() -> None:
    sampled = [row for row in TEST_ROWS if H(f"sample|{SEED}", row[0]) < 2**52 * 40 // 100]
    lists = {customer: model_list(row) for customer, row in first_rows(sampled).items()}
    expected = brute_force(lists, sampled, [model_list(row) for row in sampled])
    assert 0 < len(lists) < len(first_rows(TEST_ROWS))
    assert values(evaluated(40).metrics["in_sample"]) == pytest.approx(expected)
    assert "in_sample" not in evaluated(100).metrics


def test_counts_stand_beside_the_figures() -> None:
    found = evaluated()
    assert found.metrics["all"]["recall_at_10"].n == len({row[0] for row in TEST_ROWS})
    assert found.metrics["all"]["row_recall_at_10"].n == len(TEST_ROWS)
    assert found.misses == sum(row[1] == "unseen" for row in TEST_ROWS)


def test_the_ceiling_is_what_a_perfect_list_would_reach() -> None:
    bought = {customer: {row[1] for row in TEST_ROWS if row[0] == customer} for customer in {r[0] for r in TEST_ROWS}}
    for k in (5, 10):
        reachable = [min(k, len(products - {"unseen"})) / len(products) for products in bought.values()]
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
    np.testing.assert_array_equal(ranks(dot_products(lists, constant), wanted, positions, len(ids)), positions + 1)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = evaluated()
    monkeypatch.setattr(ranking, "CELLS_AT_ONCE", 30)
    assert evaluated() == whole


def test_positions_of_products_outside_are_minus_one() -> None:
    assert positions_in(np.array([b"c", b"a"]), np.array([b"a", b"b", b"c", b"z"])).tolist() == [1, -1, 0, -1]


def test_the_list_of_a_customer_is_made_from_the_first_row() -> None:
    split = columns(
        [("u", "P1", "O2", 5, 0), ("u", "P2", "O3", 4, 1), ("u", "P3", "O1", 4, 2), ("v", "P1", "O1", 9, 3)]
    )
    assert question(split, catalogue().ids).first_row.tolist() == [2, 3]


def test_a_purchase_is_an_order_else_a_day_else_a_row() -> None:
    day = 86_400
    rows = columns([("u", "P1", "O1", 5, 0), ("u", "P1", "O1", day, 0), ("u", "P1", "O2", day + 1, 0)])
    counts = []
    for absent in ([], ["id_order"], ["id_order", "id_seconds"]):
        counts.append(popularity(frequencies({k: v for k, v in rows.items() if k not in absent}, np.array([b"P1"])))[0])
    assert counts == [2, 2, 3]
    rows["id_order"] = np.array(["O1", "O2", "O3"], np.bytes_)
    assert popularity(frequencies(rows, np.array([b"P1"]))).tolist() == [3]


def test_a_row_without_an_order_counts_by_its_day_and_never_as_the_order_of_another() -> None:
    day = 86_400
    rows = columns(
        [
            *[("u", "P1", "", when, 0) for when in (0, 5, day, 2 * day)],  # three days
            *[("u", "P1", order, 0, 0) for order in ("0", "1", "1")],  # two orders, named as days are numbered
        ]
    )
    assert frequencies(rows, np.array([b"P1"])).count.tolist() == [5]
    del rows["id_seconds"]
    assert frequencies(rows, np.array([b"P1"])).count.tolist() == [6]


def test_one_own_purchase_outweighs_any_popularity_and_strangers_get_popularity() -> None:
    many = [(f"C{number}", "P1", f"O{number}", 0, 0) for number in range(50)]
    frequency = frequencies(columns([*many, ("u", "P2", "O99", 0, 0)]), np.array([b"P1", b"P2"]))
    scores = personal_scores(frequency, np.array([b"u", b"stranger"]))(0, 2)
    assert scores[0].argmax() == 1
    np.testing.assert_array_equal(scores[1], popularity_scores(frequency)(0, 1)[0])
