"""Rules of a model config by itself (domain S4): which fields belong to what, and what contradicts what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from shared.advice import dense_layers, head_advice, learning_rate_advice
from shared.documents import ModelConfig
from shared.problems import Problem, by_path
from shared.scann import misfits

RETRIEVES = frozenset({"retrieval", "multitask"})
RATES = frozenset({"ranking", "multitask"})

TYPES_OF_FIELD: dict[str, frozenset[str]] = {  # S4.1; a field that is not here belongs to every model type
    **dict.fromkeys(
        ("temperature", "logq_correction", "remove_accidental_hits", "hard_negatives", "label_smoothing",
         "retrieval_algorithm", "scann", "top_k"),
        RETRIEVES,
    ),
    **dict.fromkeys(("rating_head_layers", "ranking_loss", "huber_delta", "positive_class_weight"), RATES),
    **dict.fromkeys(("retrieval_weight", "ranking_weight"), frozenset({"multitask"})),
}  # fmt: skip
CHOICE_OF_FIELD: dict[str, tuple[str, str]] = {  # fields that do something only beside a choice of another field
    "weight_decay": ("optimizer", "adamw"),
    "momentum": ("optimizer", "sgd"),
    "huber_delta": ("ranking_loss", "huber"),
    "positive_class_weight": ("ranking_loss", "binary_crossentropy"),
    "scann": ("retrieval_algorithm", "scann"),
}
RATING_METRICS = frozenset({"rmse", "mae"})


def validate_model(model: ModelConfig) -> list[Problem]:
    """Everything that is wrong with a model config, and advice; ordered by path."""
    problems = [
        *_foreign_fields(model),
        *_shared_towers(model),
        *batch_problems(model, model.batch_size),
        *scann_problems(model),
        *_stop_problems(model),
        *learning_rate_advice(model),
        *(head_advice(model) if model.model_type in RATES else ()),
    ]
    return by_path(problems)


def not_applicable(model: ModelConfig, field: str) -> str | None:
    """Why a field does nothing in this model; None when it does something (S4.16)."""
    if model.model_type not in TYPES_OF_FIELD.get(field, {model.model_type}):
        return f"it does nothing in a {model.model_type} model"
    if field in CHOICE_OF_FIELD:
        other, choice = CHOICE_OF_FIELD[field]
        if getattr(model, other) != choice:
            return f"it does nothing unless `{other}` is `{choice}`"
    return None


def _foreign_fields(model: ModelConfig) -> Iterator[Problem]:
    """A field that changes nothing is refused as unknown, where it was written (S0.2)."""
    for field in sorted(model.model_fields_set):
        if reason := not_applicable(model, field):
            yield Problem("E_UNKNOWN_FIELD", field, f"{reason}.", "Remove it.")


def _shared_towers(model: ModelConfig) -> Iterator[Problem]:
    if not model.share_tower_weights:
        return
    path = "share_tower_weights"
    if model.query_layers != model.candidate_layers:
        problem = "the towers can share weights only when their layers are equal."
        yield Problem("E_SHARED_LAYERS", path, problem, "Make both lists equal, or switch sharing off.")
    elif not dense_layers(model.query_layers):
        problem = "layers are shared after the first dense one, and the towers have no hidden dense layer."
        yield Problem("E_SHARED_LAYERS", path, problem, "Add a dense layer to both towers, or switch sharing off.")


def batch_problems(model: ModelConfig, batch_size: int | Literal["auto"]) -> list[Problem]:
    """Hard negatives come from the batch, which must hold more (S4.15); `auto` is known when the rows are."""
    if model.hard_negatives is None or batch_size == "auto" or model.hard_negatives < batch_size:
        return []
    problem = f"{model.hard_negatives} hard negatives cannot be found in a batch of {batch_size}."
    remedy = f"Use at most {batch_size - 1}, or a larger `batch_size`."
    return [Problem("E_HARD_NEGATIVES", "hard_negatives", problem, remedy)]


def scann_problems(model: ModelConfig, catalogue: int | None = None) -> list[Problem]:
    """The approximate index against itself and, once it is known, against the number of products (S4.12)."""
    if model.retrieval_algorithm != "scann" or model.model_type not in RETRIEVES:
        return []
    if catalogue is not None:
        return list(misfits(model.scann, model.top_k, catalogue))
    leaves, search = model.scann.num_leaves, model.scann.num_leaves_to_search
    if leaves is None or search is None or search <= leaves:
        return []
    problem = f"{search} leaves cannot be searched of {leaves}."
    return [Problem("E_SCANN", "scann.num_leaves_to_search", problem, f"Use at most {leaves}.")]


def _stop_problems(model: ModelConfig) -> Iterator[Problem]:
    """A model is stopped by what it is measured by (S4.13)."""
    metric = model.early_stopping.metric
    if metric is None or model.model_type == "multitask":
        return
    rates = model.model_type == "ranking"
    if (metric in RATING_METRICS) != rates:
        problem = f"`{metric}` is not measured for a {model.model_type} model."
        remedy = "Use `rmse` or `mae`." if rates else "Use a recall or `ndcg_at_10`."
        yield Problem("E_METRIC", "early_stopping.metric", problem, remedy)
