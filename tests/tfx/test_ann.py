"""ScaNN's options, its failures, and what it loses against exact search (S4.1, S4.12, S6.15)."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from trainer_image.ann import ExactIndex, ScannIndex, build_index, check_scann
from trainer_image.ann_loss import measure_ann
from trainer_image.baselines import frequencies
from trainer_image.errors import RunFailed
from trainer_image.inputs import Columns
from trainer_image.questions import Catalogue
from trainer_image.spec import Scann

PRODUCTS, WIDTH, CUSTOMERS, TOP_K = 600, 9, 120, 30
DEFAULTS = Scann(num_leaves=None, num_leaves_to_search=None, num_reordering_candidates=None, dimensions_per_block=2)
ROUGH = Scann(num_leaves=30, num_leaves_to_search=2, num_reordering_candidates=40, dimensions_per_block=4)

random = np.random.default_rng(5)
CATALOGUE = Catalogue(
    np.array([f"P{number}" for number in range(PRODUCTS)], np.bytes_),
    random.normal(size=(PRODUCTS, WIDTH)).astype(np.float32),
)
QUERIES = random.normal(size=(CUSTOMERS, WIDTH)).astype(np.float32)


def purchases(seed: int, count: int) -> Columns:
    """Customers buy what their own vector points to, more or less."""
    chance = np.random.default_rng(seed)
    customer = chance.integers(0, CUSTOMERS, count)
    scores = QUERIES[customer] @ CATALOGUE.embeddings.T + chance.gumbel(0, 2, (count, PRODUCTS))
    return {
        "id_customer": np.array([f"C{number:03d}" for number in customer], np.bytes_),
        "id_product": CATALOGUE.ids[scores.argmax(axis=1)],
        "id_order": np.array([f"O{number}" for number in range(count)], np.bytes_),
        "number": customer,
    }


TRAIN, TEST = purchases(1, 2_000), purchases(2, 900)


def embed(split: Columns) -> np.ndarray:
    return QUERIES[split["number"]]


@pytest.mark.parametrize(
    "change",
    [{"num_leaves": 3}, {"num_leaves_to_search": 9}, {"num_reordering_candidates": 300}, {"dimensions_per_block": 1}],
    ids=lambda change: next(iter(change)),
)
def test_every_option_changes_the_index(change: dict[str, int]) -> None:
    """S0.2"""
    found = [
        build_index(CATALOGUE.embeddings, TOP_K, options).state.scann_config.numpy()
        for options in (ROUGH, replace(ROUGH, **change))
    ]
    assert found[0] != found[1]


def test_options_that_do_not_fit_fail_before_training() -> None:
    """S4.12; what does not fit is tested in tests/unit/test_validation_model.py."""
    with pytest.raises(
        RunFailed, match=r"\[QT:E_SCANN\] `scann.num_leaves`: 21 leaves .* `scann.num_leaves_to_search`"
    ):
        check_scann(replace(DEFAULTS, num_leaves=21, num_leaves_to_search=22), 20, TOP_K)


def test_a_missing_library_fails_before_training(monkeypatch: pytest.MonkeyPatch) -> None:
    check_scann(DEFAULTS, PRODUCTS, TOP_K)
    monkeypatch.setitem(sys.modules, "scann.scann_ops.py", None)
    with pytest.raises(RunFailed, match=r"\[QT:E_SCANN\] ScaNN cannot be loaded"):
        check_scann(DEFAULTS, PRODUCTS, TOP_K)


def test_no_options_mean_exact_search() -> None:
    assert isinstance(build_index(CATALOGUE.embeddings, TOP_K, None), ExactIndex)
    assert isinstance(build_index(CATALOGUE.embeddings, TOP_K, DEFAULTS), ScannIndex)


@pytest.mark.parametrize("exclude", [False, True], ids=["whole lists", "without purchases"])
def test_the_loss_is_that_of_lists_compared_one_by_one(exclude: bool) -> None:
    """S6.15, by sets: overlap with the exact list, and the recall that is lost."""
    index = build_index(CATALOGUE.embeddings, TOP_K, ROUGH)
    bought = frequencies(TRAIN, CATALOGUE.ids) if exclude else None
    found = measure_ann(index, ROUGH, TOP_K, TEST, CATALOGUE, embed, bought, 17)
    overlaps, losses = {10: [], TOP_K: []}, {10: [], TOP_K: []}
    for customer in np.unique(TEST["number"]):
        own = set(TRAIN["id_product"][TRAIN["number"] == customer].tolist()) if exclude else set()
        wanted = set(TEST["id_product"][TEST["number"] == customer].tolist())
        scores = CATALOGUE.embeddings @ QUERIES[customer]
        exact = [CATALOGUE.ids[p] for p in np.argsort(-scores) if CATALOGUE.ids[p] not in own]
        marks = tf.constant([[product in own for product in CATALOGUE.ids.tolist()]]) if exclude else None
        positions, listed_scores = index.search(tf.constant(QUERIES[[customer]]), marks)
        listed = CATALOGUE.ids[positions.numpy()[0][np.isfinite(listed_scores.numpy()[0])]]
        assert not own & set(listed.tolist())
        for k in (10, TOP_K):
            overlaps[k].append(len(set(exact[:k]) & set(listed[:k].tolist())) / k)
            losses[k].append((len(wanted & set(exact[:k])) - len(wanted & set(listed[:k].tolist()))) / len(wanted))
    metrics = {name: figure.value for name, figure in found.metrics.items()}
    assert metrics == pytest.approx(
        {
            "ann_overlap_at_10": np.mean(overlaps[10]),
            "ann_overlap_at_top_k": np.mean(overlaps[TOP_K]),
            "ann_recall_loss_at_10": np.mean(losses[10]),
            "ann_recall_loss_at_top_k": np.mean(losses[TOP_K]),
        }
    )
    assert 0.1 < metrics["ann_overlap_at_10"] < 0.9  # rough enough to lose something
    figure = found.metrics["ann_recall_loss_at_10"]
    assert max(0, figure.low) < figure.value < figure.high
    assert figure.n == len(np.unique(TEST["number"]))
    assert (found.top_k, found.options, found.measured_on) == (TOP_K, vars(ROUGH), "trainer")
    for latency in found.latency_ms.values():
        assert 0 < latency.median <= latency.p95


def test_an_index_that_searches_everything_loses_nothing() -> None:
    everything = Scann(10, 10, PRODUCTS, 2)
    index = build_index(CATALOGUE.embeddings, TOP_K, everything)
    found = measure_ann(index, everything, TOP_K, TEST, CATALOGUE, embed, None, 17)
    assert found.metrics["ann_overlap_at_top_k"].value == 1
    assert found.metrics["ann_recall_loss_at_top_k"].value == 0


def test_a_loss_is_measured_on_some_customers(monkeypatch: pytest.MonkeyPatch) -> None:
    """S6.15: at most 2,000, the same ones each time."""
    monkeypatch.setattr("trainer_image.list_evaluation.EVAL_CUSTOMERS", 25)
    index = build_index(CATALOGUE.embeddings, TOP_K, ROUGH)
    found = [measure_ann(index, ROUGH, TOP_K, TEST, CATALOGUE, embed, None, seed).metrics for seed in (17, 17, 18)]
    assert found[0]["ann_overlap_at_10"].n == 25
    assert found[0] == found[1] != found[2]


def test_lists_end_where_the_searched_leaves_end() -> None:
    """A list is as long as it was asked for, filled up with -inf. (ScaNN may leave one leaf of many empty.)"""
    one_leaf = Scann(60, 1, 600, 2)
    positions, scores = build_index(CATALOGUE.embeddings, 500, one_leaf).search(tf.constant(QUERIES[:7]), None)
    assert positions.shape == scores.shape == (7, 500)
    assert np.isfinite(scores).any()
    for row, of_row in zip(positions.numpy(), scores.numpy(), strict=True):
        listed = row[np.isfinite(of_row)]
        assert len(set(listed)) == len(listed) < 500
        assert np.isneginf(of_row[len(listed) :]).all()
        assert (np.diff(of_row[: len(listed)]) <= 0).all()


def test_a_list_is_as_long_although_its_nearest_products_are_left_out() -> None:
    """S5.1: those who bought the 150 products nearest to them find 30 others."""
    index = build_index(CATALOGUE.embeddings, TOP_K, ROUGH)
    nearest = np.argsort(-QUERIES @ CATALOGUE.embeddings.T, axis=1)[:, :150]
    marks = np.zeros((CUSTOMERS, PRODUCTS), dtype=bool)
    np.put_along_axis(marks, nearest, True, axis=1)
    for query, left_out in zip(QUERIES, marks, strict=True):
        positions, scores = index.search(tf.constant(query[np.newaxis]), tf.constant(left_out[np.newaxis]))
        assert np.isfinite(scores).all()
        assert not left_out[positions.numpy()].any()
