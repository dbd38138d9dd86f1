"""What experience says about a model config, never blocking (domain S4.4, S4.6, S4.8, S4.16)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from shared.documents import DEFAULT_LEARNING_RATE, DenseLayer, DropoutLayer, Experiment, Layer, ModelConfig
from shared.problems import Problem

Level = Literal["low", "medium", "high"]
Regularisation = Literal["none", "light", "medium", "heavy"]
ADAPTIVE = frozenset({"adam", "adamw", "rmsprop"})
_SHORT = {"batch_norm": "bn", "layer_norm": "ln"}


def dense_layers(layers: Iterable[Layer]) -> list[DenseLayer]:
    return [layer for layer in layers if isinstance(layer, DenseLayer)]


def depth(model: ModelConfig) -> int:
    """Hidden dense layers of the deeper tower: the `n` of S4.8."""
    return max(len(dense_layers(model.query_layers)), len(dense_layers(model.candidate_layers)))


def stopping_metric(model: ModelConfig) -> str:
    """What early stopping looks at on the eval split: as written, else by the type of the model (S4.13)."""
    return model.early_stopping.metric or ("rmse" if model.model_type == "ranking" else "recall_at_10")


def learning_rate(model: ModelConfig, experiment: Experiment | None = None) -> float:
    """The rate that training uses: the experiment's, else the model's, else the optimizer's own (S4.7, S5.1)."""
    of_experiment = experiment.learning_rate if experiment is not None else None
    return of_experiment or model.learning_rate or DEFAULT_LEARNING_RATE[model.optimizer]


def learning_rate_risk(optimizer: str, rate: float, layers: int) -> Level | None:
    """How likely this rate is to make training diverge (S4.8)."""
    if optimizer in ADAPTIVE:
        return "high" if rate > 0.01 else None
    if rate >= 0.1 and layers >= 2:
        return "high" if layers >= 3 else "medium"
    return "low" if 0.05 <= rate < 0.1 and layers >= 4 else None


def learning_rate_advice(model: ModelConfig, experiment: Experiment | None = None) -> list[Problem]:
    rate, layers = learning_rate(model, experiment), depth(model)
    risk = learning_rate_risk(model.optimizer, rate, layers)
    if risk is None:
        return []
    of_depth = "" if model.optimizer in ADAPTIVE else f" with {layers} hidden dense layers"
    problem = f"the risk that {model.optimizer} diverges at a rate of {rate:g}{of_depth} is {risk}."
    enough = "0.01 or less" if model.optimizer in ADAPTIVE else f"less than {0.05 if layers >= 4 else 0.1:g}"
    return [Problem("W_LEARNING_RATE", "learning_rate", problem, f"Use {enough}.", "warning")]


def head_advice(model: ModelConfig) -> Iterator[Problem]:
    """W_HEAD_WIDE: the rating head reads both towers' outputs, and gains nothing from being wider (S4.6)."""
    width = 2 * model.output_embedding_dim
    for index, layer in enumerate(model.rating_head_layers):
        if isinstance(layer, DenseLayer) and layer.units > width:
            problem = f"{layer.units} units are more than the {width} values that the rating head reads."
            remedy = f"Use at most {width}, or raise `output_embedding_dim`."
            yield Problem("W_HEAD_WIDE", f"rating_head_layers.{index}.units", problem, remedy, "warning")


def regularisation(model: ModelConfig) -> Regularisation:
    """By the largest l2 of any dense layer (S4.4)."""
    heads = model.rating_head_layers if model.model_type != "retrieval" else []
    l2 = max((layer.l2 for layer in dense_layers([*model.query_layers, *model.candidate_layers, *heads])), default=0.0)
    if l2 == 0:
        return "none"
    return "light" if l2 <= 1e-4 else "medium" if l2 <= 1e-3 else "heavy"


def structure(layers: Sequence[Layer], output: int) -> str:
    """`128→d0.2→64→32`: widths, `d` dropout, `bn` and `ln` normalisation, and the output (S4.16)."""
    return "→".join([*(_short(layer) for layer in layers), str(output)])


def structures(model: ModelConfig) -> dict[str, str]:
    """The structure of each part that the model has."""
    parts = {
        "query": structure(model.query_layers, model.output_embedding_dim),
        "candidate": structure(model.candidate_layers, model.output_embedding_dim),
    }
    return parts if model.model_type == "retrieval" else {**parts, "head": structure(model.rating_head_layers, 1)}


def _short(layer: Layer) -> str:
    if isinstance(layer, DenseLayer):
        return str(layer.units)
    return f"d{layer.rate:g}" if isinstance(layer, DropoutLayer) else _SHORT[layer.type]
