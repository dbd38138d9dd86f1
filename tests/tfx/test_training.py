"""The generated Trainer module on the small shop: what it writes, what it exports, how it fails."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from shared.metrics import METRICS, RECALL_AT
from shared.results import EvalFigures
from tests.tfx.shop import EPOCHS, MODEL, Shop, Trained, train, transformed
from trainer_image import serving
from trainer_image.best import BestWeights
from trainer_image.epochs import EpochEvaluation
from trainer_image.errors import RunFailed
from trainer_image.inputs import read_columns, training_batches
from trainer_image.unseen import averaged


def test_every_epoch_is_recorded(trained: Trained) -> None:
    assert [record.epoch for record in trained.epochs] == list(range(EPOCHS))
    assert {record.epochs for record in trained.epochs} == {EPOCHS}
    losses = [record.train.loss for record in trained.epochs]
    assert losses[-1] < losses[0]
    assert trained.epochs[0].learning_rate == pytest.approx(0.02)
    assert all(0 < record.eval.recall_at_5 <= record.eval.recall_at_10 <= 1 for record in trained.epochs)
    assert trained.results.training.best_epoch == np.argmax([record.eval.recall_at_10 for record in trained.epochs])


def test_the_results_count_every_row(trained: Trained, shop: Shop) -> None:
    counts = trained.results.counts
    assert counts.rows.model_dump() == {split: len(rows) for split, rows in shop.rows.items()}
    assert counts.customers.test == len({row["customer_id"] for row in shop.rows["test"]})
    known = {row["product_id"] for row in shop.rows["catalogue"]}
    assert counts.misses == sum(row["product_id"] not in known for row in shop.rows["test"]) > 0
    assert trained.results.training.steps == EPOCHS * math.ceil(len(shop.rows["train"]) / 64)
    assert set(trained.results.metrics) == {"all", "warm", "in_sample"}
    assert set(trained.results.metrics["all"]) == set(METRICS)
    assert set(trained.results.baselines) == {"popularity", "personal_frequency"}


def test_the_model_learns_the_assortments(trained: Trained) -> None:
    """Three assortments: popularity can know a third of what a customer buys, the towers nearly all of it."""
    recall = trained.results.metrics["warm"]["recall_at_10"].value
    popularity = trained.results.baselines["popularity"].metrics["warm"]["recall_at_10"].value
    assert recall > popularity + 0.2


def test_the_parameters_are_counted(trained: Trained, shop: Shop) -> None:
    """Embeddings rows x width, dense in x units + units, output in x 8 + 8."""
    customers = len({row["customer_id"] for row in shop.rows["train"]}) + 1
    query_width = 16 + 4 + 4 + 4
    query = customers * 16 + (2 + 3) * 4 + 50 * 4 + (query_width * 16 + 16) + (16 * 8 + 8)
    products = len(shop.rows["catalogue"]) + 1
    candidate_width = 16 + 4 + 2 + 1 + 1 + 4
    candidate = products * 16 + (5 + 1) * 4 + (3 + 1) * 2 + 100 * 4 + (candidate_width * 8 + 8)
    parameters = trained.results.training.parameters
    assert (parameters.query, parameters.candidate) == (query, candidate)
    assert parameters.total == parameters.trainable == query + candidate


def test_the_same_seeds_give_the_same_figures(trained: Trained, shop: Shop, tmp_path: Path) -> None:
    again = train(shop, tmp_path)
    assert again.results.metrics == trained.results.metrics
    assert [record.train.loss for record in again.epochs] == [record.train.loss for record in trained.epochs]


def test_the_weights_of_the_best_epoch_are_evaluated_and_served(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four epochs whose recall peaks in the second give what two epochs give."""
    short, long = tmp_path / "short", tmp_path / "long"
    for folder in (short, long):
        folder.mkdir()
    recalls_are([0.1, 0.9], monkeypatch)
    expected = train(shop, short, epochs=2)
    recalls_are([0.1, 0.9, 0.9, 0.2], monkeypatch)
    found = train(shop, long, epochs=4)
    assert found.results.metrics == expected.results.metrics
    assert found.results.training.best_epoch == expected.results.training.best_epoch == 1
    assert (found.results.training.epochs_run, found.results.training.stop_reason) == (4, "epochs")
    examples = tf.constant([example(row) for row in shop.rows["test"][:5]])
    models = [tf.saved_model.load(str(folder / "serving")) for folder in (short, long)]
    np.testing.assert_array_equal(
        *[model.signatures["serving_default"](examples=examples)["scores"] for model in models]
    )


