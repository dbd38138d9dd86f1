"""The generated Trainer module (design section 6): whole outputs as golden files, and no option is decoration."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from shared.codegen import render_trainer
from shared.codegen.check import UnsafeCode, check
from shared.codegen.trainer import BLOCKS, shape
from shared.documents import (
    BatchNormLayer,
    CategoryFeature,
    DenseLayer,
    DropoutLayer,
    EarlyStopping,
    FeatureConfig,
    LayerNormLayer,
    LearningRateSchedule,
    ModelConfig,
    Part,
    Roles,
    Scann,
    Vocabulary,
)
from tests.unit import samples
from tests.unit.codegen_checks import HOSTILE, constants, golden, skeleton

FULL = FeatureConfig.model_validate(samples.FULL_FEATURE_CONFIG)
ROLES = Roles.model_validate(samples.FULL_DATASET["roles"])
RETRIEVAL = samples.MODEL_CONFIG
# Not in the module: words, and what the run is given as parameters.
ELSEWHERE = {
    "schema_version",
    "owner",
    "created_at",
    "updated_at",
    "name",
    "description",
    "learning_rate",
    "batch_size",
}
# Each field with another value than its sample's, and the sample that has it.
CHANGES: dict[str, tuple[dict[str, Any], Any]] = {
    "model_type": (samples.MULTITASK_MODEL_CONFIG, "retrieval"),
    "query_layers": (RETRIEVAL, [{"type": "dense", "units": 7}]),
    "candidate_layers": (RETRIEVAL, []),
    "output_embedding_dim": (RETRIEVAL, 16),
    "share_tower_weights": (samples.MULTITASK_MODEL_CONFIG, False),
    "rating_head_layers": (samples.RANKING_MODEL_CONFIG, []),
    "optimizer": (RETRIEVAL, "ftrl"),
    "weight_decay": (samples.MULTITASK_MODEL_CONFIG, 0.0),
    "momentum": (samples.RANKING_MODEL_CONFIG, 0.0),
    "lr_schedule": (RETRIEVAL, {"kind": "cosine"}),
    "clipnorm": (RETRIEVAL, None),
    "normalise_embeddings": (RETRIEVAL, True),
    "temperature": (RETRIEVAL, 0.5),
    "logq_correction": (RETRIEVAL, False),
    "remove_accidental_hits": (RETRIEVAL, True),
    "hard_negatives": (RETRIEVAL, 5),
    "label_smoothing": (RETRIEVAL, 0.1),
    "ranking_loss": (samples.RANKING_MODEL_CONFIG, "mse"),
    "huber_delta": (samples.MULTITASK_MODEL_CONFIG, 0.5),
    "positive_class_weight": (samples.RANKING_MODEL_CONFIG, "balanced"),
    "retrieval_weight": (samples.MULTITASK_MODEL_CONFIG, 0.25),
    "ranking_weight": (samples.MULTITASK_MODEL_CONFIG, 0.25),
    "retrieval_algorithm": (RETRIEVAL, "scann"),
    "scann": (samples.MULTITASK_MODEL_CONFIG, {}),
    "top_k": (RETRIEVAL, 10),
    "early_stopping": (RETRIEVAL, {"enabled": False}),
}
NESTED: list[tuple[type[Part], dict[str, Any], str, dict[str, Any]]] = [
    (DenseLayer, {"type": "dense", "units": 8}, "query_layers",
     {"units": 9, "activation": "selu", "l1": 0.01, "l2": 0.01}),
    (DropoutLayer, {"type": "dropout", "rate": 0.1}, "query_layers", {"rate": 0.3}),
    (BatchNormLayer, {"type": "batch_norm"}, "candidate_layers", {"momentum": 0.9}),
    (LayerNormLayer, {"type": "layer_norm"}, "query_layers", {"epsilon": 1e-3}),
    (LearningRateSchedule, {}, "lr_schedule", {"kind": "cosine", "warmup_fraction": 0.1}),
    (EarlyStopping, {}, "early_stopping",
     {"enabled": False, "metric": "ndcg_at_10", "every_epochs": 2, "patience": 1, "min_delta": 0.1,
      "restore_best": False}),
    (Scann, {}, "scann",
     {"num_leaves": 5, "num_leaves_to_search": 2, "num_reordering_candidates": 7, "dimensions_per_block": 3}),
]  # fmt: skip


def rendered(model: dict[str, Any], features: FeatureConfig = FULL) -> str:
    return render_trainer(features, ModelConfig.model_validate(model), ROLES)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("trainer_module", RETRIEVAL),
        ("trainer_module_ranking", samples.RANKING_MODEL_CONFIG),
        ("trainer_module_multitask", samples.MULTITASK_MODEL_CONFIG),
    ],
)
def test_the_module_of_each_model_type_is_the_golden_one(name: str, model: dict[str, Any]) -> None:
    source = rendered(model)
    assert source == golden(f"{name}.py", source)


def test_the_smallest_config_makes_a_module_without_empty_parts() -> None:
    product = CategoryFeature(
        kind="category", column="product", is_primary_id=True, vocabulary=Vocabulary(embedding_dim=8)
    )
    country = CategoryFeature(kind="category", column="land", vocabulary=Vocabulary(embedding_dim=4))
    changes = {
        "query_features": [country],
        "candidate_features": [product],
        "query_crosses": [],
        "candidate_crosses": [],
    }
    smallest = FULL.model_copy(update={**changes, "query_id": "none", "target": None})
    source = rendered({**RETRIEVAL, "query_layers": [], "candidate_layers": [], "clipnorm": None}, smallest)
    assert source == golden("trainer_module_smallest.py", source)


def test_every_field_of_a_model_config_has_a_change_here() -> None:
    assert set(CHANGES) == set(ModelConfig.model_fields) - ELSEWHERE
    for part, *_, changes in NESTED:
        assert set(changes) == set(part.model_fields) - {"type"}, part


@pytest.mark.parametrize("field", CHANGES)
def test_changing_one_field_changes_the_module(field: str) -> None:
    """S0.2"""
    sample, value = CHANGES[field]
    left_out = [name for name in sample if name in ("weight_decay", "momentum")] if field == "optimizer" else []
    before = {name: other for name, other in sample.items() if name not in left_out}
    assert rendered({**before, field: value}) != rendered(before)


@pytest.mark.parametrize(
    ("part", "sample", "field", "changes"), NESTED, ids=lambda value: getattr(value, "__name__", "")
)
def test_changing_one_field_of_a_part_changes_the_module(
    part: type[Part], sample: dict[str, Any], field: str, changes: dict[str, Any]
) -> None:
    """S0.2"""
    wrap = (lambda value: [value]) if field.endswith("_layers") else (lambda value: value)
    base = {**RETRIEVAL, "retrieval_algorithm": "scann"} if part is Scann else RETRIEVAL
    before = rendered({**base, field: wrap(sample)})
    for name, value in changes.items():
        assert rendered({**base, field: wrap({**sample, name: value})}) != before, name


@pytest.mark.parametrize(("model_type", "metric"), [("retrieval", "recall_at_10"), ("ranking", "rmse")])
def test_the_metric_that_ends_training_follows_from_the_model_type(model_type: str, metric: str) -> None:
    """S4.13"""
    source = render_trainer(FULL, ModelConfig.model_validate({**BARE, "model_type": model_type}), ROLES)
    assert f"metric='{metric}'" in source


BARE = {name: RETRIEVAL[name] for name in ("owner", "created_at", "updated_at", "name")}


def test_a_history_reads_the_table_of_its_partner_in_the_other_tower() -> None:
    """S3.9"""
    assert "History('q_recent', shared_with='c_product', max_length=10)" in rendered(RETRIEVAL)


def test_a_request_holds_the_columns_of_the_query_tower_and_a_rating_those_of_both() -> None:
    source = rendered(samples.MULTITASK_MODEL_CONFIG)
    assert "request=Request(columns=['bought_at', 'customer', 'land', 'recent'], lists=['recent'])" in source
    assert "'brand', 'category', 'customer', 'land', 'price', 'product', 'recent'], lists=['recent'])" in source
    assert "rating_request=None" in rendered(RETRIEVAL)
    assert "request=None" in rendered(samples.RANKING_MODEL_CONFIG)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_is_a_constant_and_the_tree_stays_the_same(text: str) -> None:
    """Documents refuse such names; the generator does not rely on it."""
    source = render_trainer(hostile_config(text), ModelConfig.model_validate(RETRIEVAL), hostile_roles(text))
    harmless = render_trainer(hostile_config("brand"), ModelConfig.model_validate(RETRIEVAL), hostile_roles("brand"))
    assert skeleton(source) == skeleton(harmless)
    assert {f"q_{text}", text} <= {value for value in constants(source) if isinstance(value, str)}


@pytest.mark.parametrize("value", [1e-9, 0.1, 2**40, True, None])
def test_numbers_arrive_exactly(value: float) -> None:
    model = ModelConfig.model_validate(RETRIEVAL).model_copy(update={"temperature": value})
    assert value in constants(render_trainer(FULL, model, ROLES))


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "from os import path",
        "from trainer_image import transforms, training",
        "from trainer_image.spec import Tower",
        "open('x')",
        "training.write_text('x', 'y')",
        "Dense = 1; Dense.__class__",
        "MODEL = [x for x in QUERY]",
        "MODEL = lambda: QUERY",
        "while True: pass",
        "evil = QUERY",
        "Dense(evil=1)",
        "Dense(**QUERY)",
        "class run_fn: pass",
        "f'{QUERY}'",
        "not python",
    ],
)
def test_what_the_template_does_not_print_is_refused(line: str) -> None:
    with pytest.raises(UnsafeCode):
        check(line, shape(BLOCKS))


def test_a_module_imports_what_it_uses_and_nothing_else() -> None:
    for model in (RETRIEVAL, samples.RANKING_MODEL_CONFIG, samples.MULTITASK_MODEL_CONFIG):
        tree = ast.parse(rendered(model))
        imported = {name.name for node in tree.body if isinstance(node, ast.ImportFrom) for name in node.names}
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert imported <= used


def hostile_config(text: str) -> FeatureConfig:
    """A config that a document could not hold: pydantic checks nothing in `model_construct` and `model_copy`."""
    feature = CategoryFeature.model_construct(
        kind="category",
        column=text,
        name=None,
        is_primary_id=False,
        vocabulary=Vocabulary(embedding_dim=8),
        hashing=None,
    )
    return FULL.model_copy(update={"query_features": [*FULL.query_features, feature]})


def hostile_roles(text: str) -> Roles:
    return ROLES.model_copy(update={"customer_id": text})
