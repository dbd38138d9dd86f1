"""The loss of the two towers against numbers computed by hand (S4.9)."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tensorflow as tf

from trainer_image.retrieval import in_batch_softmax
from trainer_image.sampling_bias import log_shares

QUERIES = np.array([[1, 0], [0, 1], [1, 1], [2, -1]], np.float32)
CANDIDATES = np.array([[1, 1], [0, 2], [-1, 0], [1, 0]], np.float32)
SCORES = np.array([[1, 0, -1, 1], [1, 2, 0, 0], [2, 2, -1, 1], [1, -2, -2, 2]], float)  # by hand: q . c
ALL = np.ones(4, np.float32)


def cross_entropy(scores: np.ndarray) -> float:
    return float(np.mean([math.log(np.exp(row).sum()) - row[index] for index, row in enumerate(scores)]))


def loss(log_q: np.ndarray | None = None, valid: np.ndarray = ALL, temperature: float = 1.0) -> float:
    corrected = None if log_q is None else tf.constant(log_q, tf.float32)
    return float(in_batch_softmax(tf.constant(QUERIES), tf.constant(CANDIDATES), corrected, valid, temperature))


def test_the_loss_is_the_mean_softmax_cross_entropy() -> None:
    assert loss() == pytest.approx(cross_entropy(SCORES), rel=1e-6)


def test_temperature_comes_before_log_q() -> None:
    log_q = np.log([0.4, 0.3, 0.2, 0.1])
    assert loss(log_q, temperature=0.5) == pytest.approx(cross_entropy(SCORES / 0.5 - log_q), rel=1e-6)


def test_padding_neither_counts_nor_competes() -> None:
    valid = np.array([1, 1, 1, 0], np.float32)
    assert loss(valid=valid) == pytest.approx(cross_entropy(SCORES[:3, :3]), rel=1e-6)


def test_equal_scores_cost_as_much_as_guessing() -> None:
    nothing = tf.zeros([7, 3])
    assert float(in_batch_softmax(nothing, nothing, None, tf.ones(7), 1.0)) == pytest.approx(math.log(7), rel=1e-6)


def test_log_q_is_the_share_of_train_rows_and_an_unseen_product_counts_once() -> None:
    train = np.array([b"a", b"b", b"a", b"a"])
    shares = log_shares(train, np.array([b"b", b"a", b"unseen"]))
    np.testing.assert_allclose(shares, np.log([0.25, 0.75, 0.25]), rtol=1e-6)
