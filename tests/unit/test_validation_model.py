"""Rules of model configs and experiments, and advice (S4.1, S4.4, S4.6 to S4.8, S4.12, S4.13, S4.16, S5.1)."""

from __future__ import annotations

from typing import Any

import pytest

from shared.advice import learning_rate, learning_rate_risk, regularisation, structures
from shared.documents import DEFAULT_LEARNING_RATE, ModelConfig, Scann
from shared.parsing import parse
from shared.scann import resolved
from shared.validation import validate_experiment, validate_model
from shared.validation.model import batch_problems, scann_problems
from tests.unit import samples

NEEDED = {name: samples.MODEL_CONFIG[name] for name in ("name", "owner", "created_at", "updated_at")}
DENSE = {"type": "dense", "units": 16}


def model(**written: Any) -> ModelConfig:
    """A model config in which only `written` is written."""
    return parse("model_configs", "minimal", {**NEEDED, **written})


def codes(model: ModelConfig) -> list[tuple[str, str]]:
    return [(problem.code, problem.path) for problem in validate_model(model)]


@pytest.mark.parametrize("document", samples.DOCUMENTS["model_configs"], ids=lambda document: document[0])
def test_the_sample_models_are_valid(document):
    assert validate_model(parse("model_configs", *document)) == []


# ------------------------------------------------------------------------------------------ fields of other models

RETRIEVAL_FIELDS = {
    "temperature": 0.5, "logq_correction": True, "remove_accidental_hits": True, "hard_negatives": 10,
    "label_smoothing": 0.1, "retrieval_algorithm": "brute_force", "top_k": 10,
}  # fmt: skip
RATING_FIELDS = {"rating_head_layers": [DENSE], "ranking_loss": "mse"}
BOTH_FIELDS = {"retrieval_weight": 0.5, "ranking_weight": 0.5}
ALWAYS = {
    "description": "x", "query_layers": [DENSE], "candidate_layers": [], "output_embedding_dim": 16,
    "share_tower_weights": False, "optimizer": "ftrl", "learning_rate": 0.01, "lr_schedule": {"kind": "cosine"},
    "clipnorm": None, "batch_size": "auto", "normalise_embeddings": True, "early_stopping": {"patience": 2},
}  # fmt: skip
CONDITIONAL = {  # field: (value, what it needs beside it)
    "weight_decay": (0.01, {"optimizer": "adamw"}),
    "momentum": (0.5, {"optimizer": "sgd"}),
    "huber_delta": (2.0, {"model_type": "ranking", "ranking_loss": "huber"}),
    "positive_class_weight": ("balanced", {"model_type": "ranking", "ranking_loss": "binary_crossentropy"}),
    "scann": ({}, {"retrieval_algorithm": "scann"}),
}


def test_every_field_is_of_some_model_type():
    known = {
        *NEEDED,
        "schema_version",
        "model_type",
        *RETRIEVAL_FIELDS,
        *RATING_FIELDS,
        *BOTH_FIELDS,
        *ALWAYS,
        *CONDITIONAL,
    }
    assert known == set(ModelConfig.model_fields)


@pytest.mark.parametrize("model_type", ["retrieval", "ranking", "multitask"])
def test_fields_of_other_model_types_are_unknown(model_type):
    """S4.1, S0.2: where a field does nothing it is refused, and only where it was written."""
    fields = {**RETRIEVAL_FIELDS, **RATING_FIELDS, **BOTH_FIELDS}
    foreign = {
        "retrieval": {*RATING_FIELDS, *BOTH_FIELDS},
        "ranking": {*RETRIEVAL_FIELDS, *BOTH_FIELDS},
        "multitask": set(),
    }[model_type]
    assert codes(model(model_type=model_type)) == []
    assert codes(model(model_type=model_type, **ALWAYS)) == []
    assert codes(model(model_type=model_type, **fields)) == [("E_UNKNOWN_FIELD", field) for field in sorted(foreign)]


@pytest.mark.parametrize("field", CONDITIONAL)
def test_fields_that_need_another_choice_are_unknown_without_it(field):
    value, beside = CONDITIONAL[field]
    assert codes(model(**{field: value}, **beside)) == []
    without = {"model_type": beside.get("model_type", "retrieval"), field: value}
    assert codes(model(**without)) == [("E_UNKNOWN_FIELD", field)]


def test_the_words_for_a_field_of_another_model():
    (problem,) = validate_model(model(ranking_loss="mse"))
    assert str(problem) == "`ranking_loss`: it does nothing in a retrieval model. Remove it."
    (problem,) = validate_model(model(momentum=0.5))
    assert str(problem) == "`momentum`: it does nothing unless `optimizer` is `sgd`. Remove it."


