"""S4.14: parameters by hand; that Keras counts the same is tested where the model is built."""

from __future__ import annotations

import pytest

from shared.documents import FeatureConfig, ModelConfig
from shared.parameter_count import Part, estimated_vocabulary_sizes, layer_count, parameter_count
from tests.unit import samples

DENSE, NORM = {"type": "dense", "units": 8}, {"type": "batch_norm"}
LAYER_NORM, DROPOUT = {"type": "layer_norm"}, {"type": "dropout", "rate": 0.5}


def model(**changes) -> ModelConfig:
    return samples.model(**{"query_layers": [DENSE], "candidate_layers": [], "output_embedding_dim": 4, **changes})


def features(query: list[dict], candidate: list[dict] | None = None, **changes) -> FeatureConfig:
    product = {"kind": "category", "column": "product", "vocabulary": {"embedding_dim": 4, "oov_buckets": 2}}
    return samples.features(
        query_features=query, candidate_features=candidate or [product],
        **{"query_crosses": [], "candidate_crosses": [], **changes},
    )  # fmt: skip


def tables(query: list[dict], sizes: dict[str, int] | None = None, **changes) -> dict[str, int]:
    return dict(parameter_count(model(), features(query, **changes), {"c_product": 10, **(sizes or {})}).tables)


@pytest.mark.parametrize(
    ("layers", "part"),
    [
        ([], Part(dense=3 * 4 + 4)),
        ([DENSE], Part(dense=3 * 8 + 8 + 8 * 4 + 4)),
        ([DENSE, DROPOUT], Part(dense=3 * 8 + 8 + 8 * 4 + 4)),
        ([NORM], Part(dense=2 * 3 + 3 * 4 + 4, non_trainable=2 * 3)),
        ([DENSE, NORM], Part(dense=3 * 8 + 8 + 2 * 8 + 8 * 4 + 4, non_trainable=2 * 8)),
        ([LAYER_NORM, DENSE], Part(dense=2 * 3 + 3 * 8 + 8 + 8 * 4 + 4)),
    ],
)
def test_layers_of_a_tower(layers, part):
    assert layer_count(model(query_layers=layers), 3, 5).parts["query"] == part


def test_a_head_reads_both_outputs_and_puts_out_one_number():
    count = layer_count(model(model_type="ranking", rating_head_layers=[DENSE]), 3, 5)
    assert count.parts["head"] == Part(dense=(2 * 4) * 8 + 8 + 8 + 1)
    assert "head" not in layer_count(model(), 3, 5).parts


def test_shared_layers_are_counted_once():
    layers = [NORM, DENSE, NORM, DENSE]
    count = layer_count(model(query_layers=layers, candidate_layers=layers, share_tower_weights=True), 3, 5)
    assert count.parts["query"] == Part(dense=2 * 3 + 3 * 8 + 8, non_trainable=2 * 3)
    assert count.parts["candidate"] == Part(dense=2 * 5 + 5 * 8 + 8, non_trainable=2 * 5)
    assert count.parts["shared"] == Part(dense=2 * 8 + 8 * 8 + 8 + 8 * 4 + 4, non_trainable=2 * 8)
    alone = layer_count(model(query_layers=layers, candidate_layers=layers), 3, 5)
    assert alone.total - count.total == count.parts["shared"].total


def test_tables_have_the_rows_of_their_kind():
    """S3.4: rows of each kind of feature."""
    category = {"kind": "category", "column": "land"}
    assert (
        tables([{**category, "vocabulary": {"embedding_dim": 3, "oov_buckets": 5}}], {"q_land": 7})["q_land"] == 12 * 3
    )
    assert tables([{**category, "hashing": {"buckets": 50, "embedding_dim": 3}}])["q_land"] == 50 * 3
    number = {"kind": "number", "column": "price", "scale": {}}
    assert "q_price" not in tables([number])
    assert tables([{**number, "bucketize": {"embedding_dim": 3}}])["q_price_bucket"] == 21 * 3
    assert tables([{**number, "bucketize": {"embedding_dim": 3, "buckets": 9}}])["q_price_bucket"] == 10 * 3
    boundaries = {"embedding_dim": 3, "boundaries": [1.0, 2.0]}
    assert tables([{**number, "bucketize": boundaries}])["q_price_bucket"] == 4 * 3
    crosses = [{"features": ["price", "land"], "hash_buckets": 30, "embedding_dim": 3}]
    hashed = {**category, "hashing": {"buckets": 2, "embedding_dim": 2}}
    assert tables([hashed, number], query_crosses=crosses)["q_land_x_price"] == 30 * 3


def test_a_vocabulary_of_unknown_size_counts_with_the_most_it_may_hold():
    land = {"kind": "category", "column": "land", "vocabulary": {"embedding_dim": 2, "max_size": 100}}
    assert tables([land])["q_land"] == 101 * 2


def test_a_history_shares_its_partners_table_which_has_one_row_more():
    history = [{"kind": "history", "column": "recent", "shared_with": "product"}]
    known = tables([{"kind": "number", "column": "price", "scale": {}}])
    assert known["c_product"] == (10 + 2) * 4
    shared = tables([*history, {"kind": "history", "column": "older", "shared_with": "product"}])
    assert shared == {"c_product": (10 + 2 + 1) * 4}


def test_a_history_prefers_the_candidates_vocabulary():
    product = {"kind": "category", "column": "product", "vocabulary": {"embedding_dim": 4, "oov_buckets": 2}}
    history = {"kind": "history", "column": "recent", "shared_with": "product"}
    assert tables([product, history], {"q_product": 10}) == {"q_product": 12 * 4, "c_product": 13 * 4}


def test_totals_and_parts():
    land = {"kind": "category", "column": "land", "vocabulary": {"embedding_dim": 3}}
    count = parameter_count(model(query_layers=[NORM]), features([land]), {"q_land": 7, "c_product": 10})
    assert count.parts["query"] == Part(embeddings=8 * 3, dense=2 * 3 + 3 * 4 + 4, non_trainable=6)
    assert count.parts["candidate"] == Part(embeddings=12 * 4, dense=4 * 4 + 4)
    assert (count.embeddings, count.dense) == (24 + 48, 22 + 6 + 20)
    assert (count.trainable, count.non_trainable, count.total) == (24 + 48 + 22 + 20, 6, 24 + 48 + 22 + 20 + 6)
    assert count.to_dict()["parts"]["query"] == {
        "total": 24 + 22 + 6, "trainable": 24 + 22, "non_trainable": 6, "embeddings": 24,
    }  # fmt: skip


def test_vocabulary_sizes_are_estimated_from_distinct_values():
    query = [
        {"kind": "category", "column": "land", "vocabulary": {"embedding_dim": 2, "max_size": 100}},
        {"kind": "category", "column": "town", "name": "city", "vocabulary": {"embedding_dim": 2}},
        {"kind": "category", "column": "shop", "hashing": {"buckets": 5, "embedding_dim": 2}},
    ]
    sizes = estimated_vocabulary_sizes(features(query), {"land": 300, "product": 9}, train_rows=50)
    assert sizes == {"q_land": 100, "q_city": 50, "c_product": 9}
