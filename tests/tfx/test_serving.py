"""Models of every type, saved, loaded and asked: they answer what was measured (S3.11, S4.12, S5.1)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft
from tensorflow.types.experimental import ConcreteFunction

from shared.codegen import render_trainer, render_transform
from shared.documents import FeatureConfig, ModelConfig, Roles
from tests.tfx import transform_runs
from trainer_image import serving, serving_requests, spec
from trainer_image.ann import build_index
from trainer_image.baselines import Frequencies, frequencies
from trainer_image.errors import RunFailed
from trainer_image.inputs import Columns, select
from trainer_image.questions import Catalogue
from trainer_image.ranking import dot_products
from trainer_image.scoring import Scorer, ordered_catalogue
from trainer_image.serving import Lists, Served, check_answer, export
from trainer_image.targets import TargetTransform, read_target
from trainer_image.towers import vocabulary_sizes
from trainer_image.two_tower import two_tower

DTYPES = {
    "customer": tf.string,
    "product": tf.string,
    "country": tf.string,
    "at": tf.int64,
    "price": tf.float32,
    "recent": tf.string,
    "packs": tf.int64,
    "pack": tf.int64,
    "amount": tf.float32,
}
QUERY = ("customer", "country", "at", "recent", "packs")
CANDIDATE = ("product", "price", "pack")
ROLES = Roles(customer_id="customer", product_id="product", event_time="at")
WRITTEN: dict[str, Any] = {"owner": "ann", "created_at": datetime(2026, 1, 1, tzinfo=timezone.utc)}
WRITTEN["updated_at"] = WRITTEN["created_at"]


def category(column: str, **options: Any) -> dict[str, Any]:
    return {"kind": "category", "column": column, "vocabulary": {"embedding_dim": 4}, **options}


FEATURES: dict[str, Any] = {
    **WRITTEN,
    "name": "Served",
    "dataset": "shop",
    "query_features": [
        category("customer", is_primary_id=True),
        category("country"),
        {"kind": "time", "column": "at", "cycles": ["month"]},
        {"kind": "history", "column": "recent", "shared_with": "product", "max_length": 3},
        {"kind": "history", "column": "packs", "shared_with": "pack", "max_length": 2},
    ],
    "candidate_features": [
        category("product", is_primary_id=True),
        category("pack"),
        {"kind": "number", "column": "price", "scale": {"log": True}},
    ],
    "target": {"column": "amount", "clip_percentiles": [0.0, 95.0], "log": True, "normalise": "zscore"},
}
PRODUCTS = [f"P{number:02d}" for number in range(24)]


def make_rows(count: int, seed: int) -> list[dict[str, Any]]:
    """Purchases with missing values, and with histories of any length."""
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        number = int(random.exponential(5)) % len(PRODUCTS)
        rows.append(
            {
                "customer": f"C{random.integers(12)}",
                "product": PRODUCTS[number],
                "country": random.choice(["Norway", "Chile", None]),
                "at": 1_700_000_000 + int(random.integers(0, 50)) * 86_400,
                "price": float(number + 1) if number % 5 else None,
                "recent": [PRODUCTS[item] for item in random.integers(0, 24, int(random.integers(0, 5)))],
                "packs": [int(item) for item in random.integers(0, 3, int(random.integers(0, 4)))],
                "pack": number % 3,
                "amount": float(np.round(np.exp(random.normal(2, 1)))),
            }
        )
    return rows


TRAIN, TEST = make_rows(300, 1), make_rows(25, 2)
TEST[0] |= {"customer": "newcomer", "recent": [], "packs": []}


@dataclass(frozen=True)
class Shop:
    graph: tft.TFTransformOutput
    train: Columns
    test: Columns
    products: Columns  # in tie order


@pytest.fixture(scope="module")
def small_shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    columns = [SimpleNamespace(name=name) for name in DTYPES]
    source = render_transform(FeatureConfig.model_validate(FEATURES), columns, ROLES, with_target=True)
    graph = transform_runs.analyse(tmp_path_factory.mktemp("served"), source, DTYPES, TRAIN)
    by_product = {row["product"]: {name: row[name] for name in CANDIDATE} for row in TRAIN}
    train, test, products = (
        {name: compact(column) for name, column in transform_runs.apply(graph, DTYPES, rows).items()}
        for rows in (TRAIN, TEST, list(by_product.values()))
    )
    return Shop(graph, train, test, ordered_catalogue(products, 17))


def compact(column: np.ndarray) -> np.ndarray:
    return column.astype(np.bytes_) if column.dtype == object else column


@dataclass(frozen=True)
class Asked:
    """A model with its first weights, and its functions by signature: those to be saved, or those that were loaded."""

    scorer: Scorer
    catalogue: Catalogue | None
    target: TargetTransform | None
    bought: Frequencies | None
    described: spec.Serving
    served: Served
    signatures: Any


def build(shop: Shop, exclude: bool = False, features: dict | None = None, **model: Any) -> Asked:
    """Through the generated trainer module, as the trainer does it."""
    config = ModelConfig.model_validate(
        {**WRITTEN, "name": "m", "query_layers": [], "candidate_layers": [], "output_embedding_dim": 6, **model}
    )
    module: dict[str, Any] = {}
    exec(render_trainer(FeatureConfig.model_validate(FEATURES | (features or {})), config, ROLES), module)
    described, asked = module["MODEL"], module["SERVING"]
    sizes = vocabulary_sizes(described.query, shop.graph) | vocabulary_sizes(described.candidate, shop.graph)
    tf.keras.utils.set_random_seed(3)
    towers = two_tower(described, sizes)
    scorer = Scorer(towers, described.query, described.candidate)
    target = read_target(shop.graph) if described.ranking else None
    if target:
        scorer.ratings(shop.test)  # makes the weights
    catalogue = lists = bought = None
    if described.retrieval:
        scorer.queries(shop.test)
        catalogue = scorer.catalogue(shop.products)
        bought = frequencies(shop.train, catalogue.ids) if exclude else None
        lists = Lists(catalogue.ids, build_index(catalogue.embeddings, asked.top_k, asked.scann), bought)
    served = Served(shop.graph, towers, asked, lists, target)
    return Asked(scorer, catalogue, target, bought, asked, served, served.answers)


def save(shop: Shop, folder: Path, exclude: bool = False, **model: Any) -> Asked:
    built = build(shop, exclude, **model)
    export(built.served, str(folder), built.described, shop.test)
    loaded = tf.saved_model.load(str(folder))
    built.served.loaded = loaded  # its functions hold their variables weakly
    return replace(built, signatures=loaded.signatures)


def answer_of(asked: Asked, name: str, columns: tuple[str, ...], rows: list[dict]) -> dict[str, tf.Tensor]:
    """Ask a signature about rows. A loaded function takes its inputs by name, one in memory takes one argument."""
    function, request = asked.signatures[name], raw(rows, columns) if "raw" in name else examples(rows, columns)
    if not isinstance(function, ConcreteFunction):
        return function(request)
    return function(**request) if "raw" in name else function(examples=request)


def examples(rows: list[dict], columns: tuple[str, ...]) -> tf.Tensor:
    kinds = {tf.string: "bytes_list", tf.int64: "int64_list", tf.float32: "float_list"}
    found = []
    for row in rows:
        example = tf.train.Example()
        for name in columns:
            values = [v.encode() if isinstance(v, str) else v for v in transform_runs.items(row.get(name))]
            getattr(example.features.feature[name], kinds[DTYPES[name]]).value.extend(values)
        found.append(example.SerializeToString())
    return tf.constant(found)


def raw(rows: list[dict], columns: tuple[str, ...]) -> dict[str, tf.Tensor]:
    unknown = {tf.string: "", tf.int64: -(2**63), tf.float32: math.nan}
    found = {}
    for name in columns:
        fill, values = unknown[DTYPES[name]], [row.get(name) for row in rows]
        if name in ("recent", "packs"):
            longest = max(len(value) for value in values)
            values = [[*value, *[fill] * (longest - len(value))] for value in values]
        found[name] = tf.constant([fill if value is None else value for value in values], DTYPES[name])
    return found


def expected_lists(asked: Asked, test: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Every list by a stable sort of its exact scores; "" at -inf after its end."""
    scores = dot_products(asked.scorer.queries(test), asked.catalogue.embeddings)(0, len(test["id_customer"]))
    if asked.bought:
        for row, customer in enumerate(TEST):
            own = [bought["product"].encode() for bought in TRAIN if bought["customer"] == customer["customer"]]
            scores[row, np.isin(asked.catalogue.ids, own)] = -np.inf
    order = np.argsort(-scores, axis=1, kind="stable")
    sorted_scores = np.take_along_axis(scores, order, axis=1)
    return np.where(np.isfinite(sorted_scores), asked.catalogue.ids[order], b""), sorted_scores