# ------------------------------------------------------------------------------------------------- contradictions


def test_shared_towers_need_equal_layers_with_something_to_share():
    """S4.15."""
    layers = {"query_layers": [DENSE], "candidate_layers": [DENSE]}
    assert codes(model(share_tower_weights=True, **layers)) == []
    assert codes(model(share_tower_weights=True, **{**layers, "query_layers": []})) == [
        ("E_SHARED_LAYERS", "share_tower_weights")
    ]
    assert codes(model(share_tower_weights=True, query_layers=[], candidate_layers=[])) == [
        ("E_SHARED_LAYERS", "share_tower_weights")
    ]
    assert codes(model(share_tower_weights=False, query_layers=[])) == []


def test_hard_negatives_must_be_fewer_than_the_batch():
    """S4.15."""
    assert codes(model(hard_negatives=63, batch_size=64)) == []
    assert codes(model(hard_negatives=64, batch_size=64)) == [("E_HARD_NEGATIVES", "hard_negatives")]
    assert codes(model(hard_negatives=1000, batch_size="auto")) == []
    assert batch_problems(model(hard_negatives=1000), 512)[0].remedy.startswith("Use at most 511")


def test_options_of_scann_left_open_follow_the_catalogue_and_the_list():
    """S4.1."""
    defaults = Scann()
    assert resolved(defaults, 100, 3_600) == {
        "num_leaves": 60, "num_leaves_to_search": 6, "num_reordering_candidates": 1_000, "dimensions_per_block": 2,
    }  # fmt: skip
    assert resolved(defaults, 100, 50)["num_reordering_candidates"] == 50
    assert resolved(defaults, 1, 20)["num_leaves_to_search"] == 1
    written = {
        "num_leaves": 9, "num_leaves_to_search": 4, "num_reordering_candidates": 300, "dimensions_per_block": 1,
    }  # fmt: skip
    assert resolved(Scann(**written), 100, 3_600) == written


LEAVES, SEARCH, REORDER = (f"scann.num_{name}" for name in ("leaves", "leaves_to_search", "reordering_candidates"))


@pytest.mark.parametrize(
    ("index", "catalogue", "wrong"),
    [
        ({"num_leaves": 10, "num_leaves_to_search": 11}, None, [SEARCH]),
        ({"num_leaves_to_search": 33}, None, []),
        ({"num_leaves_to_search": 33}, 1_000, [SEARCH]),  # the root of 1,000 is 32
        ({"num_leaves": 1_000}, 1_000, []),
        ({"num_leaves": 1_001}, 1_000, [LEAVES]),
        ({"num_reordering_candidates": 99}, 1_000, [REORDER]),  # of 100 products wanted
        ({"num_reordering_candidates": 40}, 40, []),
        ({}, 15, ["retrieval_algorithm"]),
        ({}, 16, []),
    ],
)
def test_scann_fits_itself_and_the_catalogue(index, catalogue, wrong):
    """S4.12: known before anything is paid, with the defaults that the trainer will use."""
    found = scann_problems(model(retrieval_algorithm="scann", scann=index), catalogue)
    assert [(problem.code, problem.path) for problem in found if problem.severity == "error"] == [
        ("E_SCANN", path) for path in wrong
    ]
    small = catalogue is not None and 16 <= catalogue < 1_000
    assert ("W_SCANN" in [problem.code for problem in found]) == small
    assert scann_problems(model(), 10) == []


@pytest.mark.parametrize(
    ("model_type", "refused"),
    [("retrieval", {"rmse", "mae"}), ("multitask", set()),
     ("ranking", {"recall_at_5", "recall_at_10", "recall_at_50", "recall_at_100", "ndcg_at_10"})],
)  # fmt: skip
def test_early_stopping_watches_what_is_measured(model_type, refused):
    """S4.13."""
    every = ("recall_at_5", "recall_at_10", "recall_at_50", "recall_at_100", "ndcg_at_10", "rmse", "mae")
    told = {metric: codes(model(model_type=model_type, early_stopping={"metric": metric})) for metric in every}
    assert {
        metric for metric, problems in told.items() if problems == [("E_METRIC", "early_stopping.metric")]
    } == refused
    assert all(not problems for metric, problems in told.items() if metric not in refused)


# ---------------------------------------------------------------------------------------------------------- advice


def test_a_rating_head_wider_than_its_input_is_told():
    """S4.6."""
    wide = model(model_type="ranking", output_embedding_dim=8, rating_head_layers=[DENSE, {**DENSE, "units": 17}])
    (problem,) = validate_model(wide)
    assert (problem.code, problem.path, problem.severity) == ("W_HEAD_WIDE", "rating_head_layers.1.units", "warning")
    assert "16 values" in problem.problem


