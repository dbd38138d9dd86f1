"""What a run is grouped and explained by (domain S7.2, S7.12, S7.18)."""

from __future__ import annotations

from typing import Any

import pytest

from shared.hashing import canonical_json
from shared.insights.grouping import counted, grouping_of
from tests.unit import samples

PARAMETERS = {
    "epochs": 20, "batch_size": 1024, "learning_rate": 0.001, "early_stopping": True, "sample_percent": 100,
    "seed": 17, "split_seed": 17, "split": {"kind": "random"}, "exclude_purchased": False, "max_workers": 10,
    "reuse_cache": True, "region": "europe-west4", "tier": "small", "data_processing": "in_process",
    "data_version": "abc-g0",
}  # fmt: skip


def grouping(
    dataset: dict[str, Any] | None = None,
    features: dict[str, Any] | None = None,
    model: dict[str, Any] | None = None,
    experiment: dict[str, Any] | None = None,
    **parameters: Any,
) -> dict[str, Any]:
    return grouping_of(
        samples.dataset(**(dataset or {})),
        samples.features(**(features or {})),
        samples.model(**(model or {})),
        samples.experiment(**(experiment or {})),
        PARAMETERS | parameters,
        20_000,
    )


def test_every_leaf_has_a_name_and_a_plain_value():
    leaves = grouping()["parameters"]
    assert leaves["learning_rate"] == 0.001
    assert leaves["query.layers"] == "64→32"
    assert leaves["activation"] == "gelu, relu"
    assert leaves["query.customer"] == 16
    assert leaves["query.customer × price"] == 8
    assert leaves["query.width"] == sum(v for name, v in leaves.items() if name.startswith("query.") and
                                        name not in ("query.width", "query.layers"))  # fmt: skip
    assert all(isinstance(value, (str, int, float, bool)) for value in leaves.values())
    canonical_json(leaves)


@pytest.mark.parametrize(
    "changed",
    [
        {"model": {"optimizer": "adamw"}}, {"model": {"temperature": 0.5}}, {"model": {"logq_correction": False}},
        {"model": {"clipnorm": None}}, {"model": {"normalise_embeddings": True}}, {"model": {"hard_negatives": 5}},
        {"model": {"label_smoothing": 0.1}}, {"model": {"remove_accidental_hits": True}},
        {"model": {"share_tower_weights": True}}, {"model": {"output_embedding_dim": 16}},
        {"model": {"query_layers": [{"type": "dense", "units": 64, "l2": 0.001}, {"type": "dropout", "rate": 0.2}]}},
        {"model": {"lr_schedule": {"kind": "cosine"}}}, {"model": {"early_stopping": {"enabled": False}}},
        {"features": {"query_crosses": []}}, {"dataset": {"filters": {}}}, {"epochs": 5}, {"batch_size": 256},
        {"learning_rate": 0.01},
    ],
    ids=str,
)  # fmt: skip
def test_what_may_explain_a_result_is_a_leaf(changed: dict[str, Any]):
    before, after = grouping(), grouping(**changed)
    assert after["parameters"] != before["parameters"]
    assert after["repeat"] != before["repeat"]


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 3}, {"region": "us-central1"}, {"tier": "large"}, {"data_version": "abc-g1"}, {"max_workers": 3},
        {"experiment": {"name": "Again"}}, {"model": {"name": "Other"}}, {"dataset": {"description": "?"}},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_other_configuration_repeats_it(changed: dict[str, Any]):
    assert grouping(**changed) == grouping()


@pytest.mark.parametrize("changed", [{"sample_percent": 10}, {"split_seed": 4}, {"exclude_purchased": True}], ids=str)
def test_what_is_measured_otherwise_is_no_repetition(changed: dict[str, Any]):
    assert grouping(**changed)["repeat"] != grouping()["repeat"]


def test_complexity_is_told_in_words():
    assert grouping()["complexity"] == {"dataset": "simple", "features": "simple", "model": "medium"}


def test_a_ranking_model_has_a_head_and_no_retrieval_options():
    leaves = grouping(
        model={"model_type": "ranking", "ranking_loss": "huber"}, features={"target": {"column": "price"}}
    )["parameters"]
    assert leaves["head.layers"] == "32→1"
    assert leaves["ranking_loss"] == "huber"
    assert "temperature" not in leaves


def test_the_model_counts_as_it_was_trained():
    """Two runs of one model are equal in charts, however rough the estimate of the first one was."""
    estimated = {"parameters": {"parameters": 656_384, "epochs": 3}, "repeat": "a"}
    trained = counted(estimated, {"training": {"parameters": {"total": 72_416}}})
    assert trained == {"parameters": {"parameters": 72_416, "epochs": 3}, "repeat": "a"}
    assert counted(estimated, {"a": 1}) is estimated
    assert counted(None, {"training": {"parameters": {"total": 1}}}) is None