def check_lists(asked: Asked, test: Columns, top_k: int) -> None:
    products, scores = expected_lists(asked, test)
    for name in ("serving_default", "raw"):
        answer = answer_of(asked, name, QUERY, TEST)
        np.testing.assert_array_equal(answer["product_ids"].numpy().astype(np.bytes_), products[:, :top_k])
        np.testing.assert_allclose(answer["scores"], scores[:, :top_k], rtol=1e-4, atol=1e-6)


# -------------------------------------------------------------------------------------------------------------- lists


@pytest.fixture(scope="module")
def exact(small_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    return save(small_shop, tmp_path_factory.mktemp("exact"), top_k=10)


def test_both_signatures_list_what_is_measured(exact: Asked, small_shop: Shop) -> None:
    """Histories of any length, missing values and unknown customers included; top_k is the length of the list."""
    check_lists(exact, small_shop.test, 10)
    assert set(exact.signatures) == {"serving_default", "raw"}


def test_a_history_in_the_request_moves_the_list(exact: Asked) -> None:
    histories = ([], ["P01"], ["P02", "P01", "P03", "P04"], ["P02", "P01", "P03"])
    scores = answer_of(exact, "raw", QUERY, [{**TEST[0], "recent": recent} for recent in histories])["scores"]
    assert not np.allclose(scores[0], scores[1])
    np.testing.assert_allclose(scores[2], scores[3], rtol=1e-6)  # only the newest three count


def test_purchased_products_are_left_out_of_the_list(small_shop: Shop) -> None:
    """S5.1: the list of a stranger is the whole catalogue, which limits top_k; one that ends early is filled up."""
    asked = build(small_shop, exclude=True, top_k=1_000)
    check_lists(asked, small_shop.test, 1_000)
    products = answer_of(asked, "raw", QUERY, TEST)["product_ids"].numpy()
    assert products.shape == (len(TEST), len(small_shop.products["id_product"]))
    assert (products[0] != b"").all()
    assert (products[1:] == b"").any(axis=1).all()


def test_a_tower_that_knows_no_customer_is_told_who_asks_when_purchases_are_left_out(small_shop: Shop) -> None:
    """S3.3, S5.1"""
    nobody = {"query_id": "none", "query_features": FEATURES["query_features"][1:]}
    asked = build(small_shop, exclude=True, features=nobody, top_k=5)
    assert "customer" not in asked.described.request.columns
    check_lists(asked, small_shop.test, 5)


ALL_LEAVES = {"num_leaves": 4, "num_leaves_to_search": 4, "num_reordering_candidates": 24, "dimensions_per_block": 2}


def test_scann_that_searches_everything_lists_what_is_exact(small_shop: Shop, tmp_path: Path) -> None:
    """S4.12: exported, reloaded, asked for real customers; also without what they bought."""
    scann = {"retrieval_algorithm": "scann", "scann": ALL_LEAVES}
    check_lists(save(small_shop, tmp_path, exclude=True, top_k=6, **scann), small_shop.test, 6)
    check_lists(build(small_shop, top_k=24, **scann), small_shop.test, 24)


# ------------------------------------------------------------------------------------------------------------ ratings


def check_ratings(asked: Asked, test: Columns, *names: str) -> None:
    """By tf.Examples and by columns: the exact inverse of what the model predicts (S3.11)."""
    expected = asked.target.inverse(asked.scorer.ratings(test))
    for name in names:
        np.testing.assert_allclose(answer_of(asked, name, QUERY + CANDIDATE, TEST)["rating"], expected, rtol=1e-5)


def test_a_ranking_model_answers_in_units_of_the_raw_target(small_shop: Shop, tmp_path: Path) -> None:
    saved = save(small_shop, tmp_path, model_type="ranking")
    check_ratings(saved, small_shop.test, "serving_default", "raw", "rating", "rating_raw")
    assert set(saved.signatures) == {"serving_default", "raw", "rating", "rating_raw"}


def test_a_probability_is_served_as_one(small_shop: Shop) -> None:
    """S4.10: the sigmoid is part of the model; the target's transform is undone after it."""
    asked = build(small_shop, model_type="ranking", ranking_loss="binary_crossentropy")
    predicted = asked.scorer.ratings(small_shop.test)
    assert ((predicted > 0) & (predicted < 1)).all()
    check_ratings(asked, small_shop.test, "rating")


def test_a_multitask_model_lists_and_rates(small_shop: Shop, tmp_path: Path) -> None:
    """S6.11"""
    saved = save(small_shop, tmp_path, model_type="multitask", top_k=7)
    assert set(saved.signatures) == {"serving_default", "raw", "rating", "rating_raw"}
    check_lists(saved, small_shop.test, 7)
    check_ratings(saved, small_shop.test, "rating", "rating_raw")


def test_a_target_there_and_back_is_the_target(small_shop: Shop) -> None:
    """S3.11: inverse(forward(y)) = y to 1e-5 relative, inside the clip range, with the numbers of the graph."""
    target = read_target(small_shop.graph)
    raw_target, transformed = small_shop.train["id_target"], small_shop.train["target"]
    inside = raw_target <= target.clip[1]
    assert 0.9 < inside.mean() < 1
    back = target.inverse_tensor(tf.constant(transformed))[inside]
    np.testing.assert_allclose(back, raw_target[inside], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(target.forward(raw_target), transformed, rtol=1e-5, atol=1e-6)


# ------------------------------------------------------------------------------------------------- requests and checks


def test_a_zero_is_a_value_and_what_fills_up_is_none() -> None:
    column = serving_requests.sparse_column
    assert column(tf.constant([0, 5, -(2**63)], tf.int64)).values.numpy().tolist() == [0, 5]
    assert column(tf.constant(["", "a"])).indices.numpy().tolist() == [[1, 0]]
    assert column(tf.constant([math.nan, 0.0])).values.numpy().tolist() == [0.0]
    lists = column(tf.constant([["a", "b"], ["c", ""]]))
    assert tf.sparse.to_dense(lists).numpy().tolist() == [[b"a", b"b"], [b"c", b""]]
    assert lists.indices.numpy().tolist() == [[0, 0], [0, 1], [1, 0]]


def answer(products: list[bytes], scores: list[float]) -> dict[str, tf.Tensor]:
    return {"product_ids": tf.constant([products]), "scores": tf.constant([scores])}


@pytest.mark.parametrize(
    "bad",
    [
        answer([b"a", b"x"], [1.0, 0.5]),
        answer([b"a", b"b"], [math.nan, 0.5]),
        answer([b"a", b"a"], [1.0, 0.5]),
        answer([b"", b""], [-math.inf, -math.inf]),
        {"rating": tf.constant([math.inf])},
    ],
    ids=["unknown product", "no score", "twice the same", "nothing", "no rating"],
)
def test_an_export_that_does_not_answer_fails(bad: dict[str, tf.Tensor]) -> None:
    with pytest.raises(RunFailed, match=r"\[QT:E_EXPORT\]"):
        check_answer(bad, {b"a", b"b"})


def test_an_answer_is_a_list_or_a_rating() -> None:
    check_answer(answer([b"a", b"b"], [1.0, 0.5]), {b"a", b"b"})
    check_answer(answer([b"b", b""], [1.0, -math.inf]), {b"a", b"b"})
    check_answer({"rating": tf.constant([3.5])}, set())


def test_an_export_asks_a_customer_who_has_not_bought_everything(small_shop: Shop) -> None:
    """A customer without a list says nothing about the model."""
    test = select(small_shop.test, np.arange(len(TEST))[::-1])
    everything = np.arange(len(small_shop.products["id_product"]))
    ids = np.unique(test["id_customer"][:-1])  # all but the newcomer, who is last
    starts = np.arange(len(ids) + 1) * len(everything)
    bought = Frequencies(ids, starts, np.tile(everything, len(ids)), np.ones(starts[-1]), len(everything))
    purchased = serving.Purchased(bought)
    row = Served.easiest_row(SimpleNamespace(purchased=purchased), test["id_customer"])
    assert test["id_customer"][row] == b"newcomer"
    marks = purchased.marks(tf.constant(test["id_customer"][-2:])).numpy()
    assert marks.tolist() == [[True] * len(everything), [False] * len(everything)]
