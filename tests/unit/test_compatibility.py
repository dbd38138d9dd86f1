"""S4.15: which feature configs go with which models."""

from __future__ import annotations

import pytest

from shared.analysis.figures import ColumnStatistics
from shared.documents import FeatureConfig, ModelConfig
from shared.parsing import parse
from shared.validation import compatible, uses_target
from tests.unit import samples
from tests.unit.test_validation_model import model

TARGET = {"column": "price"}


def features(**changes) -> FeatureConfig:
    return samples.features(**changes)


def told(features: FeatureConfig, model: ModelConfig, statistics=None) -> list[tuple[str, str, str]]:
    return [(problem.code, problem.path, problem.severity) for problem in compatible(features, model, statistics)]


NEEDED = ("E_TARGET_NEEDED", "feature_config.target", "error")
UNUSED = ("W_TARGET_UNUSED", "feature_config.target", "warning")


@pytest.mark.parametrize(
    ("model_type", "target", "expected"),
    [
        ("retrieval", None, []), ("retrieval", TARGET, [UNUSED]),
        ("ranking", None, [NEEDED]), ("ranking", TARGET, []),
        ("multitask", None, [NEEDED]), ("multitask", TARGET, []),
    ],
)  # fmt: skip
def test_the_table(model_type, target, expected):
    assert told(features(target=target), model(model_type=model_type)) == expected
    assert uses_target(model(model_type=model_type)) == (model_type != "retrieval")


@pytest.mark.parametrize(
    ("target", "target_range", "fits"),
    [
        ({"normalise": "minmax"}, (0.0, 900.0), True),
        ({"normalise": "zscore"}, (0.0, 1.0), False),
        ({"normalise": "none"}, (0.0, 1.0), True),
        ({"normalise": "none"}, (0.0, 1.5), False),
        ({"normalise": "none"}, (-0.1, 1.0), False),
        ({"normalise": "none", "log": True}, (-0.1, 1.5), True),  # ln(2.5) < 1
        ({"normalise": "none", "log": True}, (0, 2), False),
        ({"normalise": "none"}, None, True),  # found out in training
        ({"normalise": "none", "clip_percentiles": [0.0, 90.0]}, (0.0, 5.0), True),  # likewise
    ],
)
def test_binary_cross_entropy_needs_a_target_from_zero_to_one(target, target_range, fits):
    binary = model(model_type="ranking", ranking_loss="binary_crossentropy")
    config = features(target={**TARGET, **target})
    expected = [] if fits else [("E_TARGET_RANGE", "feature_config.target.normalise", "error")]
    least, greatest = target_range or (None, None)
    column = config.target.column
    statistics = {column: ColumnStatistics(column, "FLOAT64", 9, 0, 5, min=least, max=greatest)}
    assert told(config, binary, statistics) == expected
    assert told(config, model(model_type="ranking"), statistics) == []


def test_a_query_tower_without_id_needs_something_else():
    """S3.3."""
    customer = {**samples.FEATURE_CONFIG["query_features"][0]}
    other = {"kind": "category", "column": "country", "vocabulary": {"embedding_dim": 8}}
    only_id = features(query_id="none", query_features=[customer], query_crosses=[])
    assert told(only_id, model()) == [("E_QUERY_EMPTY", "feature_config.query_features", "error")]
    assert told(features(query_id="none", query_features=[other], query_crosses=[]), model()) == []
    assert told(features(query_id="primary", query_features=[customer], query_crosses=[]), model()) == []


@pytest.mark.parametrize(
    ("written", "code", "path"),
    [
        ({"share_tower_weights": True, "query_layers": []}, "E_SHARED_LAYERS", "share_tower_weights"),
        ({"hard_negatives": 64, "batch_size": 64}, "E_HARD_NEGATIVES", "hard_negatives"),
        ({"model_type": "ranking", "retrieval_algorithm": "scann"}, "E_UNKNOWN_FIELD", "retrieval_algorithm"),
        ({"ranking_loss": "mse"}, "E_UNKNOWN_FIELD", "ranking_loss"),
    ],
)
def test_what_contradicts_itself_in_the_model_fits_no_feature_config(written, code, path):
    target = TARGET if written.get("model_type") == "ranking" else None
    assert told(features(target=target), model(**written)) == [(code, f"model_config.{path}", "error")]


def test_the_full_samples_fit():
    full = parse("feature_configs", "everything", samples.FULL_FEATURE_CONFIG)
    assert told(full, parse("model_configs", "both", samples.MULTITASK_MODEL_CONFIG)) == []
    assert told(full, parse("model_configs", "ranking", samples.RANKING_MODEL_CONFIG)) == []