def recalls_are(recalls: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the epochs of the next run report these figures, in this order."""
    figures = iter(
        [EvalFigures(loss=1, recall_at_5=0, recall_at_10=at_10, recall_at_50=1, recall_at_100=1) for at_10 in recalls]
    )
    monkeypatch.setattr(EpochEvaluation, "__call__", lambda _: next(figures))


@pytest.mark.parametrize(
    ("recalls", "best"),
    [([0.1, 0.3, 0.2], 1), ([0.2, 0.3, 0.3], 1), ([0.0, 0.0], 0), ([math.nan, math.nan], 1)],
    ids=["peak", "the earlier of equal ones", "nothing found", "no recall: the last"],
)
def test_the_best_epoch_has_the_best_recall(recalls: list[float], best: int) -> None:
    tower = tf.keras.Sequential([tf.keras.layers.Dense(1, use_bias=False)])
    tower.build([None, 1])
    weights = BestWeights([tower])
    for epoch, recall in enumerate(recalls):
        tower.set_weights([np.array([[epoch]])])
        weights.after(epoch, recall)
    weights.restore()
    assert weights.epoch == best
    assert tower.get_weights()[0].item() == best


@pytest.fixture(scope="module")
def served(trained: Trained) -> dict[str, tf.types.experimental.ConcreteFunction]:
    model = tf.saved_model.load(str(trained.folder / "serving"))
    signatures = dict(model.signatures)
    signatures["keep"] = model  # the functions hold their variables weakly
    return signatures


def test_raw_features_go_in_and_products_with_scores_come_out(served: dict, shop: Shop) -> None:
    row = shop.rows["test"][0]
    request = {
        "customer_id": tf.constant([row["customer_id"], "nobody"]),
        "country": tf.constant([row["country"], ""]),
        "bought_at": tf.constant([row["bought_at"], 0], tf.int64),
    }
    answer = served["raw"](**request)
    catalogue = {product["product_id"].encode() for product in shop.rows["catalogue"]}
    assert answer["product_ids"].shape == (2, len(catalogue))  # top_k is 100, the catalogue is smaller
    for products in answer["product_ids"].numpy():
        assert set(products) == catalogue
    assert (np.diff(answer["scores"].numpy(), axis=1) <= 0).all()


def test_both_signatures_agree_and_serve_what_was_measured(served: dict, shop: Shop, trained: Trained) -> None:
    """The recall of the served lists, asked customer by customer, is the recall of the results."""
    rows = shop.rows["test"]
    first = {row["customer_id"]: row for row in reversed(rows)}
    request = {name: tf.constant([row[name] for row in first.values()]) for name in ("customer_id", "country")}
    request["bought_at"] = tf.constant([row["bought_at"] for row in first.values()], tf.int64)
    lists = served["raw"](**request)["product_ids"].numpy()
    examples = [example(row) for row in first.values()]
    np.testing.assert_array_equal(served["serving_default"](examples=tf.constant(examples))["product_ids"], lists)
    for k in RECALL_AT:
        recalls = []
        for customer, listed in zip(first, lists, strict=True):
            bought = {row["product_id"].encode() for row in rows if row["customer_id"] == customer}
            recalls.append(len(bought & set(listed[:k].tolist())) / len(bought))
        assert trained.results.metrics["all"][f"recall_at_{k}"].value == pytest.approx(np.mean(recalls))


def test_a_zero_is_a_value_and_an_empty_text_is_none() -> None:
    assert serving._sparse(tf.constant([0, 5], tf.int64)).values.numpy().tolist() == [0, 5]
    assert serving._sparse(tf.constant(["", "a"])).indices.numpy().tolist() == [[1, 0]]
    assert serving._sparse(tf.constant([math.nan, 0.0])).values.numpy().tolist() == [0.0]


def test_an_export_that_names_unknown_products_fails() -> None:
    answer = {"product_ids": tf.constant([[b"a", b"x"]]), "scores": tf.constant([[1.0, 0.5]])}
    serving._check_answer(answer, {b"a", b"x"})
    with pytest.raises(RunFailed, match=r"\[QT:E_EXPORT\]"):
        serving._check_answer(answer, {b"a"})
    with pytest.raises(RunFailed, match=r"\[QT:E_EXPORT\]"):
        serving._check_answer({**answer, "scores": tf.constant([[math.nan, 0.5]])}, {b"a", b"x"})


def test_divergence_stops_the_run_and_says_where(shop: Shop, tmp_path: Path) -> None:
    unclipped = MODEL.model_copy(update={"clipnorm": None, "temperature": 1e-38})
    with pytest.raises(RunFailed, match=r"\[QT:E_DIVERGED\] Training diverged in epoch \d, step \d+") as failure:
        train(shop, tmp_path, unclipped, learning_rate=1.0)
    assert "learning rate of 0.1 (it is 1)" in str(failure.value)
    assert not (tmp_path / "results/results.json").exists()


def test_an_empty_split_is_explained(tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match=r"\[QT:E_EMPTY_SPLIT\] Split-test has no examples"):
        read_columns(str(tmp_path / "Split-test"), {})


def test_batches_hold_each_row_once_and_have_one_shape(shop: Shop) -> None:
    columns = {"row": np.arange(150)}
    batches = list(training_batches(columns, 64, seed=1))
    assert [int(batch["valid"].numpy().sum()) for batch in batches] == [64, 64, 22]
    assert {batch["row"].shape[0] for batch in batches} == {64}
    seen = np.concatenate([batch["row"].numpy()[batch["valid"].numpy() == 1] for batch in batches])
    assert sorted(seen) == list(range(150))
    assert seen.tolist() != list(range(150))


def test_untouched_out_of_vocabulary_rows_become_the_weighted_mean() -> None:
    weights = np.array([[1.0, 0.0], [0.0, 1.0], [9.0, 9.0], [7.0, 7.0]], np.float32)
    filled = averaged(weights, np.array([0, 0, 0, 1]), vocabulary_size=2)
    np.testing.assert_allclose(filled, [[1, 0], [0, 1], [0.75, 0.25], [0.75, 0.25]])
    touched = averaged(weights, np.array([0, 2]), vocabulary_size=2)
    np.testing.assert_allclose(touched, [[1, 0], [0, 1], [9, 9], [5, 4.5]])


def test_ids_are_compact(shop: Shop) -> None:
    assert transformed(shop, "train")["id_customer"].dtype == np.dtype("S3")


def example(row: dict) -> bytes:
    text = lambda value: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value.encode()]))  # noqa: E731
    feature = {
        "customer_id": text(row["customer_id"]),
        "country": text(row["country"]),
        "bought_at": tf.train.Feature(int64_list=tf.train.Int64List(value=[row["bought_at"]])),
    }
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()
