"""What suggestions vary (domain S7.15), as points: values by name, which become a model config and come out of a run.

A point is `{feature_config, structure, optimizer, ...}`. A run that lies outside the space has no point, and the
optimizer learns nothing from it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.advice import dense_layers
from shared.documents import DenseLayer, DropoutLayer, Layer
from shared.presets import PRESETS

Value = str | int | float | bool
Point = dict[str, Value]


@dataclass(frozen=True)
class Range:
    """Any number between two; what counts is its logarithm."""

    low: float
    high: float

    def nearest(self, value: Value) -> Value | None:
        return float(f"{value:.3g}") if self.low <= float(value) <= self.high else None


@dataclass(frozen=True)
class Steps:
    """Numbers in their order: neighbours are alike. `reach`: how many times outside the ends still counts as them."""

    values: tuple[float, ...]
    reach: float = 1.42

    def nearest(self, value: Value) -> Value | None:
        number = float(value)
        if not self.values[0] / self.reach <= number <= self.values[-1] * self.reach:
            return None
        if self.values[0] == 0:
            return min(self.values, key=lambda step: abs(step - number))
        return min(self.values, key=lambda step: abs(math.log(step / number)))


@dataclass(frozen=True)
class Choices:
    """Values without an order."""

    values: tuple[Value, ...]

    def nearest(self, value: Value) -> Value | None:
        return value if value in self.values else None


Dimension = Range | Steps | Choices
Space = Mapping[str, Dimension]

LINEAR = "linear"  # no hidden layer
# Widths of hidden layers by name; `regularized` is `standard` with dropout and l2, which are dimensions of their own.
STRUCTURES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    LINEAR: ((), ()),
    **{
        name: (
            tuple(layer.units for layer in dense_layers(preset.query_layers)),
            tuple(layer.units for layer in dense_layers(preset.candidate_layers)),
        )
        for name, preset in PRESETS.items()
        if name != "regularized"
    },
}
L2 = {"none": 0.0, "light": 1e-4, "medium": 1e-3}  # the largest of each class (S4.4); heavy is outside
OF_EVERY_TYPE: dict[str, Dimension] = {
    "optimizer": Choices(("adam", "adamw", "adagrad", "rmsprop", "sgd", "ftrl")),
    "learning_rate": Range(1e-4, 0.3),
    "batch_size": Steps((256, 512, 1024, 2048, 4096)),
    "dropout": Steps((0.0, 0.1, 0.2, 0.3)),
    "l2": Choices(tuple(L2.values())),
    "output_embedding_dim": Steps((16, 32, 64, 128)),
}
OF_LISTS: dict[str, Dimension] = {
    "normalise_embeddings": Choices((False, True)),
    "temperature": Range(0.05, 2.0),
    "logq_correction": Choices((True, False)),
}
COPIED = ("optimizer", "learning_rate", "batch_size", "output_embedding_dim", *OF_LISTS)  # leaves of the same name


def space_of(model_type: str, feature_configs: Sequence[str], structures: Iterable[str] = ()) -> dict[str, Dimension]:
    """Of one type of model. `structures`: of runs so far, beside those of the presets."""
    known = dict.fromkeys([*STRUCTURES, *sorted(structures)])
    lists = {} if model_type == "ranking" else OF_LISTS
    return {
        "feature_config": Choices(tuple(feature_configs)),
        "structure": Choices(tuple(known)),
        **OF_EVERY_TYPE,
        **lists,
    }


# ---------------------------------------------------------------------------------------------------- run -> point


def point_of(leaves: Mapping[str, Value], feature_config: str, space: Space) -> Point | None:
    """Where a run with these leaves (S7.12) lies; None: outside."""
    structure = structure_of(leaves)
    if structure is None or leaves.get("l2") not in L2:
        return None
    told = {name: leaves.get(name) for name in (*COPIED, "dropout")}
    told |= {"feature_config": feature_config, "structure": structure, "l2": L2[str(leaves["l2"])]}
    point: Point = {}
    for name, dimension in space.items():
        value = told[name]
        near = None if value is None else dimension.nearest(value)
        if near is None:
            return None
        point[name] = near
    return canonical(point)


def structure_of(leaves: Mapping[str, Value]) -> str | None:
    """The name of the hidden layers, or their widths; None for layers that points do not have."""
    if leaves.get("activation") not in ("relu", "none") or leaves.get("share_tower_weights"):
        return None
    towers = [_units(str(leaves.get(f"{tower}.layers", "?"))) for tower in ("query", "candidate")]
    if None in towers:
        return None
    query, candidate = towers
    known = [name for name, units in STRUCTURES.items() if units == (query, candidate)]
    return known[0] if known else "/".join(_text(units or ()) for units in towers)


def units_of(structure: str) -> tuple[tuple[int, ...], ...]:
    """Widths of the hidden layers of both towers."""
    if structure in STRUCTURES:
        return STRUCTURES[structure]
    return tuple(tuple(int(width) for width in tower.split("-") if width) for tower in structure.split("/"))


def _text(units: Sequence[int]) -> str:
    return "-".join(str(width) for width in units)


def _units(layers: str) -> tuple[int, ...] | None:
    """Of `128→d0.2→64→32` (S4.16) the widths but the last, which is the output."""
    *hidden_layers, _ = layers.split("→")
    if not all(re.fullmatch(r"\d+|d[\d.e-]+", layer) for layer in hidden_layers):
        return None
    return tuple(int(layer) for layer in hidden_layers if layer.isdecimal())


def canonical(point: Mapping[str, Value]) -> Point:
    """Without what does nothing: towers without hidden layers have neither dropout nor l2."""
    found = dict(point)
    if found["structure"] == LINEAR:
        found |= {"dropout": 0.0, "l2": 0.0}
    return found


# --------------------------------------------------------------------------------------------- point -> model config


def model_fields(point: Mapping[str, Value]) -> dict[str, Any]:
    """The fields of a model config that the point decides."""
    query, candidate = units_of(str(point["structure"]))
    dropout, l2 = float(point["dropout"]), float(point["l2"])
    return {
        "query_layers": [_written(layer) for layer in hidden(query, dropout, l2)],
        "candidate_layers": [_written(layer) for layer in hidden(candidate, dropout, l2)],
        **{name: point[name] for name in COPIED if name in point},
    }


def hidden(units: Sequence[int], dropout: float, l2: float) -> list[Layer]:
    """As the presets are made: l2 on the first dense layer; dropout after it, half as much after each later one."""
    layers: list[Layer] = []
    for depth, width in enumerate(units):
        layers.append(DenseLayer(type="dense", units=width, l2=0.0 if depth else l2))
        if dropout:
            layers.append(DropoutLayer(type="dropout", rate=dropout / 2**depth))
    return layers


def _written(layer: Layer) -> dict[str, Any]:
    return layer.model_dump(mode="json", exclude_defaults=True) | {"type": layer.type}


# ---------------------------------------------------------------------------------------------------------- distance


def distance(one: Point, other: Point, space: Space) -> float:
    """Gower's: the mean over dimensions of 0 to 1; numbers by logarithm over the range, steps by their place."""
    return sum(_apart(dimension, one[name], other[name]) for name, dimension in space.items()) / len(space)


def _apart(dimension: Dimension, one: Value, other: Value) -> float:
    if isinstance(dimension, Range):
        return abs(math.log(float(one) / float(other))) / math.log(dimension.high / dimension.low)
    if isinstance(dimension, Steps):
        places = [dimension.values.index(float(value)) for value in (one, other)]
        return abs(places[0] - places[1]) / max(1, len(dimension.values) - 1)
    return float(one != other)