@pytest.mark.parametrize(
    ("optimizer", "rate", "layers", "risk"),
    [
        *((name, 0.01, 9, None) for name in ("adam", "adamw", "rmsprop")),
        *((name, 0.011, 0, "high") for name in ("adam", "adamw", "rmsprop")),
        *((name, 0.1, 3, "high") for name in ("adagrad", "ftrl", "sgd")),
        *((name, 0.1, 2, "medium") for name in ("adagrad", "ftrl", "sgd")),
        ("sgd", 1.0, 1, None), ("sgd", 0.099, 3, None), ("sgd", 0.099, 4, "low"), ("sgd", 0.05, 4, "low"),
        ("sgd", 0.049, 9, None),
    ],
)  # fmt: skip
def test_the_risk_of_a_learning_rate(optimizer, rate, layers, risk):
    """S4.8."""
    assert learning_rate_risk(optimizer, rate, layers) == risk


@pytest.mark.parametrize(("optimizer", "rate"), DEFAULT_LEARNING_RATE.items())
def test_the_optimizers_own_rate_is_used_unless_another_is_written(optimizer, rate):
    """S4.7, S5.1."""
    assert learning_rate(model(optimizer=optimizer)) == rate
    assert learning_rate(model(optimizer=optimizer, learning_rate=0.5)) == 0.5
    assert learning_rate(model(learning_rate=0.5), samples.experiment(learning_rate=0.2)) == 0.2
    assert learning_rate(model(learning_rate=0.5), samples.experiment(learning_rate=None)) == 0.5


def test_advice_counts_the_hidden_dense_layers_of_the_deeper_tower_and_its_remedy_helps():
    deep = [DENSE, {"type": "dropout", "rate": 0.1}, DENSE]
    (problem,) = validate_model(model(optimizer="adagrad", query_layers=deep))
    assert str(problem) == (
        "`learning_rate`: the risk that adagrad diverges at a rate of 0.1 with 2 hidden dense layers is medium. "
        "Use less than 0.1."
    )
    assert validate_model(model(optimizer="adagrad", query_layers=deep, learning_rate=0.09)) == []
    (problem,) = validate_model(model(learning_rate=0.02))
    assert problem.remedy == "Use 0.01 or less."
    assert validate_model(model(learning_rate=0.01)) == []


@pytest.mark.parametrize(
    ("l2", "name"), [(0.0, "none"), (1e-6, "light"), (1e-4, "light"), (1e-3, "medium"), (0.0011, "heavy")]
)
def test_the_regularisation_class_is_that_of_the_largest_l2(l2, name):
    """S4.4."""
    assert regularisation(model(query_layers=[DENSE, {**DENSE, "l2": l2}])) == name
    assert regularisation(model(model_type="ranking", rating_head_layers=[{**DENSE, "l2": l2}])) == name


def test_the_structure_in_words():
    """S4.16."""
    layers = [DENSE, {"type": "batch_norm"}, {"type": "layer_norm"}, {"type": "dropout", "rate": 0.25}]
    assert structures(model(query_layers=layers, candidate_layers=[])) == {
        "query": "16→bn→ln→d0.25→32",
        "candidate": "32",
    }
    assert structures(model(model_type="multitask"))["head"] == "32→1"


# ------------------------------------------------------------------------------------------------------ experiments

REGIONS = ("europe-west4", "europe-west1")


def told(model: ModelConfig, **changes: Any) -> list[tuple[str, str, str]]:
    found = validate_experiment(samples.experiment(**changes), model, REGIONS)
    return [(problem.code, problem.path, problem.severity) for problem in found]


def test_an_experiment_by_itself():
    assert told(model()) == []
    assert told(model(), region="europe-west1") == []
    assert told(model(), region="mars") == [("E_REGION", "region", "error")]
    assert told(model(), hardware="gpu_l4") == []
    assert told(model(), hardware="gpu_a100") == [("E_HARDWARE", "hardware", "error")]
    assert told(model(), data_processing="dataflow", max_workers=3) == []
    assert told(model(), max_workers=3) == []
    assert told(model(), data_processing="in_process", max_workers=3) == [("E_UNKNOWN_FIELD", "max_workers", "error")]


def test_an_experiments_own_numbers_meet_the_model():
    hard = model(hard_negatives=100)
    assert told(hard, batch_size=128) == []
    assert told(hard, batch_size=64) == [("E_HARD_NEGATIVES", "batch_size", "error")]
    assert told(hard, batch_size="auto") == []
    assert told(model(), learning_rate=0.02) == [("W_LEARNING_RATE", "learning_rate", "warning")]
    assert told(model(learning_rate=0.02), learning_rate=None) == []  # the model's own report says it
