"""The losses against numbers computed by hand for a batch of four (domain S4.9, S4.10, S4.11, S11.4)."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from trainer_image.errors import RunFailed
from trainer_image.loss_inputs import log_shares
from trainer_image.losses import Ranking, best_constant, positive_weight, prepare, ranking_losses
from trainer_image.retrieval import Candidates, in_batch_softmax
from trainer_image.spec import RankingLoss, RetrievalLoss

QUERIES = np.array([[1, 0], [0, 1], [1, 1], [2, -1]], np.float32)
CANDIDATES = np.array([[1, 1], [0, 2], [-1, 0], [1, 0]], np.float32)
SCORES = np.array([[1, 0, -1, 1], [1, 2, 0, 0], [2, 2, -1, 1], [1, -2, -2, 2]], float)  # by hand: q . c
PRODUCTS = np.array([7, 3, 7, 5], np.int32)  # rows 0 and 2 are the same product
LOG_Q = np.log([0.4, 0.3, 0.2, 0.1]).astype(np.float32)
ALL = np.ones(4, np.float32)
PLAIN = RetrievalLoss(
    1.0, logq_correction=False, remove_accidental_hits=False, hard_negatives=None, label_smoothing=0.0
)


def found(loss: RetrievalLoss, valid: np.ndarray = ALL) -> np.ndarray:
    log_q = tf.constant(LOG_Q) if loss.logq_correction else None
    product = tf.constant(PRODUCTS) if loss.remove_accidental_hits else None
    candidates = Candidates(tf.constant(CANDIDATES), tf.constant(valid), log_q, product)
    return in_batch_softmax(tf.constant(QUERIES), candidates, loss).numpy()


def by_hand(loss: RetrievalLoss, valid: np.ndarray = ALL) -> np.ndarray:
    """Row by row, in the order of S4.9: temperature, logQ, hits, hard negatives; smoothing over what is kept."""
    losses = []
    for row in range(4):
        scores = SCORES[row] / loss.temperature - (LOG_Q if loss.logq_correction else 0)
        others = [column for column in range(4) if column != row and valid[column]]
        if loss.remove_accidental_hits:
            others = [column for column in others if PRODUCTS[column] != PRODUCTS[row]]
        if loss.hard_negatives is not None:
            others = sorted(others, key=lambda column: -scores[column])[: loss.hard_negatives]
        kept = np.array([scores[row], *scores[others]])
        target = np.full(len(kept), loss.label_smoothing / len(kept))
        target[0] += 1 - loss.label_smoothing
        losses.append(-np.sum(target * (kept - np.log(np.exp(kept).sum()))))
    return np.array(losses)


COMBINATIONS = [
    RetrievalLoss(temperature, logq, hits, hard, smoothing)
    for temperature, logq, hits, hard, smoothing in itertools.product(
        (1.0, 0.5), (False, True), (False, True), (None, 1, 2, 3), (0.0, 0.2)
    )
]


def test_every_combination_of_options_is_what_it_is_by_hand() -> None:
    for loss in COMBINATIONS:
        np.testing.assert_allclose(found(loss), by_hand(loss), rtol=1e-5, atol=1e-6, err_msg=str(loss))


def test_padding_neither_counts_nor_competes() -> None:
    valid = np.array([1, 1, 1, 0], np.float32)
    for loss in COMBINATIONS:
        np.testing.assert_allclose(
            found(loss, valid)[:3], by_hand(loss, valid)[:3], rtol=1e-5, atol=1e-6, err_msg=str(loss)
        )


def test_some_losses_written_out() -> None:
    """The first row, scores 1 0 -1 1: plain; own 1 against the hardest, 1; own 2 against 0 -2 2 at half temperature."""
    assert found(PLAIN)[0] == pytest.approx(math.log(2 * math.e + 1 + 1 / math.e) - 1, rel=1e-6)
    assert found(replace(PLAIN, hard_negatives=1))[0] == pytest.approx(math.log(2), rel=1e-6)
    e = math.e
    assert found(replace(PLAIN, temperature=0.5))[0] == pytest.approx(math.log(2 * e**2 + 1 + e**-2) - 2, rel=1e-6)
    assert found(replace(PLAIN, remove_accidental_hits=True))[0] == pytest.approx(math.log(2 * e + 1) - 1, rel=1e-6)


def test_each_option_changes_the_loss() -> None:
    """S0.2"""
    changes = (
        {"temperature": 0.5}, {"logq_correction": True}, {"remove_accidental_hits": True}, {"hard_negatives": 1},
        {"label_smoothing": 0.1},
    )  # fmt: skip
    for change in changes:
        assert abs(found(replace(PLAIN, **change)).mean() - found(PLAIN).mean()) > 1e-3, change


def test_more_hard_negatives_than_there_are_others_keep_them_all() -> None:
    np.testing.assert_allclose(found(replace(PLAIN, hard_negatives=9)), by_hand(PLAIN), rtol=1e-5)


def test_equal_scores_cost_as_much_as_guessing() -> None:
    """S11.4: at zero weights the retrieval loss is ln(B)."""
    nothing = tf.zeros([7, 3])
    assert in_batch_softmax(nothing, Candidates(nothing, tf.ones(7)), PLAIN).numpy() == pytest.approx(
        math.log(7), rel=1e-6
    )


def test_the_loss_is_the_same_when_compiled() -> None:
    for loss in COMBINATIONS[-4:]:
        compiled = tf.function(
            lambda loss=loss: in_batch_softmax(
                tf.constant(QUERIES),
                Candidates(tf.constant(CANDIDATES), tf.constant(ALL), tf.constant(LOG_Q), tf.constant(PRODUCTS)),
                loss,
            ),
            jit_compile=True,
            autograph=False,
        )
        np.testing.assert_allclose(compiled().numpy(), by_hand(loss), rtol=1e-5)


def test_log_q_is_the_share_of_train_rows_and_an_unseen_product_counts_once() -> None:
    train = np.array([b"a", b"b", b"a", b"a"])
    shares = log_shares(train, np.array([b"b", b"a", b"unseen"]))
    np.testing.assert_allclose(shares, np.log([0.25, 0.75, 0.25]), rtol=1e-6)


# ---------------------------------------------------------------------------------------------------------- ranking

TARGETS = np.array([0, 1, 1, 0], np.float32)
PREDICTED = np.array([0.5, -1, 3, 0], np.float32)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (RankingLoss("mse"), [0.25, 4, 4, 0]),
        (RankingLoss("huber", huber_delta=1.0), [0.125, 1.5, 1.5, 0]),
        (RankingLoss("huber", huber_delta=0.5), [0.125, 0.875, 0.875, 0]),
        (
            RankingLoss("binary_crossentropy", positive_class_weight="none"),
            [math.log1p(math.exp(0.5)), math.log1p(math.e), math.log1p(math.exp(-3)), math.log(2)],
        ),
        (
            RankingLoss("binary_crossentropy", positive_class_weight=2.5),
            [math.log1p(math.exp(0.5)), 2.5 * math.log1p(math.e), 2.5 * math.log1p(math.exp(-3)), math.log(2)],
        ),
    ],
    ids=["mse", "huber", "huber with a smaller delta", "bce", "bce with weighted positives"],
)
def test_ranking_losses_by_hand(loss: RankingLoss, expected: list[float]) -> None:
    """S4.10"""
    weight = positive_weight(loss, TARGETS)
    np.testing.assert_allclose(
        ranking_losses(loss, weight, tf.constant(TARGETS), tf.constant(PREDICTED)), expected, rtol=1e-5
    )


@pytest.mark.parametrize("targets", [[0, 1.5], [-0.5, 1]])
def test_cross_entropy_of_what_is_no_share_fails_before_training(targets: list[float]) -> None:
    """S4.10, S4.15: what validation cannot know, because clipping might have mended it."""
    with pytest.raises(RunFailed, match=r"\[QT:E_TARGET_RANGE\]"):
        prepare(RankingLoss("binary_crossentropy", positive_class_weight="none"), np.array(targets))
    prepare(RankingLoss("mse"), np.array(targets))


def test_balanced_is_negatives_over_positives_of_train() -> None:
    loss = RankingLoss("binary_crossentropy", positive_class_weight="balanced")
    assert positive_weight(loss, np.array([0, 0, 0, 1], np.float32)) == 3
    assert positive_weight(loss, np.array([0.5, 0.5, 0, 0], np.float32)) == 3


@pytest.mark.parametrize(
    "loss",
    [
        RankingLoss("mse"),
        RankingLoss("huber", huber_delta=0.7),
        RankingLoss("binary_crossentropy", positive_class_weight="none"),
        RankingLoss("binary_crossentropy", positive_class_weight=4.0),
    ],
    ids=lambda loss: f"{loss.name} {loss.positive_class_weight}",
)
def test_the_best_constant_cannot_be_beaten(loss: RankingLoss) -> None:
    """S4.11: variance; huber at the median, which is near its best constant; entropy of the mean."""
    targets = np.random.default_rng(3).random(501).astype(np.float32)
    if loss.name == "binary_crossentropy":
        targets = np.round(targets + 0.2)
        targets[targets > 1] = 1
    weight = positive_weight(loss, targets)
    constant = best_constant(loss, weight, targets)
    tried = [
        float(tf.reduce_mean(ranking_losses(loss, weight, tf.constant(targets), tf.fill([501], np.float32(value)))))
        for value in np.linspace(-3, 3, 601)
    ]
    assert constant == pytest.approx(min(tried), rel=1e-2)


def test_the_constants_of_a_multitask_loss_written_out() -> None:
    assert prepare(RankingLoss("mse"), TARGETS).constant == pytest.approx(0.25)
    assert prepare(RankingLoss("huber", huber_delta=1.0), np.array([0, 0, 3])).constant == pytest.approx(2.5 / 3)
    share = RankingLoss("binary_crossentropy", positive_class_weight="none")
    entropy = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert prepare(share, np.array([0, 0, 0, 1.0])).constant == pytest.approx(entropy)


def test_a_mean_over_rows_does_not_depend_on_how_batches_are_cut() -> None:
    """S11.4: without in-batch negatives."""
    random = np.random.default_rng(1)
    targets, predictions = (random.random(10).astype(np.float32) for _ in range(2))
    ranking = Ranking(RankingLoss("mse"), 1.0, 1.0)
    losses = ranking(tf.constant(targets), tf.constant(predictions)).numpy()
    for sizes in ([10], [4, 4, 2], [7, 3]):
        parts = np.split(losses, np.cumsum(sizes)[:-1])
        assert sum(part.mean() * len(part) for part in parts) / 10 == pytest.approx(losses.mean(), rel=1e-6)
