"""A whole run, and what its exported model answers: the very lists and ratings that the results are about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from shared.results import Results
from tests.tfx.shop import CANDIDATE, DTYPES, MULTITASK, Shop, instance, parameters, train, transformed

QUERY = ("customer_id", "country", "bought_at", "recent")
KINDS = {tf.string: "bytes_list", tf.int64: "int64_list", tf.float32: "float_list"}
Row = Mapping[str, Any]


@pytest.fixture(scope="module")
def ran(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Any]:
    """Results and exported model of a multitask run whose lists leave out what was bought."""
    folder = tmp_path_factory.mktemp("ran")
    protocol = {**parameters(folder)["protocol"], "exclude_purchased": True}
    done = train(shop, folder, MULTITASK, epochs=2, protocol=protocol)
    return done.results, tf.saved_model.load(str(folder / "serving"))


def examples(rows: list[Row], columns: tuple[str, ...]) -> tf.Tensor:
    found = []
    for row in rows:
        example = tf.train.Example()
        for name, values in instance({name: row[name] for name in columns}).items():
            written = [value.encode() if isinstance(value, str) else value for value in values]
            getattr(example.features.feature[name], KINDS[DTYPES[name]]).value.extend(written)
        found.append(example.SerializeToString())
    return tf.constant(found)


def test_served_lists_reach_the_measured_recall(shop: Shop, ran: tuple[Results, Any]) -> None:
    """S6.7, S5.1, S3.9: asked with each test customer's first row, histories included, without what they bought."""
    results, model = ran
    firsts: dict[str, Row] = {}
    for row in sorted(shop.rows["test"], key=lambda row: (row["bought_at"], row["order_id"], row["product_id"])):
        firsts.setdefault(row["customer_id"], row)
    answer = model.signatures["serving_default"](examples=examples(list(firsts.values()), QUERY))["product_ids"].numpy()
    hits, recalls = [], []
    for customer, products in zip(firsts, answer, strict=True):
        bought, before = (
            {row["product_id"].encode() for row in shop.rows[split] if row["customer_id"] == customer}
            for split in ("test", "train")
        )
        assert before.isdisjoint(products)
        hits.append(bought & set(products[:10].tolist()))
        recalls.append(len(hits[-1]) / len(bought))
    measured = results.metrics["all"]
    assert any(hits)
    assert np.mean(recalls) == pytest.approx(measured["recall_at_10"].value, rel=1e-6)
    assert np.mean([bool(found) for found in hits]) == pytest.approx(measured["hit_rate_at_10"].value, rel=1e-6)


def test_served_ratings_have_the_measured_error(shop: Shop, ran: tuple[Results, Any]) -> None:
    """S6.10, S3.11: in units of the raw target, against the raw target."""
    results, model = ran
    rows = shop.rows["test"]
    served = model.signatures["rating"](examples=examples(rows, (*QUERY, *CANDIDATE)))["rating"].numpy()
    error = served - np.array([row["quantity"] for row in rows])
    assert np.sqrt(np.mean(error**2)) == pytest.approx(results.metrics["all"]["rmse"].value, rel=1e-5)
    assert np.mean(np.abs(error)) == pytest.approx(results.metrics["all"]["mae"].value, rel=1e-5)


def test_warm_figures_are_about_customers_and_products_of_train(shop: Shop, ran: tuple[Results, Any]) -> None:
    """S2.18"""
    known = {name: {row[name] for row in shop.rows["train"]} for name in ("customer_id", "product_id")}
    warm = [row for row in shop.rows["test"] if all(row[name] in known[name] for name in known)]
    assert len(warm) < len(shop.rows["test"])
    measured = ran[0].metrics["warm"]
    assert measured["recall_at_10"].n == len({row["customer_id"] for row in warm})
    assert measured["row_recall_at_10"].n == len(warm)


def test_strangers_are_embedded_as_the_average_customer(shop: Shop, ran: tuple[Results, Any]) -> None:
    """S3.10: before evaluation and export."""
    (table,) = [variable.numpy() for variable in ran[1].model_variables if "q_customer_id_table" in variable.name]
    rows = transformed(shop, "train")["q_customer_id"]
    assert rows.max() < len(table) - 1  # the row of strangers is touched by none
    np.testing.assert_allclose(table[-1], table[rows].mean(axis=0), rtol=1e-4, atol=1e-7)


def test_the_rows_that_were_read_are_told(shop: Shop, ran: tuple[Results, Any]) -> None:
    """S1.29: what Collect compares with what the pre-flight counted."""
    found = ran[0].fingerprints
    for split in ("train", "eval", "test"):
        seconds = [row["bought_at"] for row in shop.rows[split]]
        assert (found[split]["rows"], found[split]["min_time"]) == (len(seconds), min(seconds))
    assert found["catalogue"].keys() == {"rows", "checksum"}
    assert len({of["checksum"] for of in found.values()}) == 4
